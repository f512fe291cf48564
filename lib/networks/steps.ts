/** What networks are made of: each step describes one layer, its parameters and how to prepare it on a device. */
import type { Device } from '../device';
import { averagePool2d, globalAveragePool, maxPool2d } from '../functions';
import { expectFiniteFold, foldBatchNorm } from '../layers/batch-norm';
import { BatchNorm2d } from '../layers/batch-norm-2d';
import { BlockWht1d } from '../layers/block-wht-1d';
import { BlockWht2d } from '../layers/block-wht-2d';
import { type Activation, Conv2d } from '../layers/conv-2d';
import { Dense } from '../layers/dense';
import { Fwht1d } from '../layers/fwht-1d';
import { HtPerceptron, type HtPerceptronOptions } from '../layers/ht-perceptron';
import type { Layer, LayerOptions } from '../layers/layer';
import { SqueezeExcite } from '../layers/squeeze-excite';
import { ACTIVATION, DTYPE, LAYOUT } from '../native';
import type { Dimensions, Tensor } from '../tensor';
import { nextPowerOfTwo } from '../validate';
import * as start from './start-values';

/** The size of a map without its images. */
export interface MapSize {
  h: number;
  w: number;
  c: number;
}

/** One tensor of parameters, as it stands in a weights file. */
export interface Parameter {
  key: string;
  shape: readonly number[];
  /** False for the statistics of a batch norm. */
  trainable: boolean;
  /** What it is before any weights are loaded. */
  startValues: () => Float32Array;
}

/** Gives the values of the parameter of this key. */
export type ParameterValues = (key: string) => Float32Array;

/** Where and how a network's tensors are stored. */
export interface Storage extends Required<LayerOptions> {
  device: Device;
}

/** A step that can run: its parameters are on the device. */
export interface PreparedStep {
  /** Maps that it needs for itself while it runs, for a first input of these dimensions. */
  temporaries(input: Dimensions): readonly Dimensions[];
  /** Whether its output may take the place of its inputs. */
  readonly inPlace: boolean;
  /** Multiplications, or multiply-adds. */
  macs(input: Dimensions, output: Dimensions): number;
  run(inputs: readonly Tensor[], output: Tensor, input: Dimensions, temporaries: readonly Tensor[]): void;
  /** The values of a parameter, as they were given. */
  read(key: string): Float32Array;
  release(): void;
}

export abstract class Step {
  /** The steps whose outputs this one takes; -1 is the network's input. */
  readonly inputs: readonly number[];
  /** Named in the summary. */
  readonly key: string;
  readonly inputSize: MapSize;
  readonly outputSize: MapSize;
  readonly parameters: readonly Parameter[];
  /** What it does, in a few words. */
  abstract readonly description: string;

  protected constructor(inputs: readonly number[], key: string, inputSize: MapSize, outputSize: MapSize, parameters: readonly Parameter[]) {
    this.inputs = inputs;
    this.key = key;
    this.inputSize = inputSize;
    this.outputSize = outputSize;
    this.parameters = parameters;
  }

  /** Puts the parameters on the device. */
  abstract prepare(storage: Storage, values: ParameterValues): PreparedStep;
}

/** A layer of one input as a step; `kept` holds the parameters that `layer` can't give back as they were. */
class LayerStep implements PreparedStep {
  readonly #layer: Layer;
  readonly #kept: ReadonlyMap<string, Float32Array>;
  readonly #names: Readonly<Record<string, string>>;

  /** @param names which of the layer's parameters each other key is */
  constructor(layer: Layer, names: Readonly<Record<string, string>>, kept: ReadonlyMap<string, Float32Array> = new Map()) {
    this.#layer = layer;
    this.#kept = kept;
    this.#names = names;
  }

  temporaries(input: Dimensions): readonly Dimensions[] {
    return this.#layer.temporaries(input);
  }

  get inPlace(): boolean {
    return this.#layer.inPlace;
  }

  macs(input: Dimensions, output: Dimensions): number {
    return this.#layer.macsOf(input, output);
  }

  run(inputs: readonly Tensor[], output: Tensor, input: Dimensions, temporaries: readonly Tensor[]): void {
    this.#layer.run(inputs[0] as Tensor, output, input, temporaries);
  }

  read(key: string): Float32Array {
    return this.#kept.get(key) ?? (this.#layer.parameters[this.#names[key] as string] as Float32Array);
  }

  release(): void {
    this.#layer.dispose();
  }
}

/** A function without parameters as a step. */
abstract class FunctionStep extends Step implements PreparedStep {
  readonly inPlace: boolean = false;

  prepare(_: Storage, __: ParameterValues): PreparedStep {
    return this;
  }

  temporaries(): readonly Dimensions[] {
    return [];
  }

  macs(_: Dimensions, __: Dimensions): number {
    return 0;
  }

  abstract run(inputs: readonly Tensor[], output: Tensor): void;

  read(key: string): Float32Array {
    throw new RangeError(key);
  }

  release(): void {}
}

/** The batch norm after a layer: its key in a weights file, and what is added to the variance. */
export interface BatchNormalisation {
  key: string;
  epsilon: number;
}

function batchNormParameters({ key }: BatchNormalisation, channels: number): Parameter[] {
  const of = (name: string, trainable: boolean, value: number) => ({
    key: `${key}.${name}`,
    shape: [channels],
    trainable,
    startValues: () => new Float32Array(channels).fill(value),
  });
  return [of('weight', true, 1), of('bias', true, 0), of('running_mean', false, 0), of('running_var', false, 1)];
}

function batchNormValues({ key, epsilon }: BatchNormalisation, values: ParameterValues) {
  return {
    weight: values(`${key}.weight`),
    bias: values(`${key}.bias`),
    mean: values(`${key}.running_mean`),
    variance: values(`${key}.running_var`),
    epsilon,
  };
}

/** Copies of these parameters' values: those given may be views of a file that will be closed. */
function keep(parameters: readonly Parameter[], values: ParameterValues): Map<string, Float32Array> {
  return new Map(parameters.map(({ key }) => [key, values(key).slice()]));
}

export interface ConvolutionOptions {
  key: string;
  outChannels: number;
  kernelSize: number;
  stride?: number;
  groups?: number;
  /** Default false. */
  bias?: boolean;
  /** Folded into the convolution. */
  batchNorm?: BatchNormalisation;
  activation?: Activation;
}

/** activation(batchNorm(kernel ∗ x + bias)). */
export class ConvolutionStep extends Step {
  readonly options: Required<Omit<ConvolutionOptions, 'batchNorm'>> & Pick<ConvolutionOptions, 'batchNorm'>;

  constructor(input: number, size: MapSize, given: ConvolutionOptions) {
    const options = { stride: 1, groups: 1, bias: false, activation: 'none' as const, ...given };
    const { key, outChannels, kernelSize, stride, groups, bias, batchNorm } = options;
    const side = (points: number) => Math.floor((points - 1) / stride) + 1;
    const shape = [outChannels, size.c / groups, kernelSize, kernelSize];
    super([input], key, size, { h: side(size.h), w: side(size.w), c: outChannels }, [
      { key: `${key}.weight`, shape, trainable: true, startValues: () => start.heUniform(key, shape) },
      ...(bias ? [{ key: `${key}.bias`, shape: [outChannels], trainable: true, startValues: () => new Float32Array(outChannels) }] : []),
      ...(batchNorm === undefined ? [] : batchNormParameters(batchNorm, outChannels)),
    ]);
    this.options = options;
  }

  get description(): string {
    const { kernelSize, stride, groups, batchNorm, activation } = this.options;
    const kind = groups === 1 ? 'Conv2d' : groups === this.inputSize.c ? 'depthwise Conv2d' : `Conv2d, ${groups} groups,`;
    const suffix = [stride > 1 && `stride ${stride}`, batchNorm && 'batch norm', activation !== 'none' && activation];
    return [`${kind} ${kernelSize}x${kernelSize}`, ...suffix.filter(Boolean)].join(', ');
  }

  prepare({ device, dtype, layout }: Storage, values: ParameterValues): PreparedStep {
    const { key, outChannels, kernelSize, stride, groups, bias, batchNorm, activation } = this.options;
    const ownBias = bias ? values(`${key}.bias`) : undefined;
    const folded =
      batchNorm && foldBatchNorm({ ...batchNormValues(batchNorm, values), ...(ownBias !== undefined && { precedingBias: ownBias }) });
    if (batchNorm !== undefined && folded !== undefined) expectFiniteFold(folded, batchNorm.key, 'ERR_WHT_WEIGHTS');
    const layer = new Conv2d(device, {
      inChannels: this.inputSize.c,
      outChannels,
      kernelSize,
      stride,
      groups,
      activation,
      dtype,
      layout,
      kernel: values(`${key}.weight`),
      bias: folded?.shift ?? ownBias ?? false,
      ...(folded && { scale: folded.scale }),
    });
    // The kernel may be large, and is read back; what is folded can't be.
    return new LayerStep(layer, { [`${key}.weight`]: 'kernel' }, keep(this.parameters.slice(1), values));
  }
}

/** activation(batchNorm(x) + residual): for a batch norm that has no convolution to be folded into. */
export class BatchNormStep extends Step {
  readonly #batchNorm: BatchNormalisation;
  readonly activation: Activation;

  constructor(input: number, size: MapSize, batchNorm: BatchNormalisation, activation: Activation, residual?: number) {
    const inputs = residual === undefined ? [input] : [input, residual];
    super(inputs, batchNorm.key, size, size, batchNormParameters(batchNorm, size.c));
    this.#batchNorm = batchNorm;
    this.activation = activation;
  }

  get description(): string {
    const suffix = [this.inputs.length > 1 && 'add', this.activation !== 'none' && this.activation];
    return ['BatchNorm2d', ...suffix.filter(Boolean)].join(', ');
  }

  prepare({ device, dtype, layout }: Storage, values: ParameterValues): PreparedStep {
    const { activation } = this;
    const kept = keep(this.parameters, values);
    const given = batchNormValues(this.#batchNorm, values);
    expectFiniteFold(foldBatchNorm(given), this.#batchNorm.key, 'ERR_WHT_WEIGHTS');
    const layer = new BatchNorm2d(device, { channels: this.inputSize.c, ...given, activation, dtype, layout });
    const step = new LayerStep(layer, {}, kept);
    if (this.inputs.length === 1) return step;
    return Object.assign(step, {
      run([x, residual]: readonly [Tensor, Tensor], output: Tensor, input: Dimensions): void {
        layer.runWithResidual(x, residual, output, input);
      },
    });
  }
}

/** activation(a + b). */
export class AddStep extends FunctionStep {
  readonly activation: Activation;
  override readonly inPlace = true;

  constructor(a: number, b: number, key: string, size: MapSize, activation: Activation) {
    super([a, b], key, size, size, []);
    this.activation = activation;
  }

  get description(): string {
    return this.activation === 'none' ? 'add' : `add, ${this.activation}`;
  }

  run([a, b]: readonly [Tensor, Tensor], output: Tensor): void {
    const { device, dtype, layout } = a;
    const { c } = this.inputSize;
    const operation = device.operation(`add ${this.activation} ${dtype} ${layout} ${c}`, (native) =>
      native.prepareAffine({
        dtype: DTYPE[dtype],
        layout: LAYOUT[layout],
        channels: c,
        adds: true,
        activation: ACTIVATION[this.activation],
        scale: new Float32Array(0),
        shift: new Float32Array(0),
      }),
    );
    device.submit(operation, output, a.dimensions(), a, b);
  }
}

/** The largest value or the mean of each window; or the mean of the whole map. */
export class PoolStep extends FunctionStep {
  readonly function: 'max' | 'average' | 'global average';
  readonly size: number;
  readonly stride: number;
  readonly padding: number;

  constructor(input: number, key: string, map: MapSize, pool: PoolStep['function'], size = 0, stride = size, padding = 0) {
    const side = (points: number) => (pool === 'global average' ? 1 : Math.floor((points + 2 * padding - size) / stride) + 1);
    super([input], key, map, { h: side(map.h), w: side(map.w), c: map.c }, []);
    this.function = pool;
    this.size = size;
    this.stride = stride;
    this.padding = padding;
  }

  get description(): string {
    return this.function === 'global average'
      ? 'global average pool'
      : `${this.function} pool ${this.size}x${this.size}, stride ${this.stride}`;
  }

  run([x]: readonly [Tensor], output: Tensor): void {
    const { size, stride, padding } = this;
    if (this.function === 'global average') globalAveragePool(x, { out: output });
    else (this.function === 'max' ? maxPool2d : averagePool2d)(x, { size, stride, padding, out: output });
  }
}

/** kernel · x + bias, on a map of one position. */
export class DenseStep extends Step {
  readonly activation: Activation;

  constructor(input: number, key: string, size: MapSize, outFeatures: number, activation: Activation) {
    const shape = [outFeatures, size.c];
    super([input], key, size, { h: 1, w: 1, c: outFeatures }, [
      { key: `${key}.weight`, shape, trainable: true, startValues: () => start.heUniform(key, shape) },
      { key: `${key}.bias`, shape: [outFeatures], trainable: true, startValues: () => new Float32Array(outFeatures) },
    ]);
    this.activation = activation;
  }

  get description(): string {
    return this.activation === 'none' ? 'Dense' : `Dense, ${this.activation}`;
  }

  prepare({ device, dtype, layout }: Storage, values: ParameterValues): PreparedStep {
    const { key, activation } = this;
    const layer = new Dense(device, {
      inFeatures: this.inputSize.c,
      outFeatures: this.outputSize.c,
      kernel: values(`${key}.weight`),
      bias: values(`${key}.bias`),
      activation,
      dtype,
      layout,
    });
    return new LayerStep(layer, { [`${key}.weight`]: 'kernel', [`${key}.bias`]: 'bias' });
  }
}

/** x · hardSigmoid(fc2 · relu(fc1 · mean(x))). */
export class SqueezeExciteStep extends Step {
  readonly hidden: number;
  readonly description = 'SqueezeExcite';

  constructor(input: number, key: string, size: MapSize, hidden: number) {
    const dense = (name: string, from: number, to: number): Parameter[] => {
      // As torchvision has it: a 1x1 convolution.
      const shape = [to, from, 1, 1];
      return [
        { key: `${key}.${name}.weight`, shape, trainable: true, startValues: () => start.heUniform(`${key}.${name}`, shape) },
        { key: `${key}.${name}.bias`, shape: [to], trainable: true, startValues: () => new Float32Array(to) },
      ];
    };
    super([input], key, size, size, [...dense('fc1', size.c, hidden), ...dense('fc2', hidden, size.c)]);
    this.hidden = hidden;
  }

  prepare({ device, dtype, layout }: Storage, values: ParameterValues): PreparedStep {
    const { key, hidden } = this;
    const layer = new SqueezeExcite(device, {
      channels: this.inputSize.c,
      hidden,
      gate: 'hard-sigmoid',
      reduceKernel: values(`${key}.fc1.weight`),
      reduceBias: values(`${key}.fc1.bias`),
      expandKernel: values(`${key}.fc2.weight`),
      expandBias: values(`${key}.fc2.bias`),
      dtype,
      layout,
    });
    return new LayerStep(layer, {
      [`${key}.fc1.weight`]: 'reduceKernel',
      [`${key}.fc1.bias`]: 'reduceBias',
      [`${key}.fc2.weight`]: 'expandKernel',
      [`${key}.fc2.bias`]: 'expandBias',
    });
  }
}

/** The 2D block layer, one block for the whole map. */
export class BlockWht2dStep extends Step {
  readonly stride: number;

  constructor(input: number, key: string, size: MapSize, stride: number) {
    const shape = [nextPowerOfTwo(size.h), nextPowerOfTwo(size.w)] as const;
    const side = (points: number) => Math.ceil(points / stride);
    super([input], key, size, { h: side(size.h), w: side(size.w), c: size.c }, [
      { key: `${key}.thresholds`, shape, trainable: true, startValues: () => start.blockThresholds(...shape) },
      { key: `${key}.weights`, shape, trainable: true, startValues: () => new Float32Array(shape[0] * shape[1]).fill(1) },
    ]);
    this.stride = stride;
  }

  get description(): string {
    const { h, w } = this.inputSize;
    return `BlockWht2d ${nextPowerOfTwo(h)}x${nextPowerOfTwo(w)}${this.stride > 1 ? `, stride ${this.stride}` : ''}`;
  }

  prepare({ device, dtype, layout }: Storage, values: ParameterValues): PreparedStep {
    const { key, stride } = this;
    const layer = new BlockWht2d(device, {
      height: this.inputSize.h,
      width: this.inputSize.w,
      stride,
      thresholds: values(`${key}.thresholds`),
      weights: values(`${key}.weights`),
      dtype,
      layout,
    });
    return new LayerStep(layer, { [`${key}.thresholds`]: 'thresholds', [`${key}.weights`]: 'weights' });
  }
}

/** The 1D block layer over channels. */
export class BlockWht1dStep extends Step {
  readonly stride: number;
  readonly blockSize: number;

  constructor(input: number, key: string, size: MapSize, outChannels: number, stride: number) {
    const blockSize = largestBlock(size.c, outChannels);
    const side = (points: number) => Math.ceil(points / stride);
    super([input], key, size, { h: side(size.h), w: side(size.w), c: outChannels }, [
      { key: `${key}.thresholds`, shape: [blockSize], trainable: true, startValues: () => start.blockThresholds(1, blockSize) },
      { key: `${key}.weights`, shape: [blockSize], trainable: true, startValues: () => new Float32Array(blockSize).fill(1) },
    ]);
    this.stride = stride;
    this.blockSize = blockSize;
  }

  get description(): string {
    return `BlockWht1d ${this.blockSize}${this.stride > 1 ? `, stride ${this.stride}` : ''}`;
  }

  prepare({ device, dtype, layout }: Storage, values: ParameterValues): PreparedStep {
    const { key, stride, blockSize } = this;
    const layer = new BlockWht1d(device, {
      inChannels: this.inputSize.c,
      outChannels: this.outputSize.c,
      blockSize,
      stride,
      thresholds: values(`${key}.thresholds`),
      weights: values(`${key}.weights`),
      dtype,
      layout,
    });
    return new LayerStep(layer, { [`${key}.thresholds`]: 'thresholds', [`${key}.weights`]: 'weights' });
  }
}

/**
 * The largest power of two that blocks of the authors' 1D layer can have: it divides the larger side, whose channels the blocks cover, and is not
 * above the input's channels.
 */
function largestBlock(inChannels: number, outChannels: number): number {
  let block = 1;
  while (Math.max(inChannels, outChannels) % (2 * block) === 0 && 2 * block <= inChannels) block *= 2;
  return block;
}

/** The 1D layer of arXiv 2104.07085, over all channels at once. */
export class Fwht1dStep extends Step {
  readonly description = 'Fwht1d';

  constructor(input: number, key: string, size: MapSize, outChannels: number) {
    const count = Fwht1d.thresholdCount(size.c, outChannels);
    const points = nextPowerOfTwo(Math.max(size.c, outChannels));
    super([input], key, size, { ...size, c: outChannels }, [
      {
        key: `${key}.thresholds`,
        shape: [count],
        trainable: true,
        startValues: () => start.blockThresholds(1, points).slice(points - count),
      },
    ]);
  }

  prepare({ device, dtype, layout }: Storage, values: ParameterValues): PreparedStep {
    const layer = new Fwht1d(device, {
      inChannels: this.inputSize.c,
      outChannels: this.outputSize.c,
      thresholds: values(`${this.key}.thresholds`),
      dtype,
      layout,
    });
    return new LayerStep(layer, { [`${this.key}.thresholds`]: 'thresholds' });
  }
}

/** The authors' later layer: what a 3x3 convolution was replaced with in ResNets. */
export class HtPerceptronStep extends Step {
  readonly paths: number;
  readonly #options: Pick<HtPerceptronOptions, 'ordering' | 'normalization' | 'negativeThresholds'>;

  constructor(
    input: number,
    key: string,
    size: MapSize,
    paths: number,
    options: Pick<HtPerceptronOptions, 'ordering' | 'normalization' | 'negativeThresholds'>,
  ) {
    const plane = [nextPowerOfTwo(size.h), nextPowerOfTwo(size.w)];
    const kernel = [size.c, size.c, 1, 1];
    const points = plane.reduce((product, side) => product * side, 1);
    const each = (make: (path: number) => Parameter) => Array.from({ length: paths }, (_, path) => make(path));
    super([input], key, size, size, [
      ...each((path) => {
        const own = `${key}.conv.${path}.weight`;
        return { key: own, shape: kernel, trainable: true, startValues: () => start.heUniform(own, kernel) };
      }),
      ...each((path) => {
        const own = `${key}.ST.${path}.T`;
        return { key: own, shape: plane, trainable: true, startValues: () => start.uniform(own, points, 0, 0.1) };
      }),
      ...each((path) => {
        const own = `${key}.v.${path}`;
        return { key: own, shape: plane, trainable: true, startValues: () => start.uniform(own, points, 0, 1) };
      }),
    ]);
    this.paths = paths;
    this.#options = options;
  }

  get description(): string {
    return `HtPerceptron, ${this.paths} ${this.paths === 1 ? 'path' : 'paths'}`;
  }

  prepare({ device, dtype, layout }: Storage, values: ParameterValues): PreparedStep {
    const { key, paths } = this;
    const each = (name: (path: number) => string) => Array.from({ length: paths }, (_, path) => values(name(path)));
    const layer = new HtPerceptron(device, {
      height: this.inputSize.h,
      width: this.inputSize.w,
      channels: this.inputSize.c,
      paths,
      kernels: each((path) => `${key}.conv.${path}.weight`),
      thresholds: each((path) => `${key}.ST.${path}.T`),
      scalings: each((path) => `${key}.v.${path}`),
      ...this.#options,
      dtype,
      layout,
    });
    const names = Array.from({ length: paths }, (_, path) => [
      [`${key}.conv.${path}.weight`, `kernels.${path}`],
      [`${key}.ST.${path}.T`, `thresholds.${path}`],
      [`${key}.v.${path}`, `scalings.${path}`],
    ]);
    return new LayerStep(layer, Object.fromEntries(names.flat()));
  }
}
