/** What a benchmark run writes with `--json`. A figure that was not measured is absent, never 0. */

/** Layers of the paper's and what they stand in for. */
export const WORKLOAD_IDS = [
  '2d-8x8-vs-conv3x3',
  '2d-16x16-vs-conv3x3',
  '2d-32x32-vs-conv3x3',
  '1d-1024-vs-conv1x1',
  '2d-8x8-vs-squeeze-excite',
] as const;
export type WorkloadId = (typeof WORKLOAD_IDS)[number];

export const COMPARISON_IDS = [...WORKLOAD_IDS, '2d-vs-onnx-graph', '2d-large'] as const;
export type ComparisonId = (typeof COMPARISON_IDS)[number];

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

/** Of one call. */
export interface Measurement {
  layer: string;
  implementation: string;
  medianMs: number;
  /** Absent where the median is all that is known, as of cuDNN's algorithms. */
  p95Ms?: number;
  /** Parameters, input, output and workspace. */
  memoryBytes?: number;
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
  /** The whole tensor in one call on all threads, nothing copied. */
  protocol: 'throughput';
  device: 'cpu';
  threads: number;
  dtype: 'float32';
  layout: 'NHWC';
  shape: MapShape;
}

/** The figures of a comparison, without what it compares. */
export interface Measured {
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

export type MeasuredComparison = ComparisonHeader & Measured;

export interface FailedComparison extends ComparisonHeader {
  error: string;
}

export type ComparisonResult = MeasuredComparison | FailedComparison;
