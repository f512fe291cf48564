import type { Device } from './device';
import { disposable } from './disposable';
import { WhtError } from './errors';
import type { Dtype, Layout, NativeBuffer } from './native';
import { elements, expected, float32Array } from './validate';

/** Keeps a buffer alive as long as a view of its memory is. */
const bufferOf = new WeakMap<ArrayBuffer, NativeBuffer>();

/** The four sizes of a map, whatever order its layout stores them in. */
export interface Dimensions {
  /** Images. */
  n: number;
  /** Rows. */
  h: number;
  /** Columns. */
  w: number;
  /** Channels. */
  c: number;
}

/**
 * Numbers in a device's memory. Made by `device.tensor`, `device.zeros` and every operation.
 *
 * A tensor that is never disposed is freed by the garbage collector, which needs a turn of the event loop for it: `dispose()` frees it at once, and in
 * long synchronous loops that, or an `out`, is the way.
 */
export class Tensor {
  readonly device: Device;
  /** Sizes in memory order: [n, h, w, c] for NHWC, [n, c, h, w] for NCHW, anything for tensors that are no maps. */
  readonly shape: readonly number[];
  /** How the values are stored; they are read and written as float32 either way. */
  readonly dtype: Dtype;
  readonly layout: Layout;
  /** How many elements there are. */
  readonly size: number;
  /** True if `view()` may be called. */
  readonly hostVisible: boolean;
  #buffer: NativeBuffer | undefined;
  #view: Float32Array | Uint16Array | undefined;

  /** Not for users: tensors come from `device.tensor`, `device.zeros` and operations. */
  constructor(device: Device, buffer: NativeBuffer, shape: readonly number[], dtype: Dtype, layout: Layout, hostVisible: boolean) {
    this.device = device;
    this.#buffer = buffer;
    this.shape = shape;
    this.dtype = dtype;
    this.layout = layout;
    this.size = elements(shape);
    this.hostVisible = hostVisible;
  }

  /** Bytes in the device's memory. */
  get byteLength(): number {
    return this.size * (this.dtype === 'float16' ? 2 : 4);
  }

  get disposed(): boolean {
    return this.#buffer === undefined || this.device.closed;
  }

  /**
   * The values, once everything queued before has run.
   *
   * @returns float32 whatever the dtype, in memory order
   * @throws WhtError `ERR_WHT_DISPOSED`; and rejects with the error of an operation queued before, if one failed
   */
  async read(): Promise<Float32Array> {
    return this.device.native().read(this.native());
  }

  /** As `read`, blocking the JavaScript thread until the device is done. */
  readSync(): Float32Array {
    return this.device.native().readSync(this.native());
  }

  /**
   * Replaces the values. The data is copied before the call returns; operations queued before still see the old values.
   *
   * @throws WhtError `ERR_WHT_OPTION` unless `data` is a Float32Array of `size` values
   */
  write(data: Float32Array): void {
    const buffer = this.native();
    this.device.native().write(buffer, float32Array('data', data, this.size, this.shape.join('x')));
  }

  /**
   * The tensor's own memory, without a copy: Float32Array, or Uint16Array holding the bits of float16. Only for tensors made with
   * `hostVisible: true`. On a GPU with memory of its own it is the host's copy, which each operation that reads the tensor brings over, and each that
   * writes it brings back. Call `await device.synchronize()` before reading what the device wrote, and before writing what
   * it may still be reading. The array becomes empty when the tensor is disposed.
   */
  view(): Float32Array | Uint16Array {
    const buffer = this.native();
    if (!this.hostVisible) throw expected('the tensor of view() to be made with hostVisible: true', 'one without');
    if (this.#view === undefined) {
      const memory = this.device.native().view(buffer);
      bufferOf.set(memory, buffer);
      this.#view = this.dtype === 'float16' ? new Uint16Array(memory) : new Float32Array(memory);
    }
    return this.#view;
  }

  /** Frees the memory. Operations already queued still run. Calling it again does nothing. */
  dispose(): void {
    this.#buffer?.release();
    this.#buffer = undefined;
    this.#view = undefined;
  }

  /** @internal The buffer, or an error that says why there is none. */
  native(): NativeBuffer {
    if (this.#buffer === undefined) throw new WhtError('ERR_WHT_DISPOSED', 'Expected a live tensor, got one that was disposed');
    this.device.native();
    return this.#buffer;
  }

  /** @internal n, h, w and c; callers have checked that there are four dimensions. */
  dimensions(): Dimensions {
    return mapDimensions(this.shape, this.layout);
  }
}

export interface Tensor extends Disposable {}
disposable(Tensor.prototype, Tensor.prototype.dispose);

/** The sizes of a map of this shape, which has four dimensions. */
export function mapDimensions(shape: readonly number[], layout: Layout): Dimensions {
  const [a = 0, b = 0, c = 0, d = 0] = shape;
  return layout === 'NHWC' ? { n: a, h: b, w: c, c: d } : { n: a, c: b, h: c, w: d };
}

/** The shape of a map, in the order of its layout. */
export function mapShape({ n, h, w, c }: Dimensions, layout: Layout): readonly number[] {
  return Object.freeze(layout === 'NHWC' ? [n, h, w, c] : [n, c, h, w]);
}
