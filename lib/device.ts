import { cudaLibrary, findCudaLibrary, whyNone } from './cuda-library';
import { disposable } from './disposable';
import { WhtError } from './errors';
import { DTYPE, type Dtype, LAYOUT, type Layout, type NativeDevice, type NativeOperation, native } from './native';
import { type Dimensions, Tensor } from './tensor';
import * as validate from './validate';
import { expected, show } from './validate';

export type DeviceKind = 'cpu' | 'cuda';

export interface OpenDeviceOptions {
  /**
   * CPU: how many threads compute, 1 to 256. Default: `WHT_THREADS`, else as many as the process may use. The JavaScript
   * thread is never one of them.
   */
  threads?: number;
  /** CUDA: which GPU, from 0. */
  index?: number;
}

export interface TensorOptions {
  /** How values are stored. Default `float32`. */
  dtype?: Dtype;
  /** The order of a map's dimensions. Default `NHWC`. */
  layout?: Layout;
  /** Memory that JavaScript can see through `tensor.view()`: without copies on the CPU and on a Jetson. Default false. */
  hostVisible?: boolean;
}

export interface DeviceInfo {
  kind: DeviceKind;
  /** The processor's or GPU's name. */
  name: string;
  /** Which implementation runs, e.g. "cpu avx2". */
  backend: string;
  /** CPU: threads that compute. */
  threads?: number;
  /** CPU: the instruction set in use: portable, avx2, avx512 or neon. */
  simd?: string;
  /** Bytes. */
  memoryTotal: number;
  /** Bytes. */
  memoryFree: number;
  /** CUDA: e.g. "5.3". */
  computeCapability?: string;
  /** CUDA: the newest CUDA that the driver supports, e.g. "CUDA 12.2". */
  driver?: string;
  /** CUDA: cuDNN's version, absent where it was not found. Asking loads it, which may take a second and a few hundred megabytes. */
  cudnn?: string;
}

export interface DeviceListing {
  kind: DeviceKind;
  index: number;
  /** True if `openDevice(kind, { index })` would succeed. */
  available: boolean;
  name?: string;
  /** Why the device can't be opened. */
  reason?: string;
}

export interface MemoryUse {
  /** Bytes of live tensors and parameters. */
  current: number;
  /** The largest that `current` has been. */
  peak: number;
  /** Bytes that operations hold for their own use: packed inputs and the like, and data on its way to tensors in use. */
  workspace: number;
}

/**
 * Opens a device. Where there is a CUDA library, the first call that may open a GPU tries it in a process of its own first, which takes as long as
 * starting Node.js and the GPU.
 *
 * @param kind 'auto' gives a usable GPU, else the CPU; `WHT_DEVICE` (cpu, cuda) overrides what it means
 * @throws WhtError `ERR_WHT_OPTION`; `ERR_WHT_NO_CUDA` with the reason, where 'cuda' can't be had; `ERR_WHT_DEVICE` where the
 *   addon can't be loaded or there is no GPU of that index
 */
export function openDevice(kind: 'auto' | DeviceKind = 'auto', options?: OpenDeviceOptions): Device {
  const asked = validate.oneOf('kind', kind, ['auto', 'cpu', 'cuda']);
  const { threads, index } = validate.options('openDevice', options, ['threads', 'index']);
  const wanted = asked === 'auto' ? kindFromEnvironment() : asked;
  const gpu = index === undefined ? 0 : validate.integer('index', index, 0, 255);
  const count = threads === undefined ? threadsFromEnvironment() : validate.integer('threads', threads, 1, 256);
  const simd = simdFromEnvironment();
  if (wanted === 'cpu' && gpu !== 0) throw expected('index to be 0 for the CPU', String(gpu));
  const openCpu = () => new Device('cpu', native().openDevice(0, count, simd, ''));
  const openCuda = () => new Device('cuda', native().openDevice(gpu, count, simd, cudaLibrary()));
  if (wanted !== 'auto') return wanted === 'cpu' ? openCpu() : openCuda();
  try {
    return openCuda();
  } catch (error) {
    // Whoever names a GPU wants that one, unless there is none at all.
    if (index !== undefined && !(error instanceof WhtError && error.code === 'ERR_WHT_NO_CUDA')) throw error;
    return openCpu();
  }
}

/** Every device that could be opened, and for those that could not, why. Tries a CUDA library as `openDevice` does. */
export function listDevices(): DeviceListing[] {
  const { file = '', tried } = findCudaLibrary();
  const addon = native();
  const notLoaded = file === '' ? whyNone(tried) : addon.loadCuda(file);
  const listing: DeviceListing[] = addon
    .listDevices(notLoaded === '' ? file : '')
    .map(({ kind, index, name, reason }) =>
      reason === '' ? { kind, index, available: true, name } : { kind, index, available: false, reason },
    );
  if (notLoaded === '') return listing;
  const reason = file === '' ? notLoaded : `tried ${file}: ${notLoaded}`;
  return [...listing, { kind: 'cuda', index: 0, available: false, reason }];
}

function kindFromEnvironment(): 'auto' | DeviceKind {
  const value = process.env.WHT_DEVICE;
  return value === undefined || value === '' ? 'auto' : validate.oneOf('WHT_DEVICE', value, ['cpu', 'cuda']);
}

/** 0 leaves the choice to the backend. */
function threadsFromEnvironment(): number {
  const value = process.env.WHT_THREADS;
  if (value === undefined || value === '') return 0;
  const count = Number(value);
  if (!Number.isInteger(count) || count < 1 || count > 256) throw expected('WHT_THREADS to be an integer from 1 to 256', show(value));
  return count;
}

/** The empty string leaves the choice to the backend. */
function simdFromEnvironment(): string {
  const value = process.env.WHT_SIMD;
  return value === undefined || value === '' ? '' : validate.oneOf('WHT_SIMD', value, ['portable', 'avx2', 'avx512', 'neon']);
}

/**
 * A stream of operations on one processor. They are queued and run in order, off the JavaScript thread; `await tensor.read()`
 * and `await device.synchronize()` wait for them, and reject with the error of one that failed.
 */
export class Device {
  readonly kind: DeviceKind;
  #native: NativeDevice | undefined;
  readonly #operations = new Map<string, NativeOperation>();

  /** Not for users: devices come from `openDevice`. */
  constructor(kind: DeviceKind, device: NativeDevice) {
    this.kind = kind;
    this.#native = device;
  }

  get closed(): boolean {
    return this.#native === undefined;
  }

  info(): DeviceInfo {
    const { name, backend, threads, simd, memoryTotal, memoryFree, computeCapability, driver, cudnn } = this.native().info();
    return {
      kind: this.kind,
      name,
      backend,
      memoryTotal,
      memoryFree,
      ...(threads > 0 && { threads }),
      ...(simd !== '' && { simd }),
      ...(computeCapability !== '' && { computeCapability }),
      ...(driver !== '' && { driver }),
      ...(cudnn !== '' && { cudnn }),
    };
  }

  /**
   * A tensor holding a copy of `data`.
   *
   * @param data as many values as `shape` has elements, in memory order
   * @param shape [n, h, w, c] for NHWC maps, [n, c, h, w] for NCHW; 1 to 8 dimensions for other tensors
   * @throws WhtError `ERR_WHT_SHAPE`, `ERR_WHT_OPTION`, `ERR_WHT_OUT_OF_MEMORY`
   */
  tensor(data: Float32Array, shape: readonly number[], options?: TensorOptions): Tensor {
    const sizes = validate.shape('shape', shape);
    const values = validate.float32Array('data', data, validate.elements(sizes), sizes.join('x'));
    const tensor = this.#allocate(sizes, tensorOptions('tensor', options));
    this.native().write(tensor.native(), values);
    return tensor;
  }

  /** A tensor of zeros. */
  zeros(shape: readonly number[], options?: TensorOptions): Tensor {
    const tensor = this.#allocate(validate.shape('shape', shape), tensorOptions('zeros', options));
    this.native().zero(tensor.native());
    return tensor;
  }

  /** Resolves when everything queued so far has run; rejects with the error of an operation that failed. */
  async synchronize(): Promise<void> {
    return this.native().synchronize();
  }

  memory(): MemoryUse {
    return this.native().memory();
  }

  /**
   * How long what `fn` queues takes on the device's own clock, in milliseconds. Work queued before is not counted.
   *
   * @param fn queues operations; may be async
   */
  async elapsed(fn: () => unknown): Promise<number> {
    if (typeof fn !== 'function') throw expected('fn to be a function', show(fn));
    const start = this.native().mark();
    await fn();
    const end = this.native().mark();
    return this.native().elapsed(start, end);
  }

  /** Finishes what is queued, then frees every tensor and layer of this device. Calling it again does nothing. */
  close(): void {
    const device = this.#native;
    this.#native = undefined;
    this.#operations.clear();
    device?.close();
  }

  /** @internal The native half, or an error that says the device is closed. */
  native(): NativeDevice {
    if (this.#native === undefined) throw new WhtError('ERR_WHT_DISPOSED', 'Expected an open device, got one that was closed');
    return this.#native;
  }

  /** @internal An uninitialised tensor, for an operation's output. */
  empty(shape: readonly number[], dtype: Dtype, layout: Layout): Tensor {
    return this.#allocate(shape, { dtype, layout, hostVisible: false });
  }

  /** @internal An operation without parameters of its own, prepared once per device. */
  operation(key: string, prepare: (device: NativeDevice) => NativeOperation): NativeOperation {
    const device = this.native();
    let operation = this.#operations.get(key);
    if (operation === undefined) {
      operation = prepare(device);
      this.#operations.set(key, operation);
    }
    return operation;
  }

  /** @internal Queues an operation on an input of these dimensions; nothing is to do where the output is empty. */
  submit(operation: NativeOperation, output: Tensor, { n, h, w, c }: Dimensions, input: Tensor, secondInput?: Tensor): void {
    if (output.size === 0) return;
    this.native().submit(operation, output.native(), n, h, w, c, input.native(), secondInput?.native());
  }

  #allocate(shape: readonly number[], { dtype, layout, hostVisible }: Required<TensorOptions>): Tensor {
    const buffer = this.native().allocate(validate.elements(shape), DTYPE[dtype], hostVisible);
    return new Tensor(this, buffer, shape, dtype, layout, hostVisible);
  }
}

export interface Device extends Disposable {}
disposable(Device.prototype, Device.prototype.close);

function tensorOptions(owner: string, value: TensorOptions | undefined): Required<TensorOptions> {
  const given = validate.options(owner, value, ['dtype', 'layout', 'hostVisible']);
  return {
    dtype: dtypeOption(given.dtype),
    layout: layoutOption(given.layout),
    hostVisible: given.hostVisible === undefined ? false : validate.boolean('hostVisible', given.hostVisible),
  };
}

/** @internal */
export function dtypeOption(value: unknown): Dtype {
  return value === undefined ? 'float32' : validate.oneOf('dtype', value, Object.keys(DTYPE) as Dtype[]);
}

/** @internal */
export function layoutOption(value: unknown): Layout {
  return value === undefined ? 'NHWC' : validate.oneOf('layout', value, Object.keys(LAYOUT) as Layout[]);
}

/** @internal */
export function expectDevice(value: unknown): Device {
  if (!(value instanceof Device)) throw expected('device to be a Device from openDevice()', show(value));
  value.native();
  return value;
}
