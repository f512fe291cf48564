/** What a benchmark run writes with `--json`. A figure that was not measured is absent, never 0. */

export const COMPARISON_IDS = ['2d-vs-conv3x3', '1d-vs-conv1x1', '2d-vs-squeeze-excite', '2d-vs-onnx-graph', '2d-large'] as const;
export type ComparisonId = (typeof COMPARISON_IDS)[number];

/**
 * - `throughput`: the whole tensor in one call on all threads, nothing copied
 * - `paper`: the paper's way: one thread, one image a call, copies timed, a process for each layer
 */
export type Protocol = 'throughput' | 'paper';

/** n, h, w, c. */
export type MapShape = readonly [number, number, number, number];

export interface BenchmarkRun {
  schema: 1;
  environment: Environment;
  comparisons: ComparisonResult[];
}

export interface Environment {
  board?: string;
  cpu: string;
  /** The instruction set of wht-layers' kernels. */
  simd?: string;
  node: string;
  threads: number;
  /** The system's one-minute load average before the run: above about 0.7, others were using the processor too. */
  loadAverage: number;
  versions: Record<string, string>;
}

/** A time is for the whole shape: with the paper protocol, for as many calls as there are images. */
export interface Measurement {
  layer: string;
  implementation: string;
  medianMs: number;
  /** Absent where the median is all that is known, as of cuDNN's algorithms. */
  p95Ms?: number;
  /** Throughput: parameters, input, output and workspace. Paper: the process's peak resident set. */
  memoryBytes?: number;
  /** Paper: the first of all calls, one image. */
  firstCallMs?: number;
}

/** An implementation that this machine does not have. */
export interface Unavailable {
  layer: string;
  implementation: string;
  error: string;
}

/** What the authors published for the same comparison. */
export interface PaperFigures {
  speedRatio: number;
  memoryReduction?: number;
}

interface ComparisonHeader {
  id: ComparisonId;
  protocol: Protocol;
  device: 'cpu';
  threads: number;
  dtype: 'float32';
  layout: 'NHWC';
  shape: MapShape;
  paper?: PaperFigures;
}

export interface MeasuredComparison extends ComparisonHeader {
  /** The fastest implementation found. */
  baseline: Measurement;
  subject: Measurement;
  /** Implementations of the baseline's layer that were slower, or are not to be had here. */
  others: (Measurement | Unavailable)[];
  copyMs: number;
  /** The baseline's median over the subject's. */
  speedRatio: number;
  /** The part of the baseline's memory that the subject does without. */
  memoryReduction?: number;
}

export interface FailedComparison extends ComparisonHeader {
  error: string;
}

export type ComparisonResult = MeasuredComparison | FailedComparison;
