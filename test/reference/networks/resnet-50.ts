import { type DenseArray, mapShape } from '../dense-array';
import { add, globalAveragePool } from '../elementwise';
import { averagePool, maxPool } from '../pool';
import { activation } from './activation';
import { keyedLayers } from './keyed-layers';
import type { ParameterSource } from './parameters';

export interface Resnet50Options {
  variant?: 'baseline' | 'wht' | 'ht-perceptron';
  paths?: number;
  /** Indices from 0 to 15. Default: those that are odd within their stage. */
  replaced?: readonly number[];
  transform?: boolean;
  classes?: number;
}

const BLOCKS = [3, 4, 6, 3].flatMap((blocks, stage) => Array.from({ length: blocks }, (_, block) => ({ stage, block })));

export function resnet50(parameters: ParameterSource, images: DenseArray, options: Resnet50Options = {}): DenseArray {
  const { variant = 'baseline', paths = 3, replaced, transform = false, classes = 1000 } = options;
  const layers = keyedLayers(parameters, 1e-5);

  const second = (x: DenseArray, key: string, stride: number, replace: boolean) => {
    if (replace && variant === 'wht') return layers.wht2d(x, key, stride);
    if (replace && variant === 'ht-perceptron') {
      const narrowed = stride === 1 ? x : averagePool(x, { size: stride, stride, padding: 0 });
      return layers.htPerceptron(narrowed, stride === 1 ? key : `${key}.1`, paths, {
        ordering: 'natural',
        orthonormal: true,
        negativeThresholds: 'abs',
      });
    }
    return layers.convolution(x, key, { outChannels: mapShape(x)[3], kernelSize: 3, stride });
  };

  let x = layers.convolution(images, 'conv1', { outChannels: 64, kernelSize: 7, stride: 2 });
  x = activation(layers.batchNorm(x, 'bn1'), 'relu');
  x = maxPool(x, { size: 3, stride: 2, padding: 1 });
  for (const [index, { stage, block }] of BLOCKS.entries()) {
    const key = `layer${stage + 1}.${block}`;
    const channels = 64 * 2 ** stage;
    const stride = stage > 0 && block === 0 ? 2 : 1;
    let y = layers.convolution(x, `${key}.conv1`, { outChannels: channels, kernelSize: 1 });
    y = activation(layers.batchNorm(y, `${key}.bn1`), 'relu');
    y = second(y, `${key}.conv2`, stride, replaced?.includes(index) ?? block % 2 === 1);
    y = activation(layers.batchNorm(y, `${key}.bn2`), 'relu');
    y = layers.convolution(y, `${key}.conv3`, { outChannels: 4 * channels, kernelSize: 1 });
    y = layers.batchNorm(y, `${key}.bn3`);
    if (block === 0) {
      x = layers.convolution(x, `${key}.downsample.0`, { outChannels: 4 * channels, kernelSize: 1, stride });
      x = layers.batchNorm(x, `${key}.downsample.1`);
    }
    x = activation(add(y, x), 'relu');
  }
  if (transform) x = layers.wht2d(x, 'transform');
  return layers.dense(globalAveragePool(x), 'fc', classes);
}
