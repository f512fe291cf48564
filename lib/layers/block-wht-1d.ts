import type { Device } from '../device';
import { DTYPE, LAYOUT, type NativeOperation, NONLINEARITY, ORDERING } from '../native';
import type { Dimensions, Tensor } from '../tensor';
import * as validate from '../validate';
import { expected } from '../validate';
import { BLOCK_WHT_OPTIONS, type BlockWhtOptions, multiplicationsPerPoint, type Spectrum, spectrum, spectrumParameters } from './block-wht';
import { expectSeparate, Layer } from './layer';

export interface BlockWht1dOptions extends BlockWhtOptions {
  /** Channels of the input. */
  inChannels: number;
  /** Channels of the output. Default: as many as the input's. */
  outChannels?: number;
  /** B, a power of two up to 65536. Default: the largest that is above neither `inChannels` nor `outChannels`. */
  blockSize?: number;
  /** Takes every s-th row and column of the input. Default 1. */
  stride?: number;
}

/**
 * The 1D block Walsh-Hadamard layer over channels (arXiv 2201.02711), in the place of a 1x1 convolution: for each position of a map and
 * each block of B channels,
 *
 *     X = W_B x,   v = w·X,   y = W_B [tanh(v)·max(|v| − T, 0)]
 *
 * with W the orthonormal Walsh-Hadamard matrix. w and T have B values, shared by all blocks and positions. Channels are padded with zeros to a
 * multiple of B (our extension).
 * - As many channels out as in: one block after the other; runs in place (`out: x`) where the stride is 1.
 * - More (expansion): ceil(Cout/B) overlapping blocks, starting at channels floor(i·(Cin − B)/(Cout/B − 1)); the first Cout results.
 * - Fewer (projection): the results averaged over windows of floor(Cin/Cout) channels; the first Cout averages.
 *
 * Start values: T[i] = i/(10·B), w = 1.
 */
export class BlockWht1d extends Layer {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly blockSize: number;
  readonly stride: number;
  readonly #blocks: number;
  readonly #spectrum: Spectrum;
  readonly #operation: NativeOperation;

  /** @throws WhtError `ERR_WHT_OPTION` naming the option, `ERR_WHT_DISPOSED`, `ERR_WHT_OUT_OF_MEMORY` */
  constructor(device: Device, options: BlockWht1dOptions) {
    const given = validate.options('BlockWht1d', options, [...BLOCK_WHT_OPTIONS, 'inChannels', 'outChannels', 'blockSize', 'stride']);
    super(device, given);
    this.inChannels = validate.integer('inChannels', given.inChannels, 1, MAX_CHANNELS);
    this.outChannels =
      given.outChannels === undefined ? this.inChannels : validate.integer('outChannels', given.outChannels, 1, MAX_CHANNELS);
    this.blockSize =
      given.blockSize === undefined
        ? Math.min(2 ** Math.floor(Math.log2(Math.min(this.inChannels, this.outChannels))), validate.MAX_BLOCK_POINTS)
        : validate.powerOfTwo('blockSize', given.blockSize, validate.MAX_BLOCK_POINTS);
    this.stride = given.stride === undefined ? 1 : validate.integer('stride', given.stride, 1);
    const padded = Math.ceil(this.inChannels / this.blockSize) * this.blockSize;
    const starts =
      this.outChannels > this.inChannels
        ? expansionStarts(padded - this.blockSize, Math.ceil(this.outChannels / this.blockSize))
        : new Int32Array(0);
    this.#blocks = starts.length === 0 ? padded / this.blockSize : starts.length;
    this.#spectrum = spectrum(given, 1, this.blockSize, this.blockSize);
    this.#operation = this.device.native().prepareBlockTransform({
      dtype: DTYPE[this.dtype],
      layout: LAYOUT[this.layout],
      overPlane: false,
      inChannels: this.inChannels,
      outChannels: this.outChannels,
      blockHeight: 1,
      blockWidth: this.blockSize,
      stride: this.stride,
      blockStarts: starts,
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
    if (input.c !== this.inChannels) throw expected(`x to have ${this.inChannels} channels`, String(input.c), 'ERR_WHT_SHAPE');
    return {
      n: input.n,
      h: Math.ceil(input.h / this.stride),
      w: Math.ceil(input.w / this.stride),
      c: this.outChannels,
    };
  }

  /** @internal */
  macsOf(_: Dimensions, output: Dimensions): number {
    const positions = output.n * output.h * output.w;
    return positions * this.#blocks * this.blockSize * multiplicationsPerPoint(this.#spectrum.threshold);
  }

  /** @internal */
  override get inPlace(): boolean {
    return this.stride === 1 && this.outChannels === this.inChannels;
  }

  /** @internal */
  run(x: Tensor, y: Tensor, input: Dimensions): void {
    if (!this.inPlace) {
      expectSeparate(x, y, 'a BlockWht1d with a stride, an expansion or a projection');
    }
    this.device.submit(this.#operation, y, input, x);
  }

  /** @internal */
  protected release(): void {
    this.#operation.release();
  }
}

const MAX_CHANNELS = 2 ** 20;

/**
 * int(linspace(0, last, count)), in the very floating-point steps of NumPy, which the authors' code uses: step first, then a product, so that
 * truncation falls the same way.
 */
function expansionStarts(last: number, count: number): Int32Array {
  if (count === 1) return new Int32Array(1);
  const step = last / (count - 1);
  const starts = Int32Array.from({ length: count }, (_, at) => Math.trunc(at * step));
  starts[count - 1] = last;
  return starts;
}
