import { type DenseArray, denseArray, mapShape } from './dense-array';

export interface BatchNormOptions {
  weight: ArrayLike<number>;
  bias: ArrayLike<number>;
  mean: ArrayLike<number>;
  variance: ArrayLike<number>;
  epsilon: number;
}

/** (x − mean) / √(variance + ε) · weight + bias, channel by channel; not folded into anything, so that what is folded can be checked. */
export function batchNorm(x: DenseArray, { weight, bias, mean, variance, epsilon }: BatchNormOptions): DenseArray {
  const [, , , channels] = mapShape(x);
  const y = denseArray(x.shape);
  for (let at = 0; at < y.data.length; at++) {
    const c = at % channels;
    const normalized = ((x.data[at] as number) - (mean[c] as number)) / Math.sqrt((variance[c] as number) + epsilon);
    y.data[at] = normalized * (weight[c] as number) + (bias[c] as number);
  }
  return y;
}
