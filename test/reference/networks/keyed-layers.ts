/** The reference's layers with their parameters taken from a source by key: what the networks are written in. */
import { batchNorm } from '../batch-norm';
import { blockWht1d, blockWht2d } from '../block-wht';
import { conv2d } from '../conv-2d';
import { dense } from '../dense';
import { type DenseArray, mapShape } from '../dense-array';
import { fwht1dLayer, fwht1dThresholds } from '../fwht-1d-layer';
import { type HtPerceptronOptions, htPerceptron } from '../ht-perceptron';
import { nextPowerOfTwo } from '../next-power-of-two';
import type { Activation } from '../nonlinearity';
import type { ParameterSource } from './parameters';

export interface ConvolutionOptions {
  outChannels: number;
  kernelSize: number;
  stride?: number;
  groups?: number;
  bias?: boolean;
  activation?: Activation;
}

export type KeyedLayers = ReturnType<typeof keyedLayers>;

/** The largest power of two that divides the larger number of channels and is not above the input's. */
export function blockSize1d(inChannels: number, outChannels: number): number {
  const larger = Math.max(inChannels, outChannels);
  let size = 1;
  while (larger % (2 * size) === 0 && 2 * size <= inChannels) size *= 2;
  return size;
}

export function keyedLayers(parameters: ParameterSource, epsilon: number) {
  const spectrum = (key: string, shape: readonly number[]) => ({
    thresholds: parameters(`${key}.thresholds`, shape),
    weights: parameters(`${key}.weights`, shape),
  });

  return {
    convolution(x: DenseArray, key: string, { bias = false, ...options }: ConvolutionOptions): DenseArray {
      const [, , , inChannels] = mapShape(x);
      const { outChannels, kernelSize, groups = 1 } = options;
      return conv2d(x, {
        ...options,
        inChannels,
        kernel: parameters(`${key}.weight`, [outChannels, inChannels / groups, kernelSize, kernelSize]),
        bias: bias && parameters(`${key}.bias`, [outChannels]),
      });
    },

    batchNorm(x: DenseArray, key: string): DenseArray {
      const shape = [mapShape(x)[3]];
      return batchNorm(x, {
        weight: parameters(`${key}.weight`, shape),
        bias: parameters(`${key}.bias`, shape),
        mean: parameters(`${key}.running_mean`, shape),
        variance: parameters(`${key}.running_var`, shape),
        epsilon,
      });
    },

    dense(x: DenseArray, key: string, outChannels: number, activation: Activation = 'none'): DenseArray {
      const [, , , inChannels] = mapShape(x);
      const weight = parameters(`${key}.weight`, [outChannels, inChannels]);
      return dense(x, { outChannels, weight, bias: parameters(`${key}.bias`, [outChannels]), activation });
    },

    wht2d(x: DenseArray, key: string, stride = 1): DenseArray {
      const [, height, width] = mapShape(x);
      return blockWht2d(x, { height, width, stride, ...spectrum(key, [nextPowerOfTwo(height), nextPowerOfTwo(width)]) });
    },

    wht1d(x: DenseArray, key: string, outChannels: number, stride = 1): DenseArray {
      const [, , , inChannels] = mapShape(x);
      const blockSize = blockSize1d(inChannels, outChannels);
      return blockWht1d(x, { inChannels, outChannels, blockSize, stride, ...spectrum(key, [blockSize]) });
    },

    fwht1d(x: DenseArray, key: string, outChannels: number): DenseArray {
      const [, , , inChannels] = mapShape(x);
      return fwht1dLayer(x, { outChannels, thresholds: parameters(`${key}.thresholds`, [fwht1dThresholds(inChannels, outChannels)]) });
    },

    htPerceptron(x: DenseArray, key: string, paths: number, options: Omit<HtPerceptronOptions, 'paths'>): DenseArray {
      const [, height, width, channels] = mapShape(x);
      const plane = [nextPowerOfTwo(height), nextPowerOfTwo(width)];
      return htPerceptron(x, {
        ...options,
        paths: Array.from({ length: paths }, (_, path) => ({
          kernel: parameters(`${key}.conv.${path}.weight`, [channels, channels, 1, 1]),
          thresholds: parameters(`${key}.ST.${path}.T`, plane),
          scale: parameters(`${key}.v.${path}`, plane),
        })),
      });
    },
  };
}
