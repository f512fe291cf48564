import type { Device } from '../device';
import * as validate from '../validate';
import { Graph, type Value } from './graph';
import type { Network } from './network';
import { commonOptions, createNetwork, expectAbsent, NETWORK_OPTIONS, type NetworkOptions, pooled, replacedBlocks } from './options';

export interface Resnet50Options extends NetworkOptions {
  /**
   * - `baseline` (default): 3x3 convolutions
   * - `wht` (arXiv 2201.02711): the 3x3 convolution of each replaced block is a 2D block Walsh-Hadamard layer
   * - `ht-perceptron` (ICML 2023): it is an HT-perceptron, after average pooling where it has a stride
   */
  variant?: 'baseline' | 'wht' | 'ht-perceptron';
  /** Only with `ht-perceptron`: how many paths each has, 1 to 5. Default 3. */
  paths?: number;
}

const STAGES = [
  { channels: 64, blocks: 3 },
  { channels: 128, blocks: 4 },
  { channels: 256, blocks: 6 },
  { channels: 512, blocks: 3 },
];
const EXPANSION = 4;

/** Every other block of a stage, never its first: the authors' choice. */
const EVERY_OTHER = STAGES.flatMap(({ blocks }) => Array.from({ length: blocks }, (_, at) => at % 2 === 1)).flatMap((is, block) =>
  is ? [block] : [],
);

/** Documented where users see it: lib/networks-on-demand.ts. */
export async function resnet50(device: Device, options?: Resnet50Options): Promise<Network> {
  const given = validate.options('resnet50', options, [...NETWORK_OPTIONS, 'paths']);
  const variant = validate.choice('variant', given.variant, ['baseline', 'wht', 'ht-perceptron'], 'baseline');
  if (variant !== 'ht-perceptron') expectAbsent(given, ['paths'], variant);
  if (variant === 'baseline') expectAbsent(given, ['replacedBlocks'], variant);
  const paths = given.paths === undefined ? 3 : validate.integer('paths', given.paths, 1, 5);
  const count = STAGES.reduce((sum, { blocks }) => sum + blocks, 0);
  const replaced = replacedBlocks(given.replacedBlocks, count, EVERY_OTHER);
  const defaults = { classes: 1000, inputSize: 224, batchNormEpsilon: 1e-5 };
  const { classes, inputSize, epsilon, transformBeforePooling } = commonOptions(given, defaults);
  const graph = new Graph({ h: inputSize, w: inputSize, c: 3 });

  const batchNorm = (key: string) => ({ key, epsilon });

  /** The 3x3 convolution of a block, or what replaces it. */
  const middle = (x: Value, key: string, channels: number, stride: number, isReplaced: boolean): Value => {
    const norm = batchNorm(`${key}.bn2`);
    const own = `${key}.conv2`;
    if (variant === 'wht' && isReplaced) return graph.batchNorm(graph.blockWht2d(x, own, stride), norm, 'relu');
    if (variant === 'ht-perceptron' && isReplaced) {
      const narrowed = stride > 1 ? graph.averagePool(x, `${own}.0`, stride) : x;
      const perceptron = graph.htPerceptron(narrowed, stride > 1 ? `${own}.1` : own, paths, {
        ordering: 'natural',
        normalization: 'orthonormal',
        negativeThresholds: 'absolute',
      });
      return graph.batchNorm(perceptron, norm, 'relu');
    }
    return graph.convolution(x, { key: own, outChannels: channels, kernelSize: 3, stride, batchNorm: norm, activation: 'relu' });
  };

  const block = (x: Value, key: string, channels: number, stride: number, isReplaced: boolean): Value => {
    const outChannels = channels * EXPANSION;
    const pointwise = (at: number, to: number) => ({
      key: `${key}.conv${at}`,
      outChannels: to,
      kernelSize: 1,
      batchNorm: batchNorm(`${key}.bn${at}`),
    });
    const reduced = graph.convolution(x, { ...pointwise(1, channels), activation: 'relu' });
    const transformed = middle(reduced, key, channels, stride, isReplaced);
    const expanded = graph.convolution(transformed, pointwise(3, outChannels));
    const identity =
      x.size.c === outChannels
        ? x
        : graph.convolution(x, {
            key: `${key}.downsample.0`,
            outChannels,
            kernelSize: 1,
            stride,
            batchNorm: batchNorm(`${key}.downsample.1`),
          });
    return graph.add(expanded, identity, `${key}.add`, 'relu');
  };

  const stem = graph.convolution(graph.input, {
    key: 'conv1',
    outChannels: 64,
    kernelSize: 7,
    stride: 2,
    batchNorm: batchNorm('bn1'),
    activation: 'relu',
  });
  let x = graph.maxPool(stem, 'maxpool', 3, 2, 1);
  let number = 0;
  for (const [stage, { channels, blocks }] of STAGES.entries()) {
    for (let at = 0; at < blocks; at++) {
      x = block(x, `layer${stage + 1}.${at}`, channels, stage > 0 && at === 0 ? 2 : 1, replaced[number++] as boolean);
    }
  }
  graph.dense(pooled(graph, x, transformBeforePooling, 'avgpool'), 'fc', classes);
  return createNetwork(device, given, { name: 'resnet50', graph });
}
