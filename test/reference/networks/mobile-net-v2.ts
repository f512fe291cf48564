import { type DenseArray, mapShape } from '../dense-array';
import { add, globalAveragePool } from '../elementwise';
import { activation } from './activation';
import { keyedLayers } from './keyed-layers';
import type { ParameterSource } from './parameters';

export interface MobileNetV2Options {
  variant?: 'baseline' | 'wht';
  /** What takes the place of 1x1 convolutions: the block layer, or that of arXiv 2104.07085. */
  layer?: 'block-wht' | 'fwht';
  /** Indices from 0 to 16. Default: the last five. */
  replaced?: readonly number[];
  /** Whether the last 1x1 convolution is replaced as well. */
  lastReplaced?: boolean;
  transform?: boolean;
  classes?: number;
}

/** How the paper's table of the network has it: expansion, channels, blocks, stride of the first. */
const BLOCKS = (
  [
    [1, 16, 1, 1],
    [6, 24, 2, 2],
    [6, 32, 3, 2],
    [6, 64, 4, 2],
    [6, 96, 3, 1],
    [6, 160, 3, 2],
    [6, 320, 1, 1],
  ] as const
).flatMap(([expansion, channels, blocks, stride]) =>
  Array.from({ length: blocks }, (_, block) => ({ expansion, channels, stride: block === 0 ? stride : 1 })),
);

export function mobileNetV2(parameters: ParameterSource, images: DenseArray, options: MobileNetV2Options = {}): DenseArray {
  const { variant = 'baseline', layer = 'block-wht', transform = false, lastReplaced = false, classes = 1000 } = options;
  const replaced = variant === 'wht' ? (options.replaced ?? [12, 13, 14, 15, 16]) : [];
  const layers = keyedLayers(parameters, 1e-5);

  const pointwise = (x: DenseArray, key: string, outChannels: number, replace: boolean) => {
    if (!replace) return layers.convolution(x, key, { outChannels, kernelSize: 1 });
    return layer === 'fwht' ? layers.fwht1d(x, key, outChannels) : layers.wht1d(x, key, outChannels);
  };

  let x = layers.convolution(images, 'features.0.0', { outChannels: 32, kernelSize: 3, stride: 2 });
  x = activation(layers.batchNorm(x, 'features.0.1'), 'relu6');
  for (const [index, { expansion, channels, stride }] of BLOCKS.entries()) {
    const [, , , inChannels] = mapShape(x);
    const replace = replaced.includes(index);
    const key = `features.${index + 1}.conv`;
    const after = expansion === 1 ? 0 : 1;
    let y = x;
    if (expansion > 1) {
      y = pointwise(x, `${key}.0.0`, inChannels * expansion, replace);
      y = activation(layers.batchNorm(y, `${key}.0.1`), 'relu6');
    }
    const [, , , hidden] = mapShape(y);
    y = layers.convolution(y, `${key}.${after}.0`, { outChannels: hidden, kernelSize: 3, stride, groups: hidden });
    y = activation(layers.batchNorm(y, `${key}.${after}.1`), 'relu6');
    y = pointwise(y, `${key}.${after + 1}`, channels, replace);
    y = layers.batchNorm(y, `${key}.${after + 2}`);
    x = stride === 1 && inChannels === channels ? add(x, y) : y;
  }
  x = pointwise(x, 'features.18.0', 1280, variant === 'wht' && lastReplaced);
  x = activation(layers.batchNorm(x, 'features.18.1'), 'relu6');
  if (transform) x = layers.wht2d(x, 'transform');
  return layers.dense(globalAveragePool(x), 'classifier.1', classes);
}
