import { type DenseArray, mapShape } from '../dense-array';
import { add, globalAveragePool, multiply } from '../elementwise';
import { activation } from './activation';
import { keyedLayers } from './keyed-layers';
import type { ParameterSource } from './parameters';

export interface MobileNetV3LargeOptions {
  variant?: 'baseline' | 'wht';
  /** Indices from 0 to 14. Default: the last five. */
  replaced?: readonly number[];
  /** Default: with the variant 'wht'. */
  transform?: boolean;
  classes?: number;
}

/** The paper's table of the network: kernel, expanded channels, channels, Squeeze-and-Excite, activation, stride. */
const BLOCKS = [
  [3, 16, 16, false, 'relu', 1],
  [3, 64, 24, false, 'relu', 2],
  [3, 72, 24, false, 'relu', 1],
  [5, 72, 40, true, 'relu', 2],
  [5, 120, 40, true, 'relu', 1],
  [5, 120, 40, true, 'relu', 1],
  [3, 240, 80, false, 'hard-swish', 2],
  [3, 200, 80, false, 'hard-swish', 1],
  [3, 184, 80, false, 'hard-swish', 1],
  [3, 184, 80, false, 'hard-swish', 1],
  [3, 480, 112, true, 'hard-swish', 1],
  [3, 672, 112, true, 'hard-swish', 1],
  [5, 672, 160, true, 'hard-swish', 2],
  [5, 960, 160, true, 'hard-swish', 1],
  [5, 960, 160, true, 'hard-swish', 1],
] as const;

/** A quarter of the channels as a multiple of 8, and never less than nine tenths of it. */
function squeezedChannels(channels: number): number {
  const quarter = Math.floor(channels / 4);
  const rounded = Math.max(8, Math.floor((quarter + 4) / 8) * 8);
  return rounded < 0.9 * quarter ? rounded + 8 : rounded;
}

export function mobileNetV3Large(parameters: ParameterSource, images: DenseArray, options: MobileNetV3LargeOptions = {}): DenseArray {
  const { variant = 'baseline', transform = variant === 'wht', classes = 1000 } = options;
  const replaced = variant === 'wht' ? (options.replaced ?? [10, 11, 12, 13, 14]) : [];
  const layers = keyedLayers(parameters, 1e-3);

  const pointwise = (x: DenseArray, key: string, outChannels: number, replace: boolean) =>
    replace ? layers.wht1d(x, key, outChannels) : layers.convolution(x, key, { outChannels, kernelSize: 1 });

  const squeezeExcite = (x: DenseArray, key: string) => {
    const [, , , channels] = mapShape(x);
    const squeezed = { outChannels: squeezedChannels(channels), kernelSize: 1, bias: true };
    const units = layers.convolution(globalAveragePool(x), `${key}.fc1`, { ...squeezed, activation: 'relu' });
    const gate = { outChannels: channels, kernelSize: 1, bias: true };
    return multiply(x, layers.convolution(units, `${key}.fc2`, { ...gate, activation: 'hard-sigmoid' }));
  };

  let x = layers.convolution(images, 'features.0.0', { outChannels: 16, kernelSize: 3, stride: 2 });
  x = activation(layers.batchNorm(x, 'features.0.1'), 'hard-swish');
  for (const [index, [kernelSize, expanded, channels, excites, name, stride]] of BLOCKS.entries()) {
    const [, , , inChannels] = mapShape(x);
    const replace = replaced.includes(index);
    let part = 0;
    const key = () => `features.${index + 1}.block.${part}`;
    let y = x;
    if (expanded !== inChannels) {
      y = pointwise(y, `${key()}.0`, expanded, replace);
      y = activation(layers.batchNorm(y, `${key()}.1`), name);
      part++;
    }
    y = layers.convolution(y, `${key()}.0`, { outChannels: expanded, kernelSize, stride, groups: expanded });
    y = activation(layers.batchNorm(y, `${key()}.1`), name);
    part++;
    if (excites) {
      y = replace ? layers.wht2d(y, key()) : squeezeExcite(y, key());
      part++;
    }
    y = pointwise(y, `${key()}.0`, channels, replace);
    y = layers.batchNorm(y, `${key()}.1`);
    x = stride === 1 && inChannels === channels ? add(y, x) : y;
  }
  x = layers.convolution(x, 'features.16.0', { outChannels: 960, kernelSize: 1 });
  x = activation(layers.batchNorm(x, 'features.16.1'), 'hard-swish');
  if (transform) x = layers.wht2d(x, 'transform');
  x = layers.dense(globalAveragePool(x), 'classifier.0', 1280, 'hard-swish');
  return layers.dense(x, 'classifier.3', classes);
}
