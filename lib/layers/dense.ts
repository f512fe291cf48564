import type { Device } from '../device';
import type { Dimensions, Tensor } from '../tensor';
import { mapDimensions } from '../tensor';
import * as validate from '../validate';
import { expected, show } from '../validate';
import { type Activation, Conv2d } from './conv-2d';
import { expectSeparate, expectStorage, expectTensor, Layer, type LayerOptions, type ParameterCount } from './layer';

export interface DenseOptions extends LayerOptions {
  inFeatures: number;
  outFeatures: number;
  /** outFeatures x inFeatures, row-major, values unchecked. Default: Glorot-uniform, the same at every start. */
  kernel?: Float32Array;
  /** One value for each output; `true` (the default) starts at zeros, `false` leaves it out. */
  bias?: Float32Array | boolean;
  /** Default `none`. */
  activation?: Activation;
}

/**
 * A dense (fully connected) layer: y = activation(kernel·x + bias). Takes tensors of n x inFeatures, or maps of one position (as
 * `globalAveragePool` gives them), and gives the like.
 */
export class Dense extends Layer {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly activation: Activation;
  readonly #convolution: Conv2d;

  /** @throws WhtError `ERR_WHT_OPTION` naming the option, `ERR_WHT_NO_CUDNN` on a GPU without it, `ERR_WHT_OUT_OF_MEMORY` */
  constructor(device: Device, options: DenseOptions) {
    const given = validate.options('Dense', options, ['inFeatures', 'outFeatures', 'kernel', 'bias', 'activation', 'dtype', 'layout']);
    super(device, given);
    this.inFeatures = validate.integer('inFeatures', given.inFeatures, 1);
    this.outFeatures = validate.integer('outFeatures', given.outFeatures, 1);
    const shape = `${this.outFeatures}x${this.inFeatures}`;
    if (this.outFeatures * this.inFeatures > validate.MAX_ELEMENTS) {
      throw expected(`the kernel to have at most ${validate.MAX_ELEMENTS} values`, shape);
    }
    const kernel =
      given.kernel === undefined
        ? undefined
        : validate.float32Array('kernel', given.kernel, this.outFeatures * this.inFeatures, `${shape}, outFeatures x inFeatures`);
    this.#convolution = new Conv2d(device, {
      inChannels: this.inFeatures,
      outChannels: this.outFeatures,
      kernelSize: 1,
      dtype: this.dtype,
      layout: this.layout,
      ...(kernel && { kernel }),
      ...(given.bias !== undefined && { bias: given.bias }),
      ...(given.activation !== undefined && { activation: given.activation }),
    });
    this.activation = this.#convolution.activation;
  }

  /** Read back from the device at each call, as `Conv2d`'s. */
  get parameters(): Readonly<Record<string, Float32Array>> {
    this.expectLive();
    return this.#convolution.parameters;
  }

  override get parameterCount(): ParameterCount {
    return this.#convolution.parameterCount;
  }

  /** @internal */
  outputDimensions(input: Dimensions): Dimensions {
    if (input.c !== this.inFeatures) throw expected(`x to have ${this.inFeatures} features`, String(input.c), 'ERR_WHT_SHAPE');
    if (input.h !== 1 || input.w !== 1) {
      throw expected('x to be a map of one position, or to have 2 dimensions', `a map of ${input.h}x${input.w}`, 'ERR_WHT_SHAPE');
    }
    return { ...input, c: this.outFeatures };
  }

  /** @internal */
  macsOf(input: Dimensions): number {
    return input.n * this.inFeatures * this.outFeatures;
  }

  /** @internal */
  run(x: Tensor, y: Tensor, input: Dimensions): void {
    expectSeparate(x, y, 'a Dense');
    this.#convolution.run(x, y, input);
  }

  /** @internal */
  protected override expectInput(x: Tensor): void {
    expectStorage('x', expectTensor('x', x, this.device), this.dtype, this.layout);
  }

  /** @internal */
  protected override inputDimensions(shape: readonly number[]): Dimensions {
    const sizes = validate.shape('shape', shape);
    const [n = 0, c = 0] = sizes;
    if (sizes.length === 2) return { n, h: 1, w: 1, c };
    if (sizes.length !== 4) throw expected('shape to have 2 or 4 dimensions', show(sizes), 'ERR_WHT_SHAPE');
    return mapDimensions(sizes, this.layout);
  }

  /** @internal */
  protected override outputShapeOf(input: Dimensions, rank: number): readonly number[] {
    const shape = super.outputShapeOf(input, rank);
    return rank === 2 ? Object.freeze([input.n, this.outFeatures]) : shape;
  }

  /** @internal */
  protected release(): void {
    this.#convolution.dispose();
  }
}
