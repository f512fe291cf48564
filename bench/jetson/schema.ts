/** What `npm run bench:jetson` writes with `--json`. A figure that was not measured is absent, never 0; a projection stands apart from them all. */
import type { Dtype, Layout } from 'wht-layers';
import type { Board, Clocks, PowerMode, Snapshot } from '../probes/schema';
import type { MapShape, PaperFigures, Unavailable, WorkloadId } from '../schema';

export { WORKLOAD_IDS, type WorkloadId } from '../schema';

/**
 * - `paper`: the authors' way: on the CPU, one thread, one image a call, input set and output got
 * - `throughput`: the whole batch in one call, input and output on the device, on the device's own clock; on a GPU this is the kernel against the
 *   fastest algorithm that cuDNN has
 * - `copies`: the same from and to plain arrays: set the input, run, get the output
 * - `host-visible`: the same from and to tensors whose memory JavaScript sees: written and read in place
 */
export const PROTOCOLS = ['paper', 'throughput', 'copies', 'host-visible'] as const;
export type Protocol = (typeof PROTOCOLS)[number];
export type DeviceKind = 'cpu' | 'cuda';

export interface JetsonRun {
  schema: 1;
  /** Tells these files from those of the other benchmarks. */
  harness: 'jetson';
  /** Fewer repetitions, float32 only. */
  quick: boolean;
  /** ISO 8601. */
  started: string;
  seconds: number;
  /** Some rows are missing. */
  interrupted?: true;
  environment: JetsonEnvironment;
  /** Devices that are not measured, and why. */
  unavailable: { device: DeviceKind; reason: string }[];
  /** Why onnxruntime was no baseline, and how to add it; absent where it was one. */
  withoutOnnxruntime?: string;
  /** What came up while it was measured, in sentences. */
  remarks?: string[];
  comparisons: ComparisonResult[];
  memory: MemoryComparison[];
  /** Measured copies: the physical limit. */
  copies: CopyRate[];
  projections?: Projection[];
}

export interface JetsonEnvironment {
  /** What the probes say; of another machine than the measured one where `recorded` is set. */
  board: Board;
  /** The recorded tree that the probes read, from WHT_BOARD_ROOT: the board is that one, every time is this machine's. */
  recorded?: string;
  powerMode?: PowerMode;
  clocks: Clocks;
  /** What the probes could not read, and what root would add. */
  limitations: string[];
  cpu: string;
  /** The instruction set of wht-layers' kernels. */
  simd?: string;
  gpu?: string;
  computeCapability?: string;
  /** The CUDA backend ran on the CPU: its times say nothing about any GPU. */
  emulated?: true;
  node: string;
  /** Threads of the CPU's rows, but for the paper's protocol, which has one. */
  threads: number;
  memoryTotalBytes: number;
  /** One minute's, before the run. */
  loadAverage: number;
  versions: Record<string, string>;
  /** The machine's state before the first row and after the last. */
  before?: Snapshot;
  after?: Snapshot;
}

export interface RowHeader {
  id: WorkloadId;
  protocol: Protocol;
  device: DeviceKind;
  threads?: number;
  dtype: Dtype;
  /** The subject's; the baseline has the faster of both. */
  layout: Layout;
  /** n, h, w, c of one call, whatever the layout. */
  shape: MapShape;
  paper?: PaperFigures;
}

export interface MeasuredRow extends RowHeader {
  /** The fastest implementation found. */
  baseline: Side;
  subject: Side;
  /** Implementations of the baseline's layer that were slower, or could not run. */
  others: (Side | Unavailable)[];
  /** The baseline's time over the subject's: the median of the rounds' ratios. */
  speedRatio: number;
  /** Of 95 % confidence, from the same ratios: within this run, for others differ more. Absent with fewer than six rounds. */
  speedRatioInterval?: Interval;
  /** A copy of the same tensor by the same protocol. */
  copyMs?: number;
  /** What spoils the figures: throttling, a fall of clocks, clocks that never settled. */
  flags: string[];
}

export interface FailedRow extends RowHeader {
  error: string;
}

export type ComparisonResult = MeasuredRow | FailedRow;

export function isMeasured(row: ComparisonResult): row is MeasuredRow {
  return !('error' in row);
}

/** Low and high. */
export type Interval = readonly [number, number];

/** One implementation under one protocol. Times are of one call, in milliseconds. */
export interface Side {
  layer: string;
  implementation: string;
  layout: Layout;
  /** Of the rounds' medians. */
  medianMs: number;
  /** The median's interval of 95 % confidence; absent with fewer than six rounds. */
  medianInterval?: Interval;
  distribution: Distribution;
  imagesPerSecond: number;
  /** The first call of the process: allocations, choice of algorithms and all. */
  firstCallMs?: number;
  energy?: Energy;
  /** Additions and multiplications of one call. */
  operations: number;
  /** Bytes of one call that must be moved at the least: input, output and parameters. */
  bytes: number;
}

/**
 * Milliseconds. Under `throughput` a sample is the mean of as many calls as take some milliseconds, otherwise a single call.
 */
export interface Distribution {
  samples: number;
  rounds: number;
  min: number;
  p5: number;
  p25: number;
  p75: number;
  /** Absent with fewer than ten samples. */
  p90?: number;
  p95: number;
  /** Absent with fewer than a hundred samples. */
  p99?: number;
  max: number;
}

export interface Energy {
  /** Millijoule of the whole board for each image. */
  perImageMj: number;
  /** The same without what the idle board drew before. */
  aboveIdlePerImageMj?: number;
  /** Mean power while it ran. */
  milliwatts: number;
  /** Which rails, e.g. "POM_5V_IN". */
  rail: string;
  readings: number;
}

/** Memory of each implementation of a workload on a device, in fresh processes. */
export interface MemoryComparison {
  id: WorkloadId;
  /** How the layer was run meanwhile. */
  protocol: 'copies' | 'paper';
  device: DeviceKind;
  shape: MapShape;
  paper?: PaperFigures;
  subject: MemoryAccounts | Unavailable;
  baselines: (MemoryAccounts | Unavailable)[];
}

/** Bytes. */
export interface MemoryAccounts {
  layer: string;
  implementation: string;
  /** (a) The layer's own: parameters, input, output and workspace. Absent where the implementation does not tell. */
  layerBytes?: number;
  /**
   * (b) The process's peak (VmHWM, and NvMap on a Jetson) where every process loads every library. The headline. On a GPU with memory of its own, that is
   * not in it.
   */
  peakBytes?: number;
  /** The same where a library is loaded only by the process that uses it. */
  ownPeakBytes?: number;
  /** Its part of the peak that NvMap counts: the GPU's on a Jetson. */
  nvMapBytes?: number;
  /** The process's proportional set at the end. */
  pssBytes?: number;
  /** (c) The fall of MemAvailable from a settled start, every library loaded. */
  availableFallBytes?: number;
  /** Which of cudnn and onnxruntime the processes really had mapped. */
  libraries?: { shared: string[]; own?: string[] };
}

export interface CopyRate {
  device: DeviceKind;
  threads?: number;
  /** Read and written by one copy. */
  bytes: number;
  medianMs: number;
  /** 10^9 bytes read or written in a second. */
  gigabytesPerSecond: number;
}

/** What facts about a board and counts of instructions let expect. No figure in it was measured on that board. */
export interface Projection {
  board: 'nano';
  id: WorkloadId;
  dtype: Dtype;
  layout: Layout;
  shape: MapShape;
  /** The layer's time, and what bounds it. */
  subjectMs: number;
  bound: 'memory' | 'instructions';
  /** The kernel that runs it, and its instructions for each element. */
  kernel: string;
  instructionsPerElement: number;
  /** The convolution's, from the slowest to the fastest rate known of the board; absent for other baselines. */
  baselineMs?: Interval;
  speedRatio?: Interval;
}
