/** Options that the networks have in common, and what becomes of them. */
import { type Device, dtypeOption, expectDevice, layoutOption } from '../device';
import type { LayerOptions } from '../layers/layer';
import * as validate from '../validate';
import { expected, show } from '../validate';
import type { Graph, Value } from './graph';
import { Network, type NetworkDefinition } from './network';

export interface NetworkOptions extends LayerOptions {
  /** Default: as the network's paper has it. */
  classes?: number;
  /** Height and width of the images, in pixels. */
  inputSize?: number;
  /** A 2D block Walsh-Hadamard layer with weights before the global average pooling. Default false, but for MobileNet-V3's `wht`. */
  transformBeforePooling?: boolean;
  /**
   * Which blocks have layers replaced, where the variant replaces any: so many of the last, or which, counted from 0.
   */
  replacedBlocks?: number | readonly number[];
  /** What the batch norms add to the variance. */
  batchNormEpsilon?: number;
  /** A safetensors file to start with; else random values, the same at every start. */
  weights?: string;
}

export const NETWORK_OPTIONS = [
  'variant',
  'classes',
  'inputSize',
  'transformBeforePooling',
  'replacedBlocks',
  'batchNormEpsilon',
  'weights',
  'dtype',
  'layout',
] as const;

/** The largest side of an image: a map of it with 64 channels is as large as a tensor can be. */
const MAX_INPUT_SIZE = 4096;

export interface NetworkDefaults {
  classes: number;
  inputSize: number;
  batchNormEpsilon: number;
  transformBeforePooling?: boolean;
}

/** The common options, checked. */
export function commonOptions(given: NetworkOptions, defaults: NetworkDefaults) {
  const { classes, inputSize, batchNormEpsilon, transformBeforePooling } = given;
  return {
    classes: classes === undefined ? defaults.classes : validate.integer('classes', classes, 1, 2 ** 20),
    inputSize: inputSize === undefined ? defaults.inputSize : validate.integer('inputSize', inputSize, 1, MAX_INPUT_SIZE),
    epsilon: batchNormEpsilon === undefined ? defaults.batchNormEpsilon : validate.positive('batchNormEpsilon', batchNormEpsilon),
    transformBeforePooling:
      transformBeforePooling === undefined
        ? defaults.transformBeforePooling === true
        : validate.boolean('transformBeforePooling', transformBeforePooling),
  };
}

/** Whether each of `count` blocks has layers replaced. */
export function replacedBlocks(
  given: number | readonly number[] | undefined,
  count: number,
  byDefault: number | readonly number[],
): boolean[] {
  const which = given ?? byDefault;
  if (typeof which === 'number') {
    const last = validate.integer('replacedBlocks', which, 0, count);
    return Array.from({ length: count }, (_, block) => block >= count - last);
  }
  if (!Array.isArray(which)) throw expected('replacedBlocks to be a number of blocks or an array of their indices', show(which));
  for (const [at, block] of which.entries()) validate.integer(`replacedBlocks[${at}]`, block, 0, count - 1);
  return Array.from({ length: count }, (_, block) => which.includes(block));
}

/** Refuses options that a variant has no use for, so that none is silently without effect. */
export function expectAbsent(given: object, names: readonly string[], variant: string): void {
  for (const name of names) {
    const value = (given as Record<string, unknown>)[name];
    if (value !== undefined) throw expected(`${name} to be absent with variant '${variant}'`, show(value));
  }
}

/** What all networks end with: the pooled map's mean over its positions. */
export function pooled(graph: Graph, x: Value, transform: boolean, key: string): Value {
  return graph.globalAveragePool(transform ? graph.blockWht2d(x, 'transform') : x, key);
}

/** Prepares a network on a device. */
export function createNetwork(device: Device, given: NetworkOptions, definition: NetworkDefinition): Network {
  if (given.weights !== undefined && typeof given.weights !== 'string') {
    throw expected('weights to be the name of a safetensors file', show(given.weights));
  }
  const storage = { device: expectDevice(device), dtype: dtypeOption(given.dtype), layout: layoutOption(given.layout) };
  return new Network(definition, storage, given.weights);
}
