import type { Device } from '../device';
import * as validate from '../validate';
import { Graph, type Value } from './graph';
import type { Network } from './network';
import { commonOptions, createNetwork, expectAbsent, NETWORK_OPTIONS, type NetworkOptions, pooled, replacedBlocks } from './options';

export interface Resnet20Options extends NetworkOptions {
  /**
   * - `baseline` (default): 3x3 convolutions
   * - `wht` (arXiv 2201.02711): the second convolution of each replaced block is a 2D block Walsh-Hadamard layer, and the 1x1 convolutions of the shortcuts
   *   are 1D ones
   * - `ht-perceptron` (ICML 2023): the second convolution of each replaced block is an HT-perceptron
   */
  variant?: 'baseline' | 'wht' | 'ht-perceptron';
  /**
   * - `keras`, the paper's: convolutions with bias, shortcuts without batch norm, ε = 0.001. Default for `baseline` and `wht`.
   * - `pytorch`, of the authors' later code: convolutions without bias, shortcuts with batch norm, ε = 0.00001. Default for `ht-perceptron`.
   */
  style?: 'keras' | 'pytorch';
  /** Only with `wht`: whether the shortcuts of replaced blocks are replaced as well. Default true. */
  replaceShortcuts?: boolean;
  /** Only with `ht-perceptron`: how many paths each has, 1 to 5. Default 3. */
  paths?: number;
}

const CHANNELS = [16, 32, 64];
const BLOCKS_OF_STAGE = 3;

/** Documented where users see it: lib/networks-on-demand.ts. */
export async function resnet20(device: Device, options?: Resnet20Options): Promise<Network> {
  const given = validate.options('resnet20', options, [...NETWORK_OPTIONS, 'style', 'replaceShortcuts', 'paths']);
  const variant = validate.choice('variant', given.variant, ['baseline', 'wht', 'ht-perceptron'], 'baseline');
  const style = validate.choice('style', given.style, ['keras', 'pytorch'], variant === 'ht-perceptron' ? 'pytorch' : 'keras');
  if (variant !== 'ht-perceptron') expectAbsent(given, ['paths'], variant);
  if (variant !== 'wht') expectAbsent(given, ['replaceShortcuts'], variant);
  if (variant === 'baseline') expectAbsent(given, ['replacedBlocks'], variant);
  const paths = given.paths === undefined ? 3 : validate.integer('paths', given.paths, 1, 5);
  const replaceShortcuts = given.replaceShortcuts === undefined ? true : validate.boolean('replaceShortcuts', given.replaceShortcuts);
  const replaced = replacedBlocks(given.replacedBlocks, CHANNELS.length * BLOCKS_OF_STAGE, CHANNELS.length * BLOCKS_OF_STAGE);
  const bias = style === 'keras';
  const defaults = { classes: 10, inputSize: 32, batchNormEpsilon: bias ? 1e-3 : 1e-5 };
  const { classes, inputSize, epsilon, transformBeforePooling } = commonOptions(given, defaults);
  const graph = new Graph({ h: inputSize, w: inputSize, c: 3 });

  const batchNorm = (key: string) => ({ key, epsilon });

  const shortcut = (x: Value, key: string, channels: number, stride: number, isReplaced: boolean): Value => {
    if (stride === 1) return x;
    if (variant === 'wht' && isReplaced && replaceShortcuts) {
      const transformed = graph.blockWht1d(x, `${key}.0`, channels, stride);
      return bias ? transformed : graph.batchNorm(transformed, batchNorm(`${key}.1`));
    }
    const norm = bias ? {} : { batchNorm: batchNorm(`${key}.1`) };
    return graph.convolution(x, { key: `${key}.0`, outChannels: channels, kernelSize: 1, stride, bias, ...norm });
  };

  const block = (x: Value, key: string, channels: number, stride: number, isReplaced: boolean): Value => {
    const first = graph.convolution(x, {
      key: `${key}.left.0`,
      outChannels: channels,
      kernelSize: 3,
      stride,
      bias,
      batchNorm: batchNorm(`${key}.left.1`),
      activation: 'relu',
    });
    const straight = shortcut(x, `${key}.shortcut`, channels, stride, isReplaced);
    const second = `${key}.left.3`;
    const norm = batchNorm(`${key}.left.4`);
    if (variant === 'wht' && isReplaced) return graph.batchNorm(graph.blockWht2d(first, second), norm, 'relu', straight);
    if (variant === 'ht-perceptron' && isReplaced) {
      const perceptron = graph.htPerceptron(first, second, paths, {
        ordering: 'sequency',
        normalization: 'inverse',
        negativeThresholds: 'zero',
      });
      return graph.batchNorm(perceptron, norm, 'relu', straight);
    }
    const convolved = graph.convolution(first, { key: second, outChannels: channels, kernelSize: 3, bias, batchNorm: norm });
    return graph.add(convolved, straight, `${key}.add`, 'relu');
  };

  let x = graph.convolution(graph.input, {
    key: 'conv1.0',
    outChannels: CHANNELS[0] as number,
    kernelSize: 3,
    bias,
    batchNorm: batchNorm('conv1.1'),
    activation: 'relu',
  });
  for (const [stage, channels] of CHANNELS.entries()) {
    for (let at = 0; at < BLOCKS_OF_STAGE; at++) {
      const stride = stage > 0 && at === 0 ? 2 : 1;
      x = block(x, `layer${stage + 1}.${at}`, channels, stride, replaced[stage * BLOCKS_OF_STAGE + at] as boolean);
    }
  }
  graph.dense(pooled(graph, x, transformBeforePooling, 'avgpool'), 'fc', classes);
  return createNetwork(device, given, { name: 'resnet20', graph, aliases });
}

/** As most other ResNets for CIFAR-10 name the same parameters, torchvision's way. */
function aliases(key: string): string[] {
  const renamed = key
    .replace(/^conv1\.0\./, 'conv1.')
    .replace(/^conv1\.1\./, 'bn1.')
    .replace('.left.0.', '.conv1.')
    .replace('.left.1.', '.bn1.')
    .replace('.left.3.', '.conv2.')
    .replace('.left.4.', '.bn2.');
  return [renamed, renamed.replace('.shortcut.', '.downsample.'), renamed.replace(/^fc\./, 'linear.')];
}
