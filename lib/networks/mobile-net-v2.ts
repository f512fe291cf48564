import type { Device } from '../device';
import * as validate from '../validate';
import { Graph, type Value } from './graph';
import type { Network } from './network';
import { commonOptions, createNetwork, expectAbsent, NETWORK_OPTIONS, type NetworkOptions, pooled, replacedBlocks } from './options';
import { type PointwiseTransform, pointwise } from './pointwise';

export interface MobileNetV2Options extends NetworkOptions {
  /**
   * - `baseline` (default): 1x1 convolutions
   * - `wht`: those of each replaced block are 1D Walsh-Hadamard layers
   */
  variant?: 'baseline' | 'wht';
  /** Only with `wht`: `block` (default, arXiv 2201.02711) or `fwht` (arXiv 2104.07085). */
  transform?: PointwiseTransform;
  /** Only with `wht`: whether the last 1x1 convolution, 320 to 1280 channels, is replaced as well. Default false. */
  replaceLastConvolution?: boolean;
}

/** Expansion, channels, blocks and the first block's stride, of each stage. */
const STAGES = [
  { expansion: 1, channels: 16, blocks: 1, stride: 1 },
  { expansion: 6, channels: 24, blocks: 2, stride: 2 },
  { expansion: 6, channels: 32, blocks: 3, stride: 2 },
  { expansion: 6, channels: 64, blocks: 4, stride: 2 },
  { expansion: 6, channels: 96, blocks: 3, stride: 1 },
  { expansion: 6, channels: 160, blocks: 3, stride: 2 },
  { expansion: 6, channels: 320, blocks: 1, stride: 1 },
];
const BLOCKS = STAGES.reduce((sum, { blocks }) => sum + blocks, 0);

/** Documented where users see it: lib/networks-on-demand.ts. */
export async function mobileNetV2(device: Device, options?: MobileNetV2Options): Promise<Network> {
  const given = validate.options('mobileNetV2', options, [...NETWORK_OPTIONS, 'transform', 'replaceLastConvolution']);
  const variant = validate.choice('variant', given.variant, ['baseline', 'wht'], 'baseline');
  if (variant === 'baseline') expectAbsent(given, ['replacedBlocks', 'transform', 'replaceLastConvolution'], variant);
  const transform = validate.choice('transform', given.transform, ['block', 'fwht'], 'block');
  const replaced = replacedBlocks(given.replacedBlocks, BLOCKS, 5).map((is) => variant === 'wht' && is);
  const replaceLast =
    given.replaceLastConvolution === undefined ? false : validate.boolean('replaceLastConvolution', given.replaceLastConvolution);
  const defaults = { classes: 1000, inputSize: 224, batchNormEpsilon: 1e-5 };
  const { classes, inputSize, epsilon, transformBeforePooling } = commonOptions(given, defaults);
  const graph = new Graph({ h: inputSize, w: inputSize, c: 3 });

  const batchNorm = (key: string) => ({ key, epsilon });

  const block = (x: Value, key: string, expansion: number, channels: number, stride: number, isReplaced: boolean): Value => {
    const replacement = isReplaced ? transform : undefined;
    const residual = stride === 1 && x.size.c === channels ? x : undefined;
    const hidden = x.size.c * expansion;
    const expanded =
      expansion === 1
        ? x
        : pointwise(graph, x, `${key}.0.0`, hidden, { batchNorm: batchNorm(`${key}.0.1`), activation: 'relu6', transform: replacement });
    const depthwiseAt = expansion === 1 ? 0 : 1;
    const filtered = graph.convolution(expanded, {
      key: `${key}.${depthwiseAt}.0`,
      outChannels: hidden,
      kernelSize: 3,
      stride,
      groups: hidden,
      batchNorm: batchNorm(`${key}.${depthwiseAt}.1`),
      activation: 'relu6',
    });
    return pointwise(graph, filtered, `${key}.${depthwiseAt + 1}`, channels, {
      batchNorm: batchNorm(`${key}.${depthwiseAt + 2}`),
      activation: 'none',
      transform: replacement,
      residual,
    });
  };

  let x = graph.convolution(graph.input, {
    key: 'features.0.0',
    outChannels: 32,
    kernelSize: 3,
    stride: 2,
    batchNorm: batchNorm('features.0.1'),
    activation: 'relu6',
  });
  let number = 0;
  for (const { expansion, channels, blocks, stride } of STAGES) {
    for (let at = 0; at < blocks; at++, number++) {
      const isReplaced = replaced[number] as boolean;
      x = block(x, `features.${number + 1}.conv`, expansion, channels, at === 0 ? stride : 1, isReplaced);
    }
  }
  x = pointwise(graph, x, 'features.18.0', 1280, {
    batchNorm: batchNorm('features.18.1'),
    activation: 'relu6',
    transform: replaceLast ? transform : undefined,
  });
  graph.dense(pooled(graph, x, transformBeforePooling, 'avgpool'), 'classifier.1', classes);
  return createNetwork(device, given, { name: 'mobileNetV2', graph });
}
