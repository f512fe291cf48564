/** What `npx wht-layers doctor --json` prints. What could not be found out is absent. */
import type { Machine } from '../../bench/probes/machine';
import type { PackageState } from '../../lib/package-state';

export interface DoctorReport {
  /** Of this form; a field that is added does not change it. */
  schema: 1;
  backend: Backend;
  /** In the order of the screen. */
  findings: Finding[];
  facts: Facts;
}

export interface Finding {
  subject: Subject;
  /** `problem`: keeps the package, or one of its layers, from working here, or from working on the GPU. */
  state: 'ok' | 'note' | 'problem';
  text: string;
  /** Lines for a shell. */
  cure?: string[];
}

export type Subject =
  | 'package'
  | 'addon'
  | 'CUDA library'
  | 'board'
  | 'processor'
  | 'system'
  | 'Node.js'
  | 'C++ compiler'
  | 'CMake'
  | 'CUDA toolkit'
  | 'driver'
  | 'GPU'
  | 'cuDNN';

/** What `openDevice()` gives; of a recorded machine, what it could give. */
export interface Backend {
  kind: 'cuda' | 'cpu' | 'none';
  /** The package's own state was not looked at, since the machine is a recorded one: `kind` is what it could run. */
  supposed?: true;
  text: string;
  /** Of the CPU. */
  simd?: string;
  /** Why it is not CUDA, or why there is none. */
  because?: Obstacle;
}

/** What stands in the way of CUDA, or of every backend. */
export interface Obstacle {
  cause: Cause;
  /** Whose finding says the same. */
  subject: Subject;
  text: string;
  cure?: string[];
}

export type Cause =
  /** No backend works. */
  | 'addon-not-loaded'
  | 'open-failed'
  /** The CPU was asked for. */
  | 'asked-for-cpu'
  /** The machine. */
  | 'no-gpu'
  | 'container'
  | 'musl'
  | 'no-driver'
  | 'driver-fails'
  | 'driver-too-old'
  | 'gpu-not-there'
  | 'gpu-not-permitted'
  | 'gpu-hidden'
  /** The CUDA library. */
  | 'no-toolkit'
  | 'toolkit-unfit'
  | 'not-built'
  | 'library-unusable'
  | 'library-crashes'
  | 'gpu-not-started';

export interface Facts {
  machine: Machine;
  /** Absent of a recorded machine. */
  package?: PackageFacts;
}

export interface PackageFacts {
  version: string;
  folder: string;
  /** What builds it from source. */
  buildCommand: string;
  /** What runs the doctor. */
  node: { version: string; platform: string; architecture: string };
  /** The machines that there are prebuilds for, e.g. "linux-x64". */
  prebuilds: string[];
  /** Those of the environment that change what happens. */
  variables: Record<string, string>;
  /** Whether the user is root, and needs no sudo. */
  root: boolean;
  /** Devices of the GPU that the user may not use. */
  forbidden: string[];
  state?: PackageState;
  /** What `openDevice()` gave. */
  opened?: OpenedDevice;
  /** Why it gave none. */
  openError?: string;
  /** Why `openDevice('cuda')` gave none. */
  cudaError?: string;
  /** What became of the process that looked, where it did not come to its end. */
  failure?: string;
}

export interface OpenedDevice {
  kind: 'cpu' | 'cuda';
  name: string;
  simd?: string;
  threads?: number;
  computeCapability?: string;
  driver?: string;
  cudnn?: string;
}
