import type { Device } from '../device';
import { DTYPE, LAYOUT, type NativeOperation, NONLINEARITY, ORDERING } from '../native';
import type { Dimensions, Tensor } from '../tensor';
import * as validate from '../validate';
import { expected, nextPowerOfTwo } from '../validate';
import { BLOCK_WHT_OPTIONS, type BlockWhtOptions, multiplicationsPerPoint, type Spectrum, spectrum, spectrumParameters } from './block-wht';
import { expectSeparate, Layer } from './layer';

export interface BlockWht2dOptions extends BlockWhtOptions {
  /** Rows of the map. */
  height: number;
  /** Columns of the map. */
  width: number;
  /**
   * Side of a square block, a power of two: the map is tiled with blocks that share `thresholds` and `weights`. Default: one block of P x Q
   * points, the map's sides rounded up to powers of two.
   */
  blockSize?: number;
  /** Average-pools the result by this much. Default 1. */
  stride?: number;
}

/**
 * The 2D block Walsh-Hadamard layer (arXiv 2201.02711): for each channel of a map,
 *
 *     X = W_P x W_Q,   v = w·X,   y = W_P [tanh(v)·max(|v| − T, 0)] W_Q
 *
 * with W the orthonormal Walsh-Hadamard matrix, x zero-padded at the bottom and right to whole blocks and y cropped to the map. w and T
 * have P·Q values, shared by all channels and blocks. With a stride s the padded result is average-pooled by s and cropped to ceil(H/s) x ceil(W/s).
 *
 * Takes and gives maps of any number of images and channels; runs in place (`out: x`) where the stride is 1.
 * Start values: T[i,j] = (i+j)/(10·P), w = 1.
 */
export class BlockWht2d extends Layer {
  readonly height: number;
  readonly width: number;
  /** Rows of a block, a power of two. */
  readonly blockHeight: number;
  /** Columns of a block, a power of two. */
  readonly blockWidth: number;
  readonly stride: number;
  readonly #spectrum: Spectrum;
  readonly #operation: NativeOperation;

  /** @throws WhtError `ERR_WHT_OPTION` naming the option, `ERR_WHT_DISPOSED`, `ERR_WHT_OUT_OF_MEMORY` */
  constructor(device: Device, options: BlockWht2dOptions) {
    const given = validate.options('BlockWht2d', options, [...BLOCK_WHT_OPTIONS, 'height', 'width', 'blockSize', 'stride']);
    super(device, given);
    this.height = validate.integer('height', given.height, 1);
    this.width = validate.integer('width', given.width, 1);
    const side = given.blockSize === undefined ? undefined : validate.powerOfTwo('blockSize', given.blockSize, 256);
    this.blockHeight = side ?? nextPowerOfTwo(this.height);
    this.blockWidth = side ?? nextPowerOfTwo(this.width);
    if (this.blockHeight * this.blockWidth > validate.MAX_BLOCK_POINTS) {
      throw expected(
        `height and width to make a block of at most ${validate.MAX_BLOCK_POINTS} points, or blockSize to divide the map`,
        `${this.height}x${this.width} (a block of ${this.blockHeight}x${this.blockWidth})`,
      );
    }
    const padded = this.#paddedSize();
    if (padded.h * padded.w > validate.MAX_ELEMENTS) {
      throw expected(`height and width to make a map of at most ${validate.MAX_ELEMENTS} points`, `${this.height}x${this.width}`);
    }
    this.stride = given.stride === undefined ? 1 : validate.integer('stride', given.stride, 1, Math.min(padded.h, padded.w));
    const windowsInBlocks = this.blockHeight % this.stride === 0 && this.blockWidth % this.stride === 0;
    if (!windowsInBlocks && padded.h * padded.w > MAX_JOINED_POINTS) {
      throw expected(
        `stride to divide the block (${this.blockHeight}x${this.blockWidth}) on maps of more than ${MAX_JOINED_POINTS} points`,
        `${this.stride} on ${this.height}x${this.width}`,
      );
    }
    this.#spectrum = spectrum(given, this.blockHeight, this.blockWidth, this.blockHeight);
    this.#operation = this.device.native().prepareBlockTransform({
      dtype: DTYPE[this.dtype],
      layout: LAYOUT[this.layout],
      overPlane: true,
      inChannels: 0,
      outChannels: 0,
      blockHeight: this.blockHeight,
      blockWidth: this.blockWidth,
      stride: this.stride,
      blockStarts: new Int32Array(0),
      inverse: true,
      ordering: ORDERING.natural,
      scale: 1,
      nonlinearity: NONLINEARITY[this.#spectrum.threshold],
      ...this.#spectrum.natural,
    });
  }

  get parameters(): Readonly<Record<string, Float32Array>> {
    this.expectLive();
    return spectrumParameters(this.#spectrum);
  }

  /** @internal */
  outputDimensions(input: Dimensions): Dimensions {
    if (input.h !== this.height || input.w !== this.width) {
      throw expected(`x to have a map of ${this.height}x${this.width}`, `${input.h}x${input.w}`, 'ERR_WHT_SHAPE');
    }
    const padded = this.#paddedSize();
    return {
      n: input.n,
      h: Math.min(Math.floor(padded.h / this.stride), Math.ceil(this.height / this.stride)),
      w: Math.min(Math.floor(padded.w / this.stride), Math.ceil(this.width / this.stride)),
      c: input.c,
    };
  }

  /** @internal */
  macsOf(input: Dimensions): number {
    const padded = this.#paddedSize();
    return input.n * input.c * padded.h * padded.w * multiplicationsPerPoint(this.#spectrum.threshold);
  }

  /** @internal */
  override get inPlace(): boolean {
    return this.stride === 1;
  }

  /** @internal */
  run(x: Tensor, y: Tensor, input: Dimensions): void {
    if (!this.inPlace) expectSeparate(x, y, 'a BlockWht2d with a stride');
    this.device.submit(this.#operation, y, input, x);
  }

  /** @internal */
  protected release(): void {
    this.#operation.release();
  }

  #paddedSize(): { h: number; w: number } {
    return {
      h: Math.ceil(this.height / this.blockHeight) * this.blockHeight,
      w: Math.ceil(this.width / this.blockWidth) * this.blockWidth,
    };
  }
}

/** Averaging windows that reach over blocks need all of a channel's blocks at once: a working copy of 64 bytes a point. */
const MAX_JOINED_POINTS = 2 ** 20;
