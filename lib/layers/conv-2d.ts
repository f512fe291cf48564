import type { Device } from '../device';
import { ACTIVATION, DTYPE, LAYOUT, type Layout, type NativeOperation } from '../native';
import type { Dimensions, Tensor } from '../tensor';
import * as validate from '../validate';
import { expected, show } from '../validate';
import { expectSeparate, Layer, type LayerOptions, type ParameterCount } from './layer';

/**
 * What is applied to each output z:
 * - `relu`: max(z, 0); `relu6`: min(max(z, 0), 6)
 * - `hard-sigmoid`: relu6(z + 3)/6, MobileNet-V3's and PyTorch's; `hard-swish`: z·relu6(z + 3)/6
 * - `keras-hard-sigmoid`: clip(0.2·z + 0.5, 0, 1), the paper's in Squeeze-and-Excite
 */
export type Activation = keyof typeof ACTIVATION;

export interface Conv2dOptions extends LayerOptions {
  inChannels: number;
  outChannels: number;
  /** Side of the square kernel, odd. */
  kernelSize: number;
  /** Default 1. */
  stride?: number;
  /** Splits channels into this many independent convolutions; as many as `inChannels` is a depthwise one. Default 1. */
  groups?: number;
  /** One value for each output channel; `true` (the default) starts at zeros, `false` leaves it out. */
  bias?: Float32Array | boolean;
  /** Multiplies each output channel's sum before the bias is added: a batch norm folded into the layer. One finite value for each channel. Default: all 1. */
  scale?: Float32Array;
  /** Default `none`. */
  activation?: Activation;
  /** CUDA: lets a float32 convolution round its factors to TF32 (10 bits of fraction) for tensor cores. Default false. */
  tf32?: boolean;
  /**
   * CUDA: lets `forward` use whichever of cuDNN's algorithms is fastest, also those by FFT and Winograd: a baseline for benchmarks. Their errors
   * depend on the data, are beyond 1e-6 and have no bound that is promised; in float16 what they compute on the way may overflow. A NaN may
   * spread to outputs that it has no part in, or come out of `relu` as a number. Default false.
   */
  inexact?: boolean;
  /** OIHW, row-major, values unchecked (there may be millions): outChannels x inChannels/groups x kernelSize x kernelSize. Default: Glorot-uniform, the same at every start. */
  kernel?: Float32Array;
}

/** One way in which cuDNN could compute a convolution. */
export interface ConvolutionAlgorithm {
  name: string;
  /** The order of dimensions that it computes in. */
  layout: Layout;
  /** Whether bias and activation are part of the same call; otherwise a kernel after it does them. */
  fused: boolean;
  /** The median of several runs on the device's clock; absent where it did not run. */
  milliseconds?: number;
  /** Bytes that it needs beside the tensors. */
  workspace: number;
  /** Whether `forward` uses it for this shape. */
  chosen: boolean;
  /** Why it did not run, or may not be chosen. */
  reason?: string;
}

/**
 * A 2D convolution with zero padding of (k − 1)/2 on every side: y = activation(scale·(kernel ∗ x) + bias). The output has
 * floor((H − 1)/stride) + 1 rows. It is the baseline that the Walsh-Hadamard layers are measured against.
 */
export class Conv2d extends Layer {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: number;
  readonly stride: number;
  readonly groups: number;
  readonly activation: Activation;
  readonly #kernelLength: number;
  readonly #biasLength: number;
  readonly #scale: Float32Array;
  readonly #operation: NativeOperation;

  /** @throws WhtError `ERR_WHT_OPTION` naming the option, `ERR_WHT_NO_CUDNN` on a GPU without it unless depthwise, `ERR_WHT_OUT_OF_MEMORY` */
  constructor(device: Device, options: Conv2dOptions) {
    const given = validate.options('Conv2d', options, [
      'inChannels',
      'outChannels',
      'kernelSize',
      'stride',
      'groups',
      'scale',
      'bias',
      'activation',
      'tf32',
      'inexact',
      'kernel',
      'dtype',
      'layout',
    ]);
    super(device, given);
    this.inChannels = validate.integer('inChannels', given.inChannels, 1);
    this.outChannels = validate.integer('outChannels', given.outChannels, 1);
    this.kernelSize = validate.integer('kernelSize', given.kernelSize, 1, 255);
    if (this.kernelSize % 2 === 0) throw expected('kernelSize to be odd', String(this.kernelSize));
    this.stride = given.stride === undefined ? 1 : validate.integer('stride', given.stride, 1);
    this.groups = given.groups === undefined ? 1 : validate.integer('groups', given.groups, 1);
    if (this.inChannels % this.groups !== 0 || this.outChannels % this.groups !== 0) {
      throw expected(`groups to divide inChannels (${this.inChannels}) and outChannels (${this.outChannels})`, String(this.groups));
    }
    this.activation =
      given.activation === undefined ? 'none' : validate.oneOf('activation', given.activation, Object.keys(ACTIVATION) as Activation[]);
    const perGroup = this.inChannels / this.groups;
    const shape = [this.outChannels, perGroup, this.kernelSize, this.kernelSize];
    const count = validate.elements(shape);
    if (count > validate.MAX_ELEMENTS) {
      throw expected(`the kernel to have at most ${validate.MAX_ELEMENTS} values`, shape.join('x'));
    }
    this.#kernelLength = count;
    const kernel =
      given.kernel === undefined
        ? glorotUniform(count, this.kernelSize ** 2 * perGroup, this.kernelSize ** 2 * (this.outChannels / this.groups))
        : validate.float32Array('kernel', given.kernel, count, shape.join('x'));
    const bias = biasOf(given.bias, this.outChannels);
    this.#scale =
      given.scale === undefined
        ? new Float32Array(0)
        : validate.finiteFloat32Array('scale', given.scale, this.outChannels, 'one for each output channel').slice();
    this.#biasLength = bias.length;
    this.#operation = this.device.native().prepareConvolution({
      dtype: DTYPE[this.dtype],
      layout: LAYOUT[this.layout],
      inChannels: this.inChannels,
      outChannels: this.outChannels,
      kernelSize: this.kernelSize,
      stride: this.stride,
      groups: this.groups,
      activation: ACTIVATION[this.activation],
      tf32: given.tf32 === undefined ? false : validate.boolean('tf32', given.tf32),
      inexact: given.inexact === undefined ? false : validate.boolean('inexact', given.inexact),
      kernel,
      scale: this.#scale,
      bias,
    });
  }

  /** Read back from the device at each call: a kernel may be large, and JavaScript keeps no copy. */
  get parameters(): Readonly<Record<string, Float32Array>> {
    const kernel = new Float32Array(this.#kernelLength);
    const bias = new Float32Array(this.#biasLength);
    this.expectLive();
    this.device.native().convolutionParameters(this.#operation, kernel, bias);
    return { kernel, ...(this.#scale.length > 0 && { scale: this.#scale.slice() }), ...(bias.length > 0 && { bias }) };
  }

  /**
   * Times every algorithm that cuDNN has for inputs of this shape, fastest first, those that did not run last. Empty on the CPU, where there is
   * one way; depthwise convolutions have a kernel of our own among them. `forward` chooses among those that keep the layer's accuracy and NaNs, or with
   * `inexact` among all; from then on, for this shape and layers alike, by these times. A fair baseline is the fastest of all.
   *
   * @throws WhtError `ERR_WHT_SHAPE`, `ERR_WHT_DISPOSED`; rejects with `ERR_WHT_OUT_OF_MEMORY`, `ERR_WHT_CUDA`
   */
  async algorithms(shape: readonly number[]): Promise<ConvolutionAlgorithm[]> {
    this.expectLive();
    const input = this.inputDimensions(shape);
    const { n, h, w, c } = this.outputDimensions(input);
    if (n * h * w * c === 0) return [];
    const table = await this.device.native().convolutionAlgorithms(this.#operation, input.n, input.h, input.w, input.c);
    return table.map(({ layout, milliseconds, reason, ...rest }) => ({
      ...rest,
      layout: layout === LAYOUT.NCHW ? 'NCHW' : 'NHWC',
      ...(milliseconds >= 0 && { milliseconds }),
      ...(reason !== '' && { reason }),
    }));
  }

  override get parameterCount(): ParameterCount {
    const total = this.#kernelLength + this.#scale.length + this.#biasLength;
    return { trainable: total, total };
  }

  /** @internal */
  outputDimensions(input: Dimensions): Dimensions {
    if (input.c !== this.inChannels) throw expected(`x to have ${this.inChannels} channels`, String(input.c), 'ERR_WHT_SHAPE');
    const size = (points: number) => (points === 0 ? 0 : Math.floor((points - 1) / this.stride) + 1);
    return { n: input.n, h: size(input.h), w: size(input.w), c: this.outChannels };
  }

  /** @internal */
  macsOf(_: Dimensions, output: Dimensions): number {
    return output.n * output.h * output.w * this.#kernelLength;
  }

  /** @internal */
  run(x: Tensor, y: Tensor, input: Dimensions): void {
    expectSeparate(x, y, 'a Conv2d');
    this.device.submit(this.#operation, y, input, x);
  }

  /** @internal */
  protected release(): void {
    this.#operation.release();
  }
}

function biasOf(given: Float32Array | boolean | undefined, outChannels: number): Float32Array {
  if (given === false) return new Float32Array(0);
  if (given === undefined || given === true) return new Float32Array(outChannels);
  if (typeof given !== 'object') throw expected('bias to be a Float32Array, true or false', show(given));
  return validate.float32Array('bias', given, outChannels, 'one for each output channel');
}

/** Glorot and Bengio's uniform start values, from a small generator with a fixed seed: runs repeat. */
function glorotUniform(count: number, fanIn: number, fanOut: number): Float32Array {
  const limit = Math.sqrt(6 / (fanIn + fanOut));
  const values = new Float32Array(count);
  let state = 0x9e3779b9;
  for (let at = 0; at < count; at++) {
    // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    values[at] = limit * ((state >>> 0) / 2 ** 31 - 1);
  }
  return values;
}
