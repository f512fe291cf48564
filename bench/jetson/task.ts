/** What the harness and the processes that it starts tell each other. */
import type { Dtype, Layout } from 'wht-layers';
import type { MapShape, WorkloadId } from '../schema';
import type { Turn } from '../turn';
import type { DeviceKind, Protocol } from './schema';

/** - `subject`, `baseline`: wht-layers'; `onnxruntime`: the baseline's layer there */
export type Role = 'subject' | 'baseline' | 'onnxruntime';

/** The one layer that a process runs. */
export interface LayerTask {
  workload: WorkloadId;
  role: Role;
  device: DeviceKind;
  /** Which GPU. */
  index: number;
  /** CPU: absent means as many as the device takes. */
  threads?: number;
  dtype: Dtype;
  /** n, h, w, c of one call. */
  shape: MapShape;
  facts: DeviceFacts;
  /** onnxruntime: the forms of the layer. */
  models: ModelFile[];
}

/** What a process must not ask the device itself: asking loads cuDNN, which belongs to those that use it. */
export interface DeviceFacts {
  /** Which implementation runs, e.g. "cpu avx2". */
  backend: string;
  emulated: boolean;
  memoryTotalBytes: number;
  /** Of a GPU's convolutions. */
  cudnn?: string;
}

export interface ModelFile {
  name: string;
  file: string;
  /** Needs no optimising any more. */
  optimized: boolean;
  layout: Layout;
  inputShape: readonly number[];
  outputShape: readonly number[];
  /** Additions and multiplications of a call. */
  operations: number;
  parameterBytes: number;
}

/** One way to run a process's layer. */
export interface SideKey {
  protocol: Protocol;
  layout: Layout;
  /** Which of the task's models. */
  model?: number;
  /** A copy in the layer's place: what the protocol costs without it. */
  copy?: true;
}

export type Request =
  | { kind: 'prepare'; side: SideKey; sampleMs: number }
  | { kind: 'warmUp'; side: SideKey; turn: Turn; leastWindows: number; mostMs: number }
  | { kind: 'turn'; side: SideKey; turn: Turn }
  | { kind: 'sustain'; side: SideKey; milliseconds: number }
  | { kind: 'output'; side: SideKey }
  | { kind: 'release'; protocol: Protocol };

/** What each request is answered with. */
export interface Answers {
  prepare: SideFacts;
  /** Whether times had settled. */
  warmUp: boolean;
  /** Milliseconds of one call, one value a sample. */
  turn: number[];
  /** How many calls there were in how many milliseconds. */
  sustain: { calls: number; milliseconds: number };
  /** What the layer makes of the first image, NHWC. */
  output: Float32Array;
  release: undefined;
}

export interface SideFacts {
  layer: string;
  implementation: string;
  images: number;
  operations: number;
  bytes: number;
  /** Absent where only the device tells the time, to which the first call is like any other. */
  firstCallMs?: number;
}

/** Sent to a process: the task first, then requests. */
export type Message = { kind: 'open'; task: LayerTask } | (Request & { id: number });
export type Reply = { id: number; value: unknown } | { id: number; error: string };
