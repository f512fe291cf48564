/** What `npm run bench:gpu` writes with `--json`: schema.ts's form for comparisons, and what only a GPU has. */
import type { ConvolutionAlgorithm, Dtype, Layout } from 'wht-layers';
import type { MapShape, Measured, PaperFigures } from '../schema';

export interface GpuRun {
  schema: 1;
  environment: GpuEnvironment;
  comparisons: GpuComparisonResult[];
  kernels: KernelResult[];
  /** Every algorithm of cuDNN's that the baselines of `comparisons` were found among. */
  algorithms: AlgorithmTable[];
  latency: LatencyResult[];
  targets: Target[];
}

export interface GpuEnvironment {
  board?: string;
  cpu: string;
  gpu: string;
  /** The CUDA backend ran on the CPU: no time says anything. */
  emulated?: true;
  computeCapability: string;
  /** Bytes. */
  memoryTotal: number;
  node: string;
  /** Watts. */
  powerLimit?: number;
  /** MHz. */
  clocks: Record<string, number>;
  versions: Record<string, string>;
}

export interface ComparisonHeader {
  id: '2d-vs-conv3x3' | '2d-vs-unfused';
  /** The whole tensor in one call, nothing copied, on the device's own clock. */
  protocol: 'throughput';
  device: 'cuda';
  dtype: Dtype;
  /** The baseline may round float32 to TF32. */
  tf32?: true;
  /** The subject's. */
  layout: Layout;
  /** n, h, w, c, whatever the layout. */
  shape: MapShape;
  paper?: PaperFigures;
  /** What speedRatio is to be at least. */
  target?: number;
}

export interface GpuComparison extends ComparisonHeader, Measured {
  /** Input and output of one call, in bytes. */
  bytes: number;
  /** Pairs of input and output that calls took in turns. */
  pairs: number;
}

export interface FailedGpuComparison extends ComparisonHeader {
  error: string;
}

export type GpuComparisonResult = GpuComparison | FailedGpuComparison;

export const KERNEL_FAMILIES = ['1D NHWC', '2D NCHW', 'fwht rows', '2D NHWC', '1D NCHW', 'fwht columns'] as const;
/**
 * The first three are contiguous kernels, the others strided ones:
 * - `1D NHWC`, `1D NCHW`: BlockWht1d; `2D NHWC`, `2D NCHW`: BlockWht2d
 * - `fwht rows`, `fwht columns`: the bare transform along the last axis, and along another
 */
export type KernelFamily = (typeof KERNEL_FAMILIES)[number];

/**
 * - `dense`: whole blocks
 * - `edges`: blocks that reach over the edge of what they transform, by an eighth where they are large enough (7x7 in 8x8)
 * - `odd lanes`: whole blocks over the channels of 7x7 positions, whose number no vector divides
 */
export const KERNEL_VARIANTS = ['dense', 'edges', 'odd lanes'] as const;
export type KernelVariant = (typeof KERNEL_VARIANTS)[number];

export interface KernelHeader {
  family: KernelFamily;
  variant: KernelVariant;
  dtype: Dtype;
  /** Of a block. */
  points: number;
  /** In memory order. */
  shape: readonly number[];
  /** Input and output of one call, without the padding. */
  bytes: number;
}

export interface MeasuredKernel extends KernelHeader {
  pairs: number;
  medianMs: number;
  p95Ms: number;
  /** A copy of the same bytes on the same device. */
  copyMs: number;
  /** 10^9 bytes read or written in a second. */
  rate: number;
  copyRate: number;
  /** `rate` over `copyRate`. */
  ofCopy: number;
}

export type KernelResult = MeasuredKernel | (KernelHeader & { error: string });

export interface AlgorithmTable {
  dtype: Dtype;
  tf32?: true;
  /** The tensors'; an algorithm's own may differ, and then counts the transpositions. */
  layout: Layout;
  shape: MapShape;
  algorithms: ConvolutionAlgorithm[];
}

/** Microseconds of single small calls, which launches and waiting bound. */
export interface LatencyResult {
  layer: string;
  dtype: Dtype;
  shape: MapShape;
  /** From the call to the end of the wait for it, on the JavaScript thread's clock. */
  roundTripUs?: number;
  /** Between the ends of calls that are queued one after the other, on the device's clock. */
  queuedUs?: number;
  error?: string;
}

/** A promise of the package's, and what was measured. */
export interface Target {
  name: string;
  /** Lowest value allowed. */
  least: number;
  /** Lowest value measured; absent where nothing was. */
  measured?: number;
  count: number;
  met: number;
  /** What is below `least` or could not be measured, in words. */
  missed: string[];
}
