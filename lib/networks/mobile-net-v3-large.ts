import type { Device } from '../device';
import type { Activation } from '../layers/conv-2d';
import * as validate from '../validate';
import { Graph, type Value } from './graph';
import type { Network } from './network';
import { commonOptions, createNetwork, expectAbsent, NETWORK_OPTIONS, type NetworkOptions, pooled, replacedBlocks } from './options';
import { type PointwiseTransform, pointwise } from './pointwise';

export interface MobileNetV3LargeOptions extends NetworkOptions {
  /**
   * - `baseline` (default): 1x1 convolutions and Squeeze-and-Excite
   * - `wht`: in each replaced block, 1D Walsh-Hadamard layers for the former, 2D ones for the latter
   */
  variant?: 'baseline' | 'wht';
  /** Only with `wht`: what replaces 1x1 convolutions, `block` (default, arXiv 2201.02711) or `fwht` (arXiv 2104.07085). */
  transform?: PointwiseTransform;
  /** Only with `wht`: whether the last 1x1 convolution, 160 to 960 channels, is replaced as well. Default false. */
  replaceLastConvolution?: boolean;
}

interface Block {
  kernelSize: number;
  hidden: number;
  channels: number;
  squeezeExcite: boolean;
  activation: Activation;
  stride: number;
}

const block = (
  kernelSize: number,
  hidden: number,
  channels: number,
  squeezeExcite: boolean,
  activation: Activation,
  stride: number,
): Block => ({ kernelSize, hidden, channels, squeezeExcite, activation, stride });

/** Table 1 of arXiv 1905.02244. */
const BLOCKS: readonly Block[] = [
  block(3, 16, 16, false, 'relu', 1),
  block(3, 64, 24, false, 'relu', 2),
  block(3, 72, 24, false, 'relu', 1),
  block(5, 72, 40, true, 'relu', 2),
  block(5, 120, 40, true, 'relu', 1),
  block(5, 120, 40, true, 'relu', 1),
  block(3, 240, 80, false, 'hard-swish', 2),
  block(3, 200, 80, false, 'hard-swish', 1),
  block(3, 184, 80, false, 'hard-swish', 1),
  block(3, 184, 80, false, 'hard-swish', 1),
  block(3, 480, 112, true, 'hard-swish', 1),
  block(3, 672, 112, true, 'hard-swish', 1),
  block(5, 672, 160, true, 'hard-swish', 2),
  block(5, 960, 160, true, 'hard-swish', 1),
  block(5, 960, 160, true, 'hard-swish', 1),
];

/** Documented where users see it: lib/networks-on-demand.ts. */
export async function mobileNetV3Large(device: Device, options?: MobileNetV3LargeOptions): Promise<Network> {
  const given = validate.options('mobileNetV3Large', options, [...NETWORK_OPTIONS, 'transform', 'replaceLastConvolution']);
  const variant = validate.choice('variant', given.variant, ['baseline', 'wht'], 'baseline');
  if (variant === 'baseline') expectAbsent(given, ['replacedBlocks', 'transform', 'replaceLastConvolution'], variant);
  const transform = validate.choice('transform', given.transform, ['block', 'fwht'], 'block');
  const replaced = replacedBlocks(given.replacedBlocks, BLOCKS.length, 5).map((is) => variant === 'wht' && is);
  const replaceLast =
    given.replaceLastConvolution === undefined ? false : validate.boolean('replaceLastConvolution', given.replaceLastConvolution);
  const defaults = { classes: 1000, inputSize: 224, batchNormEpsilon: 1e-3, transformBeforePooling: variant === 'wht' };
  const { classes, inputSize, epsilon, transformBeforePooling } = commonOptions(given, defaults);
  const graph = new Graph({ h: inputSize, w: inputSize, c: 3 });

  const batchNorm = (key: string) => ({ key, epsilon });

  const addBlock = (x: Value, key: string, { hidden, channels, activation, ...own }: Block, isReplaced: boolean): Value => {
    const replacement = isReplaced ? transform : undefined;
    const residual = own.stride === 1 && x.size.c === channels ? x : undefined;
    // torchvision numbers the layers that a block has.
    let at = 0;
    const nextKey = () => `${key}.${at++}`;
    let inner = x;
    if (hidden !== x.size.c) {
      const expand = nextKey();
      inner = pointwise(graph, x, `${expand}.0`, hidden, { batchNorm: batchNorm(`${expand}.1`), activation, transform: replacement });
    }
    const depthwise = nextKey();
    inner = graph.convolution(inner, {
      key: `${depthwise}.0`,
      outChannels: hidden,
      kernelSize: own.kernelSize,
      stride: own.stride,
      groups: hidden,
      batchNorm: batchNorm(`${depthwise}.1`),
      activation,
    });
    if (own.squeezeExcite) {
      const excite = nextKey();
      inner = isReplaced ? graph.blockWht2d(inner, excite) : graph.squeezeExcite(inner, excite, divisibleBy8(hidden / 4));
    }
    const project = nextKey();
    return pointwise(graph, inner, `${project}.0`, channels, {
      batchNorm: batchNorm(`${project}.1`),
      activation: 'none',
      transform: replacement,
      residual,
    });
  };

  let x = graph.convolution(graph.input, {
    key: 'features.0.0',
    outChannels: 16,
    kernelSize: 3,
    stride: 2,
    batchNorm: batchNorm('features.0.1'),
    activation: 'hard-swish',
  });
  for (const [number, definition] of BLOCKS.entries()) {
    x = addBlock(x, `features.${number + 1}.block`, definition, replaced[number] as boolean);
  }
  x = pointwise(graph, x, 'features.16.0', 960, {
    batchNorm: batchNorm('features.16.1'),
    activation: 'hard-swish',
    transform: replaceLast ? transform : undefined,
  });
  const features = graph.dense(pooled(graph, x, transformBeforePooling, 'avgpool'), 'classifier.0', 1280, 'hard-swish');
  graph.dense(features, 'classifier.3', classes);
  return createNetwork(device, given, { name: 'mobileNetV3Large', graph });
}

/** The nearest multiple of 8, never more than a tenth below (arXiv 1801.04381's rule for channels). */
function divisibleBy8(value: number): number {
  const rounded = Math.max(8, Math.floor((value + 4) / 8) * 8);
  return rounded < 0.9 * value ? rounded + 8 : rounded;
}
