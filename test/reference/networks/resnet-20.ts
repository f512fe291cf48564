import type { DenseArray } from '../dense-array';
import { add, globalAveragePool } from '../elementwise';
import { activation } from './activation';
import { keyedLayers } from './keyed-layers';
import type { ParameterSource } from './parameters';

export interface Resnet20Options {
  style?: 'keras' | 'pytorch';
  variant?: 'baseline' | 'wht' | 'ht-perceptron';
  paths?: number;
  /** Indices from 0 to 8. Default: all. */
  replaced?: readonly number[];
  transform?: boolean;
  classes?: number;
}

export function resnet20(parameters: ParameterSource, images: DenseArray, options: Resnet20Options = {}): DenseArray {
  const { style = 'keras', variant = 'baseline', paths = 3, replaced, transform = false, classes = 10 } = options;
  const bias = style === 'keras';
  const layers = keyedLayers(parameters, style === 'keras' ? 1e-3 : 1e-5);

  const second = (x: DenseArray, key: string, channels: number, replace: boolean) => {
    if (replace && variant === 'wht') return layers.wht2d(x, key);
    if (replace && variant === 'ht-perceptron') {
      return layers.htPerceptron(x, key, paths, { ordering: 'sequency', orthonormal: false, negativeThresholds: 'relu' });
    }
    return layers.convolution(x, key, { outChannels: channels, kernelSize: 3, bias });
  };

  const shortcut = (x: DenseArray, key: string, channels: number, replace: boolean) => {
    const y =
      replace && variant === 'wht'
        ? layers.wht1d(x, `${key}.0`, channels, 2)
        : layers.convolution(x, `${key}.0`, { outChannels: channels, kernelSize: 1, stride: 2, bias });
    return style === 'pytorch' ? layers.batchNorm(y, `${key}.1`) : y;
  };

  let x = layers.convolution(images, 'conv1.0', { outChannels: 16, kernelSize: 3, bias });
  x = activation(layers.batchNorm(x, 'conv1.1'), 'relu');
  for (let index = 0; index < 9; index++) {
    const stage = Math.floor(index / 3);
    const channels = 16 * 2 ** stage;
    const narrows = stage > 0 && index % 3 === 0;
    const replace = replaced?.includes(index) ?? true;
    const key = `layer${stage + 1}.${index % 3}`;
    let y = layers.convolution(x, `${key}.left.0`, { outChannels: channels, kernelSize: 3, stride: narrows ? 2 : 1, bias });
    y = activation(layers.batchNorm(y, `${key}.left.1`), 'relu');
    y = layers.batchNorm(second(y, `${key}.left.3`, channels, replace), `${key}.left.4`);
    x = activation(add(y, narrows ? shortcut(x, `${key}.shortcut`, channels, replace) : x), 'relu');
  }
  if (transform) x = layers.wht2d(x, 'transform');
  return layers.dense(globalAveragePool(x), 'fc', classes);
}
