import { conv2d } from './conv-2d';
import type { DenseArray } from './dense-array';
import { globalAveragePool, multiply } from './elementwise';

export interface SqueezeExciteOptions {
  channels: number;
  hidden: number;
  gate?: 'keras-hard-sigmoid' | 'hard-sigmoid';
  reduceKernel: ArrayLike<number>;
  reduceBias: ArrayLike<number>;
  expandKernel: ArrayLike<number>;
  expandBias: ArrayLike<number>;
}

/** x · gate(E·relu(R·mean(x) + r) + e); a dense layer is a 1x1 convolution of a 1x1 map. */
export function squeezeExcite(x: DenseArray, options: SqueezeExciteOptions): DenseArray {
  const { channels, hidden, gate = 'keras-hard-sigmoid', reduceKernel, reduceBias, expandKernel, expandBias } = options;
  const reduce = { inChannels: channels, outChannels: hidden, kernelSize: 1, kernel: reduceKernel, bias: reduceBias };
  const expand = { inChannels: hidden, outChannels: channels, kernelSize: 1, kernel: expandKernel, bias: expandBias };
  const units = conv2d(globalAveragePool(x), { ...reduce, activation: 'relu' });
  return multiply(x, conv2d(units, { ...expand, activation: gate }));
}
