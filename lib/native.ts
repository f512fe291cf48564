/**
 * The native half, described in one place. Nothing here validates: callers have done so, and the addon re-checks only
 * state (closed, disposed, out of memory).
 */
import { addonError, loadAddon } from './addon-file';
import { WhtError } from './errors';

/** Values of `wht_dtype` in native/backend.h. */
export const DTYPE = { float32: 0, float16: 1 } as const;
/** Values of `wht_layout`. */
export const LAYOUT = { NHWC: 0, NCHW: 1 } as const;
/** Values of `wht_nonlinearity`. */
export const NONLINEARITY = { none: 0, smooth: 1, soft: 2 } as const;
/** Values of `wht_ordering`. */
export const ORDERING = { natural: 0, sequency: 1, dyadic: 2 } as const;
/** Values of `wht_activation`. */
export const ACTIVATION = { none: 0, relu: 1, relu6: 2, 'hard-swish': 3, 'hard-sigmoid': 4, 'keras-hard-sigmoid': 5 } as const;
/** Values of `wht_binary_function`. */
export const BINARY = { add: 0, multiply: 1, smoothThreshold: 2, softThreshold: 3 } as const;
/** Values of `wht_pool_function`. */
export const POOL = { max: 0, average: 1 } as const;
/** Values of `wht_broadcast`: how the second operand of a binary function meets the first. */
export const BROADCAST = { none: 0, channels: 1, scalar: 2 } as const;

export type Dtype = keyof typeof DTYPE;
export type Layout = keyof typeof LAYOUT;

/** Device memory. Freed by `release()` or by the garbage collector, which has been told of its size. */
export interface NativeBuffer {
  release(): void;
}

/** An operation that is ready to be submitted: parameters uploaded, kernels chosen. */
export interface NativeOperation {
  release(): void;
}

/** A point in the stream, whose time is known once the stream has passed it. */
export interface NativeEvent {
  readonly brand: 'event';
}

export interface BlockTransformDescription {
  dtype: number;
  layout: number;
  overPlane: boolean;
  /** 1D; 0 where there are as many out as in, however many. */
  inChannels: number;
  outChannels: number;
  blockHeight: number;
  blockWidth: number;
  stride: number;
  /** 1D expansion: the first channel of each block; otherwise empty. */
  blockStarts: Int32Array;
  /** False: the spectrum is the output, in `ordering`, scaled by `scale`. */
  inverse: boolean;
  ordering: number;
  scale: number;
  nonlinearity: number;
  /** In natural order; empty where the transform has none. */
  thresholds: Float32Array;
  weights: Float32Array;
}

export interface ConvolutionDescription {
  dtype: number;
  layout: number;
  inChannels: number;
  outChannels: number;
  kernelSize: number;
  stride: number;
  groups: number;
  activation: number;
  tf32: boolean;
  inexact: boolean;
  kernel: Float32Array;
  /** Empty: all 1. */
  scale: Float32Array;
  /** Empty: none. */
  bias: Float32Array;
}

export interface SpectralThresholdDescription {
  dtype: number;
  layout: number;
  overPlane: boolean;
  /** Positions of the plane, or channels. */
  points: number;
  unchanged: number;
  window: number;
  adds: boolean;
  nonlinearity: number;
  /** Empty where there is no nonlinearity. */
  thresholds: Float32Array;
  /** Empty: all 1. */
  weights: Float32Array;
}

export interface AffineDescription {
  dtype: number;
  layout: number;
  channels: number;
  adds: boolean;
  activation: number;
  /** Empty: all 1. */
  scale: Float32Array;
  /** Empty: none. */
  shift: Float32Array;
}

export interface WindowPoolDescription {
  dtype: number;
  layout: number;
  function: number;
  size: number;
  stride: number;
  padding: number;
}

export interface CropOrPadDescription {
  dtype: number;
  layout: number;
  height: number;
  width: number;
  channels: number;
}

/** One way to compute a convolution; `milliseconds` is negative where it did not run. */
export interface NativeAlgorithm {
  name: string;
  layout: number;
  fused: boolean;
  milliseconds: number;
  workspace: number;
  chosen: boolean;
  reason: string;
}

export interface PoolDescription {
  dtype: number;
  layout: number;
}

export interface CopyDescription {
  dtype: number;
}

export interface BinaryDescription {
  dtype: number;
  layout: number;
  function: number;
  broadcast: number;
  scalar: number;
}

export interface NativeDevice {
  info(): NativeDeviceInfo;
  memory(): { current: number; peak: number; workspace: number };
  /** @param count elements of `dtype` */
  allocate(count: number, dtype: number, hostVisible: boolean): NativeBuffer;
  /**
   * Part of a buffer that is not host-visible, as a buffer of its own; the memory is there as long as either.
   *
   * @param offset elements, a multiple of 256 bytes
   */
  slice(buffer: NativeBuffer, offset: number, count: number): NativeBuffer;
  zero(buffer: NativeBuffer): void;
  /** Copies `data` before it returns; the buffer changes in stream order. */
  write(buffer: NativeBuffer, data: Float32Array): void;
  read(buffer: NativeBuffer): Promise<Float32Array>;
  readSync(buffer: NativeBuffer): Float32Array;
  /** The buffer's own memory. Detached when the buffer is released. */
  view(buffer: NativeBuffer): ArrayBuffer;
  prepareBlockTransform(description: BlockTransformDescription): NativeOperation;
  prepareConvolution(description: ConvolutionDescription): NativeOperation;
  /** Fills in a convolution's kernel and bias as they were given; an empty bias stays so. */
  convolutionParameters(operation: NativeOperation, kernel: Float32Array, bias: Float32Array): void;
  /** What the backend chooses among for an input of n images, h by w, c channels; slowest last. */
  convolutionAlgorithms(operation: NativeOperation, n: number, h: number, w: number, c: number): Promise<NativeAlgorithm[]>;
  prepareSpectralThreshold(description: SpectralThresholdDescription): NativeOperation;
  prepareAffine(description: AffineDescription): NativeOperation;
  preparePool(description: WindowPoolDescription): NativeOperation;
  prepareCropOrPad(description: CropOrPadDescription): NativeOperation;
  prepareGlobalAveragePool(description: PoolDescription): NativeOperation;
  prepareBinary(description: BinaryDescription): NativeOperation;
  prepareCopy(description: CopyDescription): NativeOperation;
  /** Queues an operation on an input of n images, h by w, c channels. */
  submit(
    operation: NativeOperation,
    output: NativeBuffer,
    n: number,
    h: number,
    w: number,
    c: number,
    input: NativeBuffer,
    secondInput?: NativeBuffer,
  ): void;
  mark(): NativeEvent;
  /** Milliseconds on the device's clock. */
  elapsed(start: NativeEvent, end: NativeEvent): Promise<number>;
  synchronize(): Promise<void>;
  /** Finishes what is queued, then frees everything. */
  close(): void;
}

export interface NativeDeviceInfo {
  name: string;
  backend: string;
  threads: number;
  simd: string;
  memoryTotal: number;
  memoryFree: number;
  computeCapability: string;
  driver: string;
  cudnn: string;
}

export interface NativeListing {
  kind: 'cpu' | 'cuda';
  index: number;
  name: string;
  /** Empty where the device can be opened. */
  reason: string;
}

export interface NativeAddon {
  initialize(errorClass: typeof WhtError): void;
  /** Opens a CUDA backend's library, for the life of the process. Gives the reason where it can't be opened, else the empty string. */
  loadCuda(library: string): string;
  /** Whether a thread of this process has opened it. */
  cudaIsLoaded(library: string): boolean;
  /** @param cudaLibrary the CUDA backend's; empty: the CPU alone */
  listDevices(cudaLibrary: string): NativeListing[];
  /** @param cudaLibrary the CUDA backend's; empty: opens the CPU */
  openDevice(index: number, threads: number, simd: string, cudaLibrary: string): NativeDevice;
  /**
   * Maps the first `length` bytes (at least 1) of an open file; undefined where the system or the runtime can't. Writing to the array changes neither
   * the file nor another mapping of it. The garbage collector unmaps it.
   */
  mapFile(descriptor: number, length: number): ArrayBuffer | undefined;
  /** Takes the pages of an array of `mapFile` out of the process's memory. They are read again where they are looked at; what was written to them is lost. */
  forgetPages(mapping: ArrayBuffer): void;
  /** Detaches an array of `mapFile`: it and its views are empty from then on, and its memory is unmapped soon. */
  unmapFile(mapping: ArrayBuffer): void;
}

let addon: NativeAddon | undefined;

/**
 * Loads the addon at first use, so that importing the package never throws.
 *
 * @throws WhtError `ERR_WHT_DEVICE` with every file that was tried
 */
export function native(): NativeAddon {
  if (addon === undefined) {
    const { loaded, tried } = loadAddon();
    if (loaded === undefined) throw addonError(tried);
    loaded.initialize(WhtError);
    addon = loaded;
  }
  return addon;
}
