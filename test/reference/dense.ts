import { conv2d } from './conv-2d';
import { type DenseArray, mapShape } from './dense-array';
import type { Activation } from './nonlinearity';

export interface DenseOptions {
  outChannels: number;
  /** (out, in) */
  weight: ArrayLike<number>;
  bias?: ArrayLike<number> | false;
  activation?: Activation;
}

/** weight·x + bias at every position of a map: a 1x1 convolution. */
export function dense(x: DenseArray, { weight, ...options }: DenseOptions): DenseArray {
  const [, , , inChannels] = mapShape(x);
  return conv2d(x, { ...options, inChannels, kernelSize: 1, kernel: weight });
}
