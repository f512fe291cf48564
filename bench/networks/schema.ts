/** What `npm run bench -- --networks` writes with `--json`. A figure that was not measured is absent, never 0. */
import type { NetworkMemory, ParameterCount } from 'wht-layers';
import type { Environment, Unavailable } from '../schema';

export const NETWORK_IDS = ['resnet20', 'resnet50', 'mobileNetV2', 'mobileNetV3Large'] as const;
export type NetworkId = (typeof NETWORK_IDS)[number];

export const VARIANTS = ['baseline', 'wht', 'wht block', 'wht fwht', 'ht-perceptron'] as const;
export type Variant = (typeof VARIANTS)[number];

/** A schema of its own: nothing of a run of layers is in it. */
export interface NetworksRun {
  schema: 1;
  harness: 'networks';
  /** ISO 8601. */
  started: string;
  seconds: number;
  quick: boolean;
  interrupted?: true;
  environment: Environment;
  comparisons: NetworkComparison[];
}

interface NetworkHeader {
  network: NetworkId;
  /** Images of one call. */
  batch: number;
  /** Of an image, in pixels. */
  inputSize: number;
  device: 'cpu';
  threads: number;
  dtype: 'float32';
  layout: 'NHWC';
}

export interface MeasuredNetwork extends NetworkHeader {
  /** Our baseline first, then its variants; the peer last, where there is one. */
  rows: NetworkRow[];
  /** Peers that this machine does not have. */
  unavailable: Unavailable[];
  /** The relative error (2-norm) of the peer's output against our baseline's. */
  peerDifference?: number;
  /** The peak resident set of a process that loads the same libraries and no network, in bytes. */
  emptyProcessBytes?: number;
}

export interface FailedNetwork extends NetworkHeader {
  error: string;
}

export type NetworkComparison = MeasuredNetwork | FailedNetwork;

/** One network in one implementation. */
export interface NetworkRow {
  /** `baseline` also of the peer, which runs the same network. */
  variant: Variant;
  implementation: string;
  /** Of one call. */
  medianMs: number;
  p95Ms: number;
  /** How many samples these are the statistics of. */
  samples: number;
  imagesPerSecond: number;
  /** Our baseline's median over this one: above 1, this one is faster. */
  speedRatio: number;
  parameters: ParameterCount;
  /** Multiplications, or multiply-adds, of one image. */
  macsPerImage: number;
  memory: RowMemory | { error: string };
  /** With `--profile`. */
  profile?: ProfiledLayer[];
}

/** Bytes, of a process that does nothing else. */
export interface RowMemory {
  /** Of the whole process: Node, the libraries, parameters, maps. The median of several processes. */
  peakResidentBytes: number;
  processes: number;
  /** By the device's own account; onnxruntime tells none. */
  device?: DeviceAccount;
  /** What the network needs by its own plan. */
  plan?: NetworkMemory;
}

export interface DeviceAccount {
  /** The most there ever was, preparation of parameters among it, and the workspace. */
  peakBytes: number;
  /** What there was after forward passes, and the workspace: parameters, maps, input and output. */
  heldBytes: number;
  /** Of both, what operations need on the way; it is counted once, not for each layer. */
  workspaceBytes: number;
}

/** One step of a network, in the order in which they run. */
export interface ProfiledLayer {
  name: string;
  layer: string;
  medianMs: number;
}
