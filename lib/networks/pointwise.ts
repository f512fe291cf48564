import type { Activation } from '../layers/conv-2d';
import type { Graph, Value } from './graph';
import type { BatchNormalisation } from './steps/batch-norm-step';

/** Which layer stands for a 1x1 convolution: the block one of arXiv 2201.02711, or that of arXiv 2104.07085. */
export type PointwiseTransform = 'block' | 'fwht';

export interface PointwiseOptions {
  batchNorm: BatchNormalisation;
  activation: Activation;
  /** Undefined: a convolution. */
  transform?: PointwiseTransform | undefined;
  /** Added after the batch norm, before the activation. */
  residual?: Value | undefined;
}

/** A 1x1 convolution of a MobileNet or what replaces it, with batch norm, activation and residual. */
export function pointwise(graph: Graph, x: Value, key: string, channels: number, options: PointwiseOptions): Value {
  const { batchNorm, activation, transform, residual } = options;
  if (transform !== undefined) {
    const transformed = transform === 'block' ? graph.blockWht1d(x, key, channels) : graph.fwht1d(x, key, channels);
    return graph.batchNorm(transformed, batchNorm, activation, residual);
  }
  const convolution = { key, outChannels: channels, kernelSize: 1, batchNorm };
  if (residual === undefined) return graph.convolution(x, { ...convolution, activation });
  return graph.add(graph.convolution(x, convolution), residual, `${key}.add`, activation);
}
