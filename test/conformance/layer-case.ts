/** One layer with its parameters and an input: what the device makes of it, and what the reference does. */
import { expect } from 'vitest';
import type { Device, Dtype, Tensor } from '../../lib/index';
import * as wht from '../../lib/index';
import { type DenseArray, denseArray, type MapShape, mapShape, toNchw, toNhwc } from '../reference/dense-array';
import * as reference from '../reference/index';
import { relativeError } from '../reference/relative-error';
import { parameters, samples } from './samples';
import type { Variant } from './targets';

export interface LayerCase {
  readonly name: string;
  readonly x: DenseArray;
  /** Whether x is a map, stored in the variant's layout, or an array of any rank, stored as it is. */
  readonly isMap: boolean;
  readonly tolerance: Readonly<Record<Dtype, number>>;
  /** Queues the layer. */
  readonly run: (x: Tensor, out?: Tensor) => Tensor;
  readonly reference: (x: DenseArray) => DenseArray;
}

/** Changes a result before it is judged: how the suite is shown to notice. */
export type Alteration = (values: Float32Array) => void;

const TOLERANCE = { float32: 1e-6, float16: 2e-3 };

const references = new WeakMap<LayerCase, DenseArray>();

/** What a case should give. Computed once, for all targets and variants. */
export function expectedOutput(layerCase: LayerCase): DenseArray {
  let output = references.get(layerCase);
  if (output === undefined) {
    output = layerCase.reference(layerCase.x);
    references.set(layerCase, output);
  }
  return output;
}

export function upload(device: Device, x: DenseArray, variant: Variant, isMap: boolean): Tensor {
  const stored = isMap && variant.layout === 'NCHW' ? toNchw(x) : x;
  return device.tensor(Float32Array.from(stored.data), stored.shape, variant);
}

/** A tensor's values in NHWC order where it is a map. */
export async function download(tensor: Tensor, isMap: boolean): Promise<DenseArray> {
  const stored = { shape: tensor.shape, data: Float64Array.from(await tensor.read()) };
  return isMap && tensor.layout === 'NCHW' ? toNhwc(stored) : stored;
}

/** Runs a case on a device and sets the result against the reference. */
export async function check(device: Device, variant: Variant, layerCase: LayerCase, alter?: Alteration): Promise<void> {
  const expected = expectedOutput(layerCase);
  using x = upload(device, layerCase.x, variant, layerCase.isMap);
  using y = layerCase.run(x);
  expect({ dtype: y.dtype, layout: y.layout }).toEqual(variant);
  const stored = await y.read();
  alter?.(stored);
  const inStoredOrder = layerCase.isMap && variant.layout === 'NCHW' ? toNchw(expected) : expected;
  expect(y.shape).toEqual(inStoredOrder.shape);
  expect(relativeError(stored, inStoredOrder.data)).toBeLessThan(layerCase.tolerance[variant.dtype]);
}

/** As `layerCase`, on another input. */
export function withInput(layerCase: LayerCase, x: DenseArray): LayerCase {
  return { ...layerCase, x };
}

/** Options as part of a name; arrays of parameters are left out. */
function describeOptions(options: object): string {
  return Object.entries(options)
    .filter(([, value]) => typeof value !== 'object')
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function queue(layer: wht.Layer, x: Tensor, out: Tensor | undefined): Tensor {
  const y = layer.forward(x, out === undefined ? {} : { out });
  // Released with its work still queued: that must be harmless, so every case is a test of it.
  layer.dispose();
  return y;
}

const outOption = (out: Tensor | undefined) => (out === undefined ? {} : { out });
const variantOf = ({ dtype, layout }: Tensor): Variant => ({ dtype, layout });

type WithoutVariant<Options> = Omit<Options, 'dtype' | 'layout'>;

export function blockWht2dCase(x: DenseArray, options: WithoutVariant<wht.BlockWht2dOptions>): LayerCase {
  return {
    name: `BlockWht2d of ${x.shape.join('x')}, ${describeOptions(options)}`,
    x,
    isMap: true,
    tolerance: TOLERANCE,
    run: (input, out) => queue(new wht.BlockWht2d(input.device, { ...options, ...variantOf(input) }), input, out),
    reference: (input) => reference.blockWht2d(input, options),
  };
}

export function blockWht1dCase(x: DenseArray, options: WithoutVariant<wht.BlockWht1dOptions>): LayerCase {
  return {
    name: `BlockWht1d of ${x.shape.join('x')}, ${describeOptions(options)}`,
    x,
    isMap: true,
    tolerance: TOLERANCE,
    run: (input, out) => queue(new wht.BlockWht1d(input.device, { ...options, ...variantOf(input) }), input, out),
    reference: (input) => reference.blockWht1d(input, options),
  };
}

export type Conv2dCaseOptions = WithoutVariant<wht.Conv2dOptions> & { kernel: Float32Array; bias: Float32Array | false };

export function conv2dCase(x: DenseArray, options: Conv2dCaseOptions): LayerCase {
  return {
    name: `Conv2d of ${x.shape.join('x')}, ${describeOptions(options)}`,
    x,
    isMap: true,
    tolerance: TOLERANCE,
    run: (input, out) => queue(new wht.Conv2d(input.device, { ...options, ...variantOf(input) }), input, out),
    reference: (input) => reference.conv2d(input, options),
  };
}

export type SqueezeExciteCaseOptions = Required<Omit<WithoutVariant<wht.SqueezeExciteOptions>, 'gate'>> &
  Pick<wht.SqueezeExciteOptions, 'gate'>;

export function squeezeExciteCase(x: DenseArray, options: SqueezeExciteCaseOptions): LayerCase {
  return {
    name: `SqueezeExcite of ${x.shape.join('x')}, ${describeOptions(options)}`,
    x,
    isMap: true,
    tolerance: TOLERANCE,
    run: (input, out) => queue(new wht.SqueezeExcite(input.device, { ...options, ...variantOf(input) }), input, out),
    reference: (input) => reference.squeezeExcite(input, options),
  };
}

export function fwhtCase(x: DenseArray, options: Omit<wht.FwhtOptions, 'out'> = {}): LayerCase {
  return {
    name: `fwht of ${x.shape.join('x')}, ${describeOptions(options)}`,
    x,
    // An axis is one of the tensor's as stored, so nothing is rearranged.
    isMap: false,
    tolerance: TOLERANCE,
    run: (input, out) => wht.fwht(input, { ...options, ...outOption(out) }),
    reference: (input) => reference.fwht(input, options),
  };
}

export function fwht2dCase(x: DenseArray, options: Omit<wht.TransformOptions, 'out'> = {}): LayerCase {
  return {
    name: `fwht2d of ${x.shape.join('x')}, ${describeOptions(options)}`,
    x,
    isMap: true,
    tolerance: TOLERANCE,
    run: (input, out) => wht.fwht2d(input, { ...options, ...outOption(out) }),
    reference: (input) => reference.fwht2d(input, options),
  };
}

const BINARY = {
  add: [wht.add, reference.add],
  multiply: [wht.multiply, reference.multiply],
  smoothThreshold: [wht.smoothThreshold, reference.smoothThreshold],
  softThreshold: [wht.softThreshold, reference.softThreshold],
} as const;

export type BinaryName = keyof typeof BINARY;

export function binaryCase(name: BinaryName, x: DenseArray, second: number | DenseArray): LayerCase {
  const [onDevice, inReference] = BINARY[name];
  const isMap = x.shape.length === 4;
  return {
    name: `${name} of ${x.shape.join('x')} and ${typeof second === 'number' ? second : second.shape.join('x')}`,
    x,
    isMap,
    tolerance: TOLERANCE,
    run: (input, out) => {
      const operand = typeof second === 'number' ? second : upload(input.device, second, variantOf(input), isMap);
      const y = onDevice(input, operand, outOption(out));
      if (typeof operand !== 'number') operand.dispose();
      return y;
    },
    reference: (input) => inReference(input, second),
  };
}

export function activateCase(x: DenseArray, activation: wht.Activation): LayerCase {
  return {
    name: `activate of ${x.shape.join('x')}, ${activation}`,
    x,
    isMap: x.shape.length === 4,
    tolerance: TOLERANCE,
    run: (input, out) => wht.activate(input, activation, outOption(out)),
    reference: (input) => reference.activation(input, activation),
  };
}

const POOLS = { maxPool2d: [wht.maxPool2d, reference.maxPool], averagePool2d: [wht.averagePool2d, reference.averagePool] } as const;

export function poolCase(name: keyof typeof POOLS, x: DenseArray, options: Omit<wht.Pool2dOptions, 'out'>): LayerCase {
  const [onDevice, inReference] = POOLS[name];
  return {
    name: `${name} of ${x.shape.join('x')}, ${describeOptions(options)}`,
    x,
    isMap: true,
    tolerance: TOLERANCE,
    run: (input, out) => onDevice(input, { ...options, ...outOption(out) }),
    reference: (input) => inReference(input, options),
  };
}

export function cropOrPadCase(x: DenseArray, options: Omit<wht.CropOrPadOptions, 'out'>): LayerCase {
  return {
    name: `cropOrPad of ${x.shape.join('x')}, ${describeOptions(options)}`,
    x,
    isMap: true,
    tolerance: TOLERANCE,
    run: (input, out) => wht.cropOrPad(input, { ...options, ...outOption(out) }),
    reference: (input) => {
      const [n, h, w, c] = mapShape(input);
      return reference.padOrCrop(input, [n, options.height ?? h, options.width ?? w, options.channels ?? c]);
    },
  };
}

type BatchNormCaseOptions = Required<Omit<WithoutVariant<wht.BatchNorm2dOptions>, 'channels'>>;

/** @param residual added before the activation */
export function batchNorm2dCase(x: DenseArray, options: BatchNormCaseOptions, residual?: DenseArray): LayerCase {
  const make = (input: Tensor) => new wht.BatchNorm2d(input.device, { channels: mapShape(x)[3], ...options, ...variantOf(input) });
  return {
    name: `BatchNorm2d of ${x.shape.join('x')}, ${describeOptions(options)}${residual === undefined ? '' : ', with a residual'}`,
    x,
    isMap: true,
    tolerance: TOLERANCE,
    run: (input, out) => {
      if (residual === undefined) return queue(make(input), input, out);
      using layer = make(input);
      using added = upload(input.device, residual, variantOf(input), true);
      const y = out ?? input.device.zeros(input.shape, variantOf(input));
      layer.runWithResidual(input, added, y, input.dimensions());
      return y;
    },
    reference: (input) => {
      const y = reference.batchNorm(input, options);
      return reference.activation(residual === undefined ? y : reference.add(y, residual), options.activation);
    },
  };
}

export type DenseCaseOptions = WithoutVariant<wht.DenseOptions> & { kernel: Float32Array; bias: Float32Array | false };

/** @param x of n x inFeatures, or a map of one position */
export function denseCase(x: DenseArray, options: DenseCaseOptions): LayerCase {
  return {
    name: `Dense of ${x.shape.join('x')}, ${describeOptions(options)}`,
    x,
    isMap: x.shape.length === 4,
    tolerance: TOLERANCE,
    run: (input, out) => queue(new wht.Dense(input.device, { ...options, ...variantOf(input) }), input, out),
    reference: (input) => {
      const [n = 0] = input.shape;
      const { inFeatures, outFeatures, kernel, ...rest } = options;
      const y = reference.dense(denseArray([n, 1, 1, inFeatures], input.data), { outChannels: outFeatures, weight: kernel, ...rest });
      return input.shape.length === 4 ? y : denseArray([n, outFeatures], y.data);
    },
  };
}

export type HtPerceptronCaseOptions = Omit<WithoutVariant<wht.HtPerceptronOptions>, 'height' | 'width' | 'channels' | 'paths'> &
  Required<Pick<wht.HtPerceptronOptions, 'kernels' | 'scalings' | 'thresholds'>>;

export function htPerceptronCase(x: DenseArray, options: HtPerceptronCaseOptions): LayerCase {
  const [, height, width, channels] = mapShape(x);
  const { kernels, scalings, thresholds, ordering = 'sequency', normalization, negativeThresholds } = options;
  const paths = kernels.length;
  return {
    name: `HtPerceptron of ${x.shape.join('x')}, ${paths} paths, ${describeOptions(options)}`,
    x,
    isMap: true,
    tolerance: TOLERANCE,
    run: (input, out) =>
      queue(new wht.HtPerceptron(input.device, { height, width, channels, paths, ...options, ...variantOf(input) }), input, out),
    reference: (input) =>
      reference.htPerceptron(input, {
        paths: kernels.map((kernel, path) => ({
          kernel,
          scale: scalings[path] as Float32Array,
          thresholds: thresholds[path] as Float32Array,
        })),
        ordering,
        orthonormal: normalization === 'orthonormal',
        ...(options.outChannels !== undefined && { outChannels: options.outChannels }),
        negativeThresholds: negativeThresholds === 'absolute' ? 'abs' : 'relu',
      }),
  };
}

export function fwht1dCase(x: DenseArray, options: Omit<WithoutVariant<wht.Fwht1dOptions>, 'inChannels'>): LayerCase {
  const inChannels = mapShape(x)[3];
  const { outChannels = inChannels, thresholds, ordering } = options;
  return {
    name: `Fwht1d of ${x.shape.join('x')}, ${describeOptions(options)}`,
    x,
    isMap: true,
    tolerance: TOLERANCE,
    run: (input, out) => queue(new wht.Fwht1d(input.device, { inChannels, ...options, ...variantOf(input) }), input, out),
    reference: (input) => {
      const count = reference.fwht1dThresholds(inChannels, outChannels);
      const size = nextPowerOfTwo(Math.max(inChannels, outChannels));
      const start = Float64Array.from({ length: count }, (_, at) => (at + size - count) / (10 * size));
      return reference.fwht1dLayer(input, { outChannels, thresholds: thresholds ?? start, ...(ordering && { ordering }) });
    },
  };
}

export function globalAveragePoolCase(x: DenseArray): LayerCase {
  return {
    name: `globalAveragePool of ${x.shape.join('x')}`,
    x,
    isMap: true,
    tolerance: TOLERANCE,
    run: (input, out) => wht.globalAveragePool(input, outOption(out)),
    reference: reference.globalAveragePool,
  };
}

export function copyCase(x: DenseArray): LayerCase {
  return {
    name: `copy of ${x.shape.join('x')}`,
    x,
    isMap: x.shape.length === 4,
    tolerance: TOLERANCE,
    run: (input, out) => wht.copy(input, outOption(out)),
    reference: (input) => input,
  };
}

/** Sampled thresholds and weights for so many points; a layer without a threshold takes none. */
function sampledSpectrum(points: number, threshold: wht.Threshold | undefined): { thresholds?: Float32Array; weights: Float32Array } {
  const weights = parameters(points, -1.5, 1.5);
  return threshold === 'none' ? { weights } : { thresholds: parameters(points, -0.25, 1, 3), weights };
}

const nextPowerOfTwo = (value: number) => 2 ** Math.ceil(Math.log2(value));

/** A 2D layer with sampled parameters on a sampled map. */
export function sampledBlockWht2d(
  shape: MapShape,
  options: Omit<WithoutVariant<wht.BlockWht2dOptions>, 'height' | 'width'> = {},
): LayerCase {
  const [, height, width] = shape;
  const { blockSize } = options;
  const points = (blockSize ?? nextPowerOfTwo(height)) * (blockSize ?? nextPowerOfTwo(width));
  return blockWht2dCase(samples(shape), { height, width, ...options, ...sampledSpectrum(points, options.threshold) });
}

/** A 1D layer with sampled parameters on a sampled map. */
export function sampledBlockWht1d(
  shape: MapShape,
  options: Omit<WithoutVariant<wht.BlockWht1dOptions>, 'inChannels'> & { blockSize: number },
): LayerCase {
  return blockWht1dCase(samples(shape), { inChannels: shape[3], ...options, ...sampledSpectrum(options.blockSize, options.threshold) });
}

/** A convolution with a sampled kernel, whose outputs are small enough that activations don't saturate everywhere. */
export function sampledConv2d(
  shape: MapShape,
  options: Omit<WithoutVariant<wht.Conv2dOptions>, 'inChannels' | 'bias'> & { bias?: false },
): LayerCase {
  const [, , , inChannels] = shape;
  const taps = (inChannels / (options.groups ?? 1)) * options.kernelSize ** 2;
  const bound = 1 / Math.sqrt(taps);
  const kernel = parameters(options.outChannels * taps, -bound, bound);
  const bias = options.bias ?? parameters(options.outChannels, -1, 1, 3);
  return conv2dCase(samples(shape), { inChannels, ...options, kernel, bias });
}

/** Squeeze-and-Excite with sampled parameters. */
export function sampledSqueezeExcite(shape: MapShape, hidden: number, gate?: 'keras-hard-sigmoid' | 'hard-sigmoid'): LayerCase {
  const [, , , channels] = shape;
  return squeezeExciteCase(samples(shape), {
    channels,
    hidden,
    ...(gate && { gate }),
    reduceKernel: parameters(hidden * channels, -1, 1),
    reduceBias: parameters(hidden, -1, 1, 3),
    expandKernel: parameters(channels * hidden, -1, 1, 4),
    expandBias: parameters(channels, -1, 1, 5),
  });
}

/** A batch norm with sampled parameters. */
export function sampledBatchNorm2d(shape: MapShape, activation: wht.Activation = 'none', withResidual = false): LayerCase {
  const [, , , channels] = shape;
  const options = {
    weight: parameters(channels, -1.5, 1.5),
    bias: parameters(channels, -1, 1, 3),
    mean: parameters(channels, -1, 1, 4),
    variance: parameters(channels, 0, 4, 5),
    epsilon: 1e-3,
    activation,
  };
  return batchNorm2dCase(samples(shape), options, withResidual ? samples(shape, 6) : undefined);
}

/** A dense layer with sampled parameters. */
export function sampledDense(
  shape: readonly number[],
  outFeatures: number,
  options: { activation?: wht.Activation; bias?: false } = {},
): LayerCase {
  const inFeatures = shape[shape.length - 1] as number;
  const bound = 1 / Math.sqrt(inFeatures);
  const kernel = parameters(outFeatures * inFeatures, -bound, bound);
  const bias = options.bias ?? parameters(outFeatures, -1, 1, 3);
  return denseCase(samples(shape), { inFeatures, outFeatures, ...options, kernel, bias });
}

/** An HT-perceptron with sampled parameters, some thresholds negative. */
export function sampledHtPerceptron(
  shape: MapShape,
  paths: number,
  options: Omit<HtPerceptronCaseOptions, 'kernels' | 'scalings' | 'thresholds'> = {},
): LayerCase {
  const [, height, width, channels] = shape;
  const points = nextPowerOfTwo(height) * nextPowerOfTwo(width);
  const bound = 1 / Math.sqrt(channels);
  // Of the size of the spectrum, for a share of it to be cut off.
  const limit = options.normalization === 'orthonormal' ? 1 : Math.sqrt(points);
  const each = (make: (path: number) => Float32Array) => Array.from({ length: paths }, (_, path) => make(path));
  return htPerceptronCase(samples(shape), {
    ...options,
    kernels: each((path) => parameters((options.outChannels ?? channels) * channels, -bound, bound, 10 + path)),
    scalings: each((path) => parameters(points, -1.5, 1.5, 20 + path)),
    thresholds: each((path) => parameters(points, -0.25 * limit, limit, 30 + path)),
  });
}

/** A 1D layer of arXiv 2104.07085 with sampled thresholds. */
export function sampledFwht1d(shape: MapShape, options: Omit<WithoutVariant<wht.Fwht1dOptions>, 'inChannels'> = {}): LayerCase {
  const [, , , inChannels] = shape;
  const count = reference.fwht1dThresholds(inChannels, options.outChannels ?? inChannels);
  return fwht1dCase(samples(shape), { ...options, thresholds: parameters(count, -0.25, 1, 3) });
}
