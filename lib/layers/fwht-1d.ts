import type { Device } from '../device';
import { cropOrPad, fwht } from '../functions';
import { DTYPE, LAYOUT, type NativeOperation, NONLINEARITY } from '../native';
import { ORDERINGS, type Ordering, toNaturalOrder } from '../ordering';
import type { Dimensions, Tensor } from '../tensor';
import * as validate from '../validate';
import { expected, nextPowerOfTwo } from '../validate';
import { Layer, type LayerOptions } from './layer';

export interface Fwht1dOptions extends LayerOptions {
  /** Channels of the input. */
  inChannels: number;
  /** Channels of the output. Default: as many as the input's. */
  outChannels?: number;
  /** T, one for each coefficient from the r-th on: N − r values. */
  thresholds?: Float32Array;
  /** The order of the spectrum. Default `sequency`. */
  ordering?: Ordering;
}

/** Sizes of the transforms of a layer: N points before the threshold, M after it, r = N/M. */
interface Sizes {
  before: number;
  after: number;
  ratio: number;
}

function sizesOf(inChannels: number, outChannels: number): Sizes {
  const after = nextPowerOfTwo(outChannels);
  const before = outChannels > inChannels ? after : nextPowerOfTwo(inChannels);
  return { before, after, ratio: before / after };
}

/**
 * The 1D Walsh-Hadamard layer of arXiv 2104.07085 over all channels, in the place of a 1x1 convolution: for each position of a map,
 *
 *     X = W_N x,   Y[k] = X[k] for k < r, else tanh(X[k])·max(|X[k]| − T[k − r], 0),   y = W_M mean_r(Y)
 *
 * with W the orthonormal Walsh-Hadamard matrix, x zero-padded to N channels, mean_r the means of runs of r coefficients, and y cropped to Cout channels.
 * - Expansion, Cout > Cin: N = M = 2^p ≥ Cout, r = 1, so that only the DC coefficient passes; N − 1 thresholds.
 * - Otherwise: N = 2^p ≥ Cin, M = 2^q ≥ Cout, r = N/M; N − r thresholds.
 *
 * Runs in place (`out: x`) where there are as many channels out as in. Start values: T of the k-th coefficient k/(10·N).
 */
export class Fwht1d extends Layer {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly ordering: Ordering;
  readonly #sizes: Sizes;
  readonly #thresholds: Float32Array;
  readonly #threshold: NativeOperation;

  /** How many thresholds such a layer has. */
  static thresholdCount(inChannels: number, outChannels: number): number {
    const { before, ratio } = sizesOf(inChannels, outChannels);
    return before - ratio;
  }

  /** @throws WhtError `ERR_WHT_OPTION` naming the option, `ERR_WHT_DISPOSED`, `ERR_WHT_OUT_OF_MEMORY` */
  constructor(device: Device, options: Fwht1dOptions) {
    const given = validate.options('Fwht1d', options, ['inChannels', 'outChannels', 'thresholds', 'ordering', 'dtype', 'layout']);
    super(device, given);
    this.inChannels = validate.integer('inChannels', given.inChannels, 1, validate.MAX_BLOCK_POINTS);
    this.outChannels =
      given.outChannels === undefined ? this.inChannels : validate.integer('outChannels', given.outChannels, 1, validate.MAX_BLOCK_POINTS);
    this.ordering = validate.choice('ordering', given.ordering, ORDERINGS, 'sequency');
    this.#sizes = sizesOf(this.inChannels, this.outChannels);
    const { before, ratio } = this.#sizes;
    const count = before - ratio;
    this.#thresholds =
      given.thresholds === undefined
        ? Float32Array.from({ length: count }, (_, at) => (at + ratio) / (10 * before))
        : validate
            .finiteFloat32Array('thresholds', given.thresholds, count, ratio === 1 ? `${before} - 1` : `${before} - ${ratio}`)
            .slice();
    const all = new Float32Array(before);
    all.set(this.#thresholds, ratio);
    this.#threshold = this.device.native().prepareSpectralThreshold({
      dtype: DTYPE[this.dtype],
      layout: LAYOUT[this.layout],
      overPlane: false,
      points: before,
      unchanged: ratio,
      window: ratio,
      adds: false,
      nonlinearity: NONLINEARITY.smooth,
      thresholds: this.#orderingInside() === this.ordering ? all : toNaturalOrder(all, 1, before, this.ordering),
      weights: new Float32Array(0),
    });
  }

  get parameters(): Readonly<Record<string, Float32Array>> {
    this.expectLive();
    return { thresholds: this.#thresholds.slice() };
  }

  /** @internal */
  outputDimensions(input: Dimensions): Dimensions {
    if (input.c !== this.inChannels) throw expected(`x to have ${this.inChannels} channels`, String(input.c), 'ERR_WHT_SHAPE');
    return { ...input, c: this.outChannels };
  }

  /** @internal One for each coefficient that has a threshold: butterflies only add. */
  macsOf(input: Dimensions): number {
    return input.n * input.h * input.w * this.#thresholds.length;
  }

  /** @internal Spectra that have no place in the output. */
  override temporaries(input: Dimensions): readonly Dimensions[] {
    return [...(this.#beforeInOutput() ? [] : [this.#sizes.before]), ...(this.#afterIsApart() ? [this.#sizes.after] : [])].map((c) => ({
      ...input,
      c,
    }));
  }

  /** @internal */
  override get inPlace(): boolean {
    return this.inChannels === this.outChannels;
  }

  /** @internal */
  run(x: Tensor, y: Tensor, input: Dimensions, temporaries: readonly Tensor[]): void {
    if (y.size === 0) return;
    const { before, ratio, after } = this.#sizes;
    const rest = [...temporaries];
    const spectrum = this.#beforeInOutput() ? y : (rest.shift() as Tensor);
    const pooled = ratio === 1 ? spectrum : this.#afterIsApart() ? (rest.shift() as Tensor) : y;
    const transform = (from: Tensor, out: Tensor) =>
      fwht(from, { axis: this.layout === 'NHWC' ? 3 : 1, ordering: this.#orderingInside(), out });
    const padded = this.inChannels === before ? x : cropOrPad(x, { channels: before, out: spectrum });
    transform(padded, spectrum);
    this.device.submit(this.#threshold, pooled, { ...input, c: before }, spectrum);
    transform(pooled, this.outChannels === after ? y : pooled);
    if (this.outChannels !== after) cropOrPad(pooled, { channels: this.outChannels, out: y });
  }

  /** @internal */
  protected release(): void {
    this.#threshold.release();
  }

  /** Without runs of coefficients their order is no one's concern but the thresholds', and natural order is the fastest. */
  #orderingInside(): Ordering {
    return this.#sizes.ratio === 1 ? 'natural' : this.ordering;
  }

  #beforeInOutput(): boolean {
    return this.outChannels === this.#sizes.before;
  }

  #afterIsApart(): boolean {
    return this.#sizes.ratio > 1 && this.outChannels !== this.#sizes.after;
  }
}
