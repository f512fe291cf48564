import { type Device, dtypeOption, expectDevice, layoutOption } from '../device';
import { disposable } from '../disposable';
import { WhtError } from '../errors';
import type { Dtype, Layout } from '../native';
import { type Dimensions, mapDimensions, mapShape, Tensor } from '../tensor';
import * as validate from '../validate';
import { expected, show } from '../validate';

/** Options that every layer takes. */
export interface LayerOptions {
  /** How the tensors that the layer takes and gives are stored. Default `float32`; arithmetic is float32 either way. */
  dtype?: Dtype;
  /** The order of their dimensions. Default `NHWC`. */
  layout?: Layout;
}

export interface ForwardOptions {
  /** Where to write the result, instead of a new tensor. */
  out?: Tensor;
}

/** How many numbers a layer learns, and how many it holds. */
export interface ParameterCount {
  trainable: number;
  total: number;
}

/** What every layer does. */
export abstract class Layer {
  readonly device: Device;
  readonly dtype: Dtype;
  readonly layout: Layout;
  #disposed = false;

  protected constructor(device: Device, options: LayerOptions) {
    this.device = expectDevice(device);
    this.dtype = dtypeOption(options.dtype);
    this.layout = layoutOption(options.layout);
  }

  /** Copies of the layer's parameters, by the names of the options that set them. */
  abstract readonly parameters: Readonly<Record<string, Float32Array>>;

  /** How many parameters there are. */
  get parameterCount(): ParameterCount {
    const total = Object.values(this.parameters).reduce((sum, values) => sum + values.length, 0);
    return { trainable: total, total };
  }

  /** The shape that `forward` gives for an input of this shape. Throws `ERR_WHT_SHAPE` where the layer can't take it. */
  outputShape(shape: readonly number[]): readonly number[] {
    return this.outputShapeOf(this.inputDimensions(shape), shape.length);
  }

  /** Multiplications (or multiply-adds, where a layer multiplies and adds) for an input of this shape. */
  macs(shape: readonly number[]): number {
    const input = this.inputDimensions(shape);
    return this.macsOf(input, this.outputDimensions(input));
  }

  /**
   * Queues the layer and returns its output at once.
   *
   * @param x a map of the layer's dtype and layout, on the layer's device
   * @throws WhtError `ERR_WHT_SHAPE`, `ERR_WHT_DEVICE`, `ERR_WHT_DISPOSED`, `ERR_WHT_OUT_OF_MEMORY`
   */
  forward(x: Tensor, options?: ForwardOptions): Tensor {
    const { out } = validate.options('forward', options, ['out']);
    this.expectLive();
    this.expectInput(x);
    const input = this.inputDimensions(x.shape);
    const y = outputTensor(this.device, this.outputShapeOf(input, x.shape.length), this.dtype, this.layout, out);
    const temporaries = this.temporaries(input).map((size) => this.device.empty(mapShape(size, this.layout), this.dtype, this.layout));
    try {
      this.run(x, y, input, temporaries);
    } finally {
      for (const temporary of temporaries) temporary.dispose();
    }
    return y;
  }

  get disposed(): boolean {
    return this.#disposed || this.device.closed;
  }

  /** Frees the parameters on the device. Operations already queued still run. Calling it again does nothing. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.release();
  }

  /** @internal Throws `ERR_WHT_SHAPE` for an input that the layer can't take. */
  abstract outputDimensions(input: Dimensions): Dimensions;
  /** @internal */
  abstract macsOf(input: Dimensions, output: Dimensions): number;
  /** @internal Maps that the layer needs for itself while it runs. A network hands out its own, which layers share. */
  temporaries(_: Dimensions): readonly Dimensions[] {
    return [];
  }
  /** @internal Whether the output may take the place of the input. */
  get inPlace(): boolean {
    return false;
  }
  /** @internal Queues the work; everything is checked. */
  abstract run(x: Tensor, y: Tensor, input: Dimensions, temporaries: readonly Tensor[]): void;
  /** @internal */
  protected abstract release(): void;

  /** @internal */
  protected expectLive(): void {
    if (this.#disposed) {
      throw new WhtError('ERR_WHT_DISPOSED', `Expected a live ${this.constructor.name}, got one that was disposed`);
    }
    this.device.native();
  }

  /** @internal The sizes of an input of this shape; everything is checked but what the layer itself demands of it. */
  protected inputDimensions(shape: readonly number[]): Dimensions {
    const sizes = validate.shape('shape', shape);
    if (sizes.length !== 4) throw expected(`shape to have the 4 dimensions of ${this.layout}`, show(sizes), 'ERR_WHT_SHAPE');
    return mapDimensions(sizes, this.layout);
  }

  /** @internal Checks a tensor that `forward` is given. */
  protected expectInput(x: Tensor): void {
    expectMap('x', x, this.device, this.dtype, this.layout);
  }

  /** @internal The output's shape for an input of `rank` dimensions. */
  protected outputShapeOf(input: Dimensions, _rank: number): readonly number[] {
    return validate.shape('the output', mapShape(this.outputDimensions(input), this.layout));
  }
}

export interface Layer extends Disposable {}
disposable(Layer.prototype, Layer.prototype.dispose);

/** Checks a tensor that an operation is given. */
export function expectTensor(name: string, value: unknown, device: Device): Tensor {
  if (!(value instanceof Tensor)) throw expected(`${name} to be a Tensor`, show(value));
  if (value.device !== device) {
    throw expected(
      `${name} to be on the same device (${device.kind})`,
      `a tensor of another ${value.device.kind} device`,
      'ERR_WHT_DEVICE',
    );
  }
  if (value.disposed) throw expected(`${name} to be a live tensor`, 'one that was disposed', 'ERR_WHT_DISPOSED');
  return value;
}

/** Checks a map: a live tensor of four dimensions, of the given device, dtype and layout. */
export function expectMap(name: string, value: unknown, device: Device, dtype: Dtype, layout: Layout): Tensor {
  const tensor = expectTensor(name, value, device);
  expectStorage(name, tensor, dtype, layout);
  if (tensor.shape.length !== 4) {
    throw expected(`${name} to have the 4 dimensions of ${layout}`, show(tensor.shape), 'ERR_WHT_SHAPE');
  }
  return tensor;
}

export function expectStorage(name: string, tensor: Tensor, dtype: Dtype, layout: Layout): void {
  if (tensor.dtype !== dtype) throw expected(`${name} to have dtype '${dtype}'`, `'${tensor.dtype}'`, 'ERR_WHT_SHAPE');
  if (tensor.layout !== layout) throw expected(`${name} to have layout '${layout}'`, `'${tensor.layout}'`, 'ERR_WHT_SHAPE');
}

/** The tensor to write to: `out` where it was given and fits, else a new one. */
export function outputTensor(device: Device, shape: readonly number[], dtype: Dtype, layout: Layout, out: Tensor | undefined): Tensor {
  if (out === undefined) return device.empty(shape, dtype, layout);
  const tensor = expectTensor('out', out, device);
  expectStorage('out', tensor, dtype, layout);
  if (!validate.sameShape(tensor.shape, shape)) {
    throw expected(`out to have shape ${show(shape)}`, show(tensor.shape), 'ERR_WHT_SHAPE');
  }
  return tensor;
}

/** For layers whose kernels read an input after they have begun to write: refuses to work in place. */
export function expectSeparate(x: Tensor, out: Tensor, owner: string): void {
  if (x === out) throw expected(`out of ${owner} to be another tensor than x`, 'x itself');
}
