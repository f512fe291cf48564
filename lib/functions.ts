/** Operations without parameters of their own, on tensors. Each queues its work and returns at once. */
import type { Activation } from './layers/conv-2d';
import { expectSeparate, expectTensor, outputTensor } from './layers/layer';
import { ACTIVATION, BINARY, type BlockTransformDescription, BROADCAST, DTYPE, LAYOUT, NONLINEARITY, ORDERING, POOL } from './native';
import { ORDERINGS, type Ordering } from './ordering';
import { mapShape, Tensor } from './tensor';
import * as validate from './validate';
import { expected, show } from './validate';

/**
 * What the ±1 transform of n points is multiplied with:
 * - `orthonormal`: 1/√n, which makes it its own inverse
 * - `none`: 1
 * - `inverse`: 1/n, which undoes `none`
 */
export type Normalization = 'orthonormal' | 'none' | 'inverse';

export interface TransformOptions {
  /** A power of two that divides the transformed axes, which are then transformed block by block. Default: whole axes. */
  blockSize?: number;
  /** The order of the spectrum. Default `sequency`. */
  ordering?: Ordering;
  /** Default `orthonormal`. */
  normalization?: Normalization;
  /** Where to write the result, instead of a new tensor. */
  out?: Tensor;
}

export interface FwhtOptions extends TransformOptions {
  /** Which axis to transform; negative counts from the last. Default −1. */
  axis?: number;
}

const TRANSFORM_OPTIONS = ['blockSize', 'ordering', 'normalization', 'out'] as const;

/**
 * The fast Walsh-Hadamard transform along one axis: y = s·H x for each run of n points, H the ±1 matrix in the given ordering.
 *
 * @param x a tensor of any shape whose axis has a power-of-two length, or a multiple of `blockSize`
 * @returns the spectrum, of x's shape
 * @throws WhtError `ERR_WHT_SHAPE`, `ERR_WHT_OPTION`, `ERR_WHT_DEVICE`, `ERR_WHT_DISPOSED`
 */
export function fwht(x: Tensor, options?: FwhtOptions): Tensor {
  const given = validate.options('fwht', options, [...TRANSFORM_OPTIONS, 'axis']);
  const tensor = expectAnyTensor('x', x);
  const rank = tensor.shape.length;
  const axis = given.axis === undefined ? rank - 1 : validate.integer('axis', given.axis, -rank, rank - 1);
  const at = axis < 0 ? axis + rank : axis;
  const length = tensor.shape[at] as number;
  const block = transformBlock(`axis ${at}`, length, given.blockSize);
  const out = outputTensor(tensor.device, tensor.shape, tensor.dtype, tensor.layout, given.out);
  // Whatever the layout, one axis of a row-major tensor is the channel axis of an NCHW map: outer images, inner columns.
  const outer = validate.elements(tensor.shape.slice(0, at));
  const inner = validate.elements(tensor.shape.slice(at + 1));
  submitTransform(tensor, out, given, 'NCHW', { outer, rows: 1, columns: inner, channels: length }, false, 1, block);
  return out;
}

/**
 * The 2D fast Walsh-Hadamard transform of every channel's plane: Y = s·H X H, in the given ordering along both axes.
 *
 * @param x a map whose height and width are powers of two, or multiples of `blockSize`
 * @throws WhtError `ERR_WHT_SHAPE`, `ERR_WHT_OPTION`, `ERR_WHT_DEVICE`, `ERR_WHT_DISPOSED`
 */
export function fwht2d(x: Tensor, options?: TransformOptions): Tensor {
  const given = validate.options('fwht2d', options, TRANSFORM_OPTIONS);
  const tensor = expectMapTensor('x', x);
  const { n, h, w, c } = tensor.dimensions();
  const blockHeight = transformBlock('height', h, given.blockSize);
  const blockWidth = transformBlock('width', w, given.blockSize);
  if (blockHeight * blockWidth > validate.MAX_BLOCK_POINTS) {
    throw expected(
      `a plane of at most ${validate.MAX_BLOCK_POINTS} points, or blockSize to divide it`,
      `${blockHeight}x${blockWidth}`,
      'ERR_WHT_SHAPE',
    );
  }
  const out = outputTensor(tensor.device, tensor.shape, tensor.dtype, tensor.layout, given.out);
  const map = { outer: n, rows: h, columns: w, channels: c };
  submitTransform(tensor, out, given, tensor.layout, map, true, blockHeight, blockWidth);
  return out;
}

export interface OutOption {
  /** Where to write the result, instead of a new tensor; may be an input. */
  out?: Tensor;
}

/**
 * tanh(x)·max(|x| − t, 0), the paper's smooth threshold (arXiv 2201.02711).
 *
 * @param t a number, or a tensor of x's shape or of one value for each image and channel
 */
export function smoothThreshold(x: Tensor, t: number | Tensor, options?: OutOption): Tensor {
  return binary('smoothThreshold', x, 't', t, options);
}

/** sign(x)·max(|x| − max(t, 0), 0). `t` as in `smoothThreshold`. */
export function softThreshold(x: Tensor, t: number | Tensor, options?: OutOption): Tensor {
  return binary('softThreshold', x, 't', t, options);
}

/** a + b, element by element. `b` may also be a number, or hold one value for each image and channel of a. */
export function add(a: Tensor, b: number | Tensor, options?: OutOption): Tensor {
  return binary('add', a, 'b', b, options);
}

/** a·b, element by element. `b` as in `add`. */
export function multiply(a: Tensor, b: number | Tensor, options?: OutOption): Tensor {
  return binary('multiply', a, 'b', b, options);
}

/** The mean of each image's channel over its positions: a map of 1x1. */
export function globalAveragePool(x: Tensor, options?: OutOption): Tensor {
  const { out } = validate.options('globalAveragePool', options, ['out']);
  const tensor = expectMapTensor('x', x);
  const { n, h, w, c } = tensor.dimensions();
  if (h === 0 || w === 0) throw expected('x to have at least one position to average', `a map of ${h}x${w}`, 'ERR_WHT_SHAPE');
  const { device, dtype, layout } = tensor;
  const y = outputTensor(device, mapShape({ n, h: 1, w: 1, c }, layout), dtype, layout, out);
  const operation = device.operation(`globalAveragePool ${dtype} ${layout}`, (native) =>
    native.prepareGlobalAveragePool({ dtype: DTYPE[dtype], layout: LAYOUT[layout] }),
  );
  device.submit(operation, y, { n, h, w, c }, tensor);
  return y;
}

/**
 * activation(x), element by element: what `Conv2d` applies to its outputs.
 *
 * @param x a tensor of any shape
 */
export function activate(x: Tensor, activation: Activation, options?: OutOption): Tensor {
  const { out } = validate.options('activate', options, ['out']);
  const { device, shape, dtype, layout, size } = expectAnyTensor('x', x);
  const chosen = validate.oneOf('activation', activation, Object.keys(ACTIVATION) as Activation[]);
  const y = outputTensor(device, shape, dtype, layout, out);
  const operation = device.operation(`activate ${chosen} ${dtype}`, (native) =>
    native.prepareAffine({
      dtype: DTYPE[dtype],
      layout: LAYOUT.NHWC,
      channels: 1,
      adds: false,
      activation: ACTIVATION[chosen],
      scale: new Float32Array(0),
      shift: new Float32Array(0),
    }),
  );
  device.submit(operation, y, { n: 1, h: 1, w: size, c: 1 }, x);
  return y;
}

export interface Pool2dOptions {
  /** Side of the square windows. */
  size: number;
  /** How far apart windows begin. Default: `size`. */
  stride?: number;
  /** Rows and columns on every side that windows may reach into and that are no part of them; less than `size`. Default 0. */
  padding?: number;
  /** Where to write the result, instead of a new tensor. */
  out?: Tensor;
}

/**
 * The largest value of each window of each channel; NaN where a window holds one.
 *
 * @returns a map of floor((H + 2·padding − size)/stride) + 1 rows, columns likewise
 * @throws WhtError `ERR_WHT_SHAPE` where no window fits, `ERR_WHT_OPTION`, `ERR_WHT_DEVICE`, `ERR_WHT_DISPOSED`
 */
export function maxPool2d(x: Tensor, options: Pool2dOptions): Tensor {
  return pool2d('maxPool2d', 'max', x, options);
}

/** The mean of each window of each channel, over those of its positions that lie in the map. Otherwise as `maxPool2d`. */
export function averagePool2d(x: Tensor, options: Pool2dOptions): Tensor {
  return pool2d('averagePool2d', 'average', x, options);
}

export interface CropOrPadOptions {
  /** Default: x's. */
  height?: number;
  /** Default: x's. */
  width?: number;
  /** Default: x's. */
  channels?: number;
  /** Where to write the result, instead of a new tensor. */
  out?: Tensor;
}

/** A map of the given size: what x has there, zeros beyond it. Cuts and fills up at the bottom, at the right and after the last channel. */
export function cropOrPad(x: Tensor, options?: CropOrPadOptions): Tensor {
  const given = validate.options('cropOrPad', options, ['height', 'width', 'channels', 'out']);
  const tensor = expectMapTensor('x', x);
  const { device, dtype, layout } = tensor;
  const input = tensor.dimensions();
  const height = given.height === undefined ? input.h : validate.integer('height', given.height, 1);
  const width = given.width === undefined ? input.w : validate.integer('width', given.width, 1);
  const channels = given.channels === undefined ? input.c : validate.integer('channels', given.channels, 1);
  const shape = validate.shape('the output', mapShape({ n: input.n, h: height, w: width, c: channels }, layout));
  const y = outputTensor(device, shape, dtype, layout, given.out);
  expectSeparate(tensor, y, 'cropOrPad');
  if (tensor.size === 0) {
    // Operations have nothing to do for an empty input, but here there are zeros to write.
    device.native().zero(y.native());
    return y;
  }
  // Sizes vary from call to call, so that operations are not kept for them.
  const operation = device.native().prepareCropOrPad({ dtype: DTYPE[dtype], layout: LAYOUT[layout], height, width, channels });
  device.submit(operation, y, input, tensor);
  operation.release();
  return y;
}

/** A copy of x: the fastest that anything reading and writing it once can be. */
export function copy(x: Tensor, options?: OutOption): Tensor {
  const { out } = validate.options('copy', options, ['out']);
  const { device, shape, dtype, layout, size } = expectAnyTensor('x', x);
  const y = outputTensor(device, shape, dtype, layout, out);
  const operation = device.operation(`copy ${dtype}`, (native) => native.prepareCopy({ dtype: DTYPE[dtype] }));
  device.submit(operation, y, { n: 1, h: 1, w: 1, c: size }, x);
  return y;
}

function pool2d(name: 'maxPool2d' | 'averagePool2d', kind: keyof typeof POOL, x: Tensor, options: Pool2dOptions): Tensor {
  const given = validate.options(name, options, ['size', 'stride', 'padding', 'out']);
  const tensor = expectMapTensor('x', x);
  const size = validate.integer('size', given.size, 1, MAX_WINDOW);
  const stride = given.stride === undefined ? size : validate.integer('stride', given.stride, 1);
  const padding = given.padding === undefined ? 0 : validate.integer('padding', given.padding, 0, size - 1);
  const { device, dtype, layout } = tensor;
  const input = tensor.dimensions();
  const smallest = Math.max(1, size - 2 * padding);
  if (input.h < smallest || input.w < smallest) {
    throw expected(`x to have a map of at least ${smallest}x${smallest} for a window`, `${input.h}x${input.w}`, 'ERR_WHT_SHAPE');
  }
  const side = (points: number) => Math.floor((points + 2 * padding - size) / stride) + 1;
  const output = mapShape({ n: input.n, h: side(input.h), w: side(input.w), c: input.c }, layout);
  const y = outputTensor(device, validate.shape('the output', output), dtype, layout, given.out);
  expectSeparate(tensor, y, name);
  const description = { dtype: DTYPE[dtype], layout: LAYOUT[layout], function: POOL[kind], size, stride, padding };
  const operation = device.native().preparePool(description);
  device.submit(operation, y, input, tensor);
  operation.release();
  return y;
}

/** Keeps every coordinate of a window within 32 bits. */
const MAX_WINDOW = 2 ** 20;

function binary(name: keyof typeof BINARY, a: Tensor, nameOfB: string, b: number | Tensor, options?: OutOption): Tensor {
  const { out } = validate.options(name, options, ['out']);
  const x = expectAnyTensor(name === 'add' || name === 'multiply' ? 'a' : 'x', a);
  const { device, dtype, layout } = x;
  let broadcast: keyof typeof BROADCAST;
  let scalar = 0;
  let second: Tensor | undefined;
  if (typeof b === 'number') {
    if (Number.isNaN(b)) throw expected(`${nameOfB} to be a number or a Tensor`, 'NaN');
    broadcast = 'scalar';
    scalar = b;
  } else {
    if (!(b instanceof Tensor)) throw expected(`${nameOfB} to be a number or a Tensor`, show(b));
    second = expectTensor(nameOfB, b, device);
    if (second.dtype !== dtype) throw expected(`${nameOfB} to have dtype '${dtype}'`, `'${second.dtype}'`, 'ERR_WHT_SHAPE');
    broadcast = broadcastOf(nameOfB, x, second);
  }
  const y = outputTensor(device, x.shape, dtype, layout, out);
  const description = {
    dtype: DTYPE[dtype],
    layout: LAYOUT[layout],
    function: BINARY[name],
    broadcast: BROADCAST[broadcast],
    scalar,
  };
  // Scalars vary from call to call, so they are not worth keeping an operation for.
  const operation =
    broadcast === 'scalar'
      ? device.native().prepareBinary(description)
      : device.operation(`${name} ${dtype} ${layout} ${broadcast}`, (native) => native.prepareBinary(description));
  device.submit(operation, y, broadcast === 'channels' ? x.dimensions() : { n: 1, h: 1, w: 1, c: x.size }, x, second);
  if (broadcast === 'scalar') operation.release();
  return y;
}

function broadcastOf(name: string, x: Tensor, b: Tensor): 'none' | 'channels' {
  if (b.layout === x.layout || x.shape.length !== 4) {
    if (validate.sameShape(x.shape, b.shape)) return 'none';
    if (x.shape.length === 4 && b.shape.length === 4) {
      const { n, c } = x.dimensions();
      if (validate.sameShape(b.shape, mapShape({ n, h: 1, w: 1, c }, x.layout))) return 'channels';
    }
  }
  const channels = x.shape.length === 4 ? ', or one value for each image and channel' : '';
  throw expected(`${name} to have shape ${show(x.shape)} (${x.layout})${channels}`, `${show(b.shape)} (${b.layout})`, 'ERR_WHT_SHAPE');
}

function expectAnyTensor(name: string, value: unknown): Tensor {
  if (!(value instanceof Tensor)) throw expected(`${name} to be a Tensor`, show(value));
  return expectTensor(name, value, value.device);
}

function expectMapTensor(name: string, value: unknown): Tensor {
  const tensor = expectAnyTensor(name, value);
  if (tensor.shape.length !== 4) {
    throw expected(`${name} to have the 4 dimensions of ${tensor.layout}`, show(tensor.shape), 'ERR_WHT_SHAPE');
  }
  return tensor;
}

/** How many points of an axis are transformed together. */
function transformBlock(axis: string, length: number, blockSize: unknown): number {
  if (blockSize === undefined) {
    if (length === 0) return 1;
    if (!validate.isPowerOfTwo(length) || length > validate.MAX_BLOCK_POINTS) {
      throw expected(
        `${axis} of x to be a power of two up to ${validate.MAX_BLOCK_POINTS} (or blockSize to divide it)`,
        String(length),
        'ERR_WHT_SHAPE',
      );
    }
    return length;
  }
  const block = validate.powerOfTwo('blockSize', blockSize, validate.MAX_BLOCK_POINTS);
  if (length % block !== 0) {
    throw expected(`${axis} of x to be a multiple of blockSize ${block}`, String(length), 'ERR_WHT_SHAPE');
  }
  return block;
}

interface TransformedMap {
  outer: number;
  rows: number;
  columns: number;
  channels: number;
}

function submitTransform(
  x: Tensor,
  out: Tensor,
  given: TransformOptions,
  layout: 'NHWC' | 'NCHW',
  { outer, rows, columns, channels }: TransformedMap,
  overPlane: boolean,
  blockHeight: number,
  blockWidth: number,
): void {
  const ordering = given.ordering === undefined ? 'sequency' : validate.oneOf('ordering', given.ordering, ORDERINGS);
  const normalization =
    given.normalization === undefined
      ? 'orthonormal'
      : validate.oneOf('normalization', given.normalization, ['orthonormal', 'none', 'inverse'] as const);
  const points = blockHeight * blockWidth;
  const description: BlockTransformDescription = {
    dtype: DTYPE[x.dtype],
    layout: LAYOUT[layout],
    overPlane,
    inChannels: 0,
    outChannels: 0,
    blockHeight,
    blockWidth,
    stride: 1,
    blockStarts: new Int32Array(0),
    inverse: false,
    ordering: ORDERING[ordering],
    scale: normalization === 'none' ? 1 : normalization === 'inverse' ? 1 / points : 1 / Math.sqrt(points),
    nonlinearity: NONLINEARITY.none,
    thresholds: new Float32Array(0),
    weights: new Float32Array(0),
  };
  const key = `transform ${x.dtype} ${layout} ${overPlane} ${blockHeight} ${blockWidth} ${ordering} ${normalization}`;
  const { device } = x;
  if (x.size === 0) return;
  const operation = device.operation(key, (native) => native.prepareBlockTransform(description));
  device.submit(operation, out, { n: outer, h: rows, w: columns, c: channels }, x);
}
