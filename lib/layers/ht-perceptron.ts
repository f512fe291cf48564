import type { Device } from '../device';
import { cropOrPad, fwht2d } from '../functions';
import { DTYPE, LAYOUT, type NativeOperation, NONLINEARITY } from '../native';
import { ORDERINGS, type Ordering, toNaturalOrder } from '../ordering';
import type { Dimensions, Tensor } from '../tensor';
import * as validate from '../validate';
import { expected, nextPowerOfTwo, show } from '../validate';
import { Conv2d } from './conv-2d';
import { Layer, type LayerOptions, type ParameterCount } from './layer';

export interface HtPerceptronOptions extends LayerOptions {
  /** Rows of the map. */
  height: number;
  /** Columns of the map. */
  width: number;
  /** Channels of the input. */
  channels: number;
  /** Channels of the output. Default: as many as the input's. */
  outChannels?: number;
  /** How many convolutions of the spectrum are summed. */
  paths: number;
  /** K_i, one for each path: outChannels x channels, row-major, values unchecked. Default: Glorot-uniform, the same at every start. */
  kernels?: readonly Float32Array[];
  /** v_i, one for each path: P x Q, row-major. Default: all 1. */
  scalings?: readonly Float32Array[];
  /** T_i, one for each path: P x Q, row-major. Default: all 0. */
  thresholds?: readonly Float32Array[];
  /** The order in which `scalings` and `thresholds` are given. Default `sequency`. */
  ordering?: Ordering;
  /**
   * - `inverse` (default): ±1 forward, and divided by P·Q on the way back
   * - `orthonormal`: divided by √(P·Q) both ways
   */
  normalization?: 'inverse' | 'orthonormal';
  /** What a negative threshold counts as. Default `zero`. */
  negativeThresholds?: 'zero' | 'absolute';
}

interface Path {
  convolution: Conv2d;
  /** Scales and thresholds the convolved spectrum; from the second path on, adds it to the sum so far. */
  threshold: NativeOperation;
  scaling: Float32Array;
  thresholds: Float32Array;
}

/**
 * The layer of "A Hybrid Quantum-Classical Approach based on the Hadamard Transform for the Convolutional Layer" (ICML 2023), in the place
 * of a 3x3 convolution:
 *
 *     X = H x H,   Y = Σ_i soft(K_i (v_i·X), T_i),   y = H Y H / (P·Q)
 *
 * with H the ±1 Walsh-Hadamard matrix, x zero-padded at the bottom and right to P x Q points, powers of two, and y cropped to the map. K_i mixes the
 * channels of each coefficient as a 1x1 convolution; v_i and T_i have a value for each coefficient, shared by all channels;
 * soft(z, T) = sign(z)·max(|z| − T, 0). Runs in place (`out: x`) where there are as many channels out as in.
 */
export class HtPerceptron extends Layer {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outChannels: number;
  readonly paths: number;
  /** P, a power of two. */
  readonly paddedHeight: number;
  /** Q, a power of two. */
  readonly paddedWidth: number;
  readonly #paths: readonly Path[];

  /** @throws WhtError `ERR_WHT_OPTION` naming the option, `ERR_WHT_NO_CUDNN` on a GPU without it, `ERR_WHT_OUT_OF_MEMORY` */
  constructor(device: Device, options: HtPerceptronOptions) {
    const given = validate.options('HtPerceptron', options, [
      'height',
      'width',
      'channels',
      'outChannels',
      'paths',
      'kernels',
      'scalings',
      'thresholds',
      'ordering',
      'normalization',
      'negativeThresholds',
      'dtype',
      'layout',
    ]);
    super(device, given);
    this.height = validate.integer('height', given.height, 1);
    this.width = validate.integer('width', given.width, 1);
    this.channels = validate.integer('channels', given.channels, 1);
    this.outChannels = given.outChannels === undefined ? this.channels : validate.integer('outChannels', given.outChannels, 1);
    this.paths = validate.integer('paths', given.paths, 1, MAX_PATHS);
    this.paddedHeight = nextPowerOfTwo(this.height);
    this.paddedWidth = nextPowerOfTwo(this.width);
    const points = this.paddedHeight * this.paddedWidth;
    const plane = `${this.paddedHeight}x${this.paddedWidth}`;
    if (points > validate.MAX_BLOCK_POINTS) {
      throw expected(
        `height and width to make a plane of at most ${validate.MAX_BLOCK_POINTS} points`,
        `${this.height}x${this.width} (${plane})`,
      );
    }
    const kernelLength = this.outChannels * this.channels;
    if (kernelLength > validate.MAX_ELEMENTS) {
      throw expected(`the kernels to have at most ${validate.MAX_ELEMENTS} values`, `${this.outChannels}x${this.channels}`);
    }
    const ordering = validate.choice('ordering', given.ordering, ORDERINGS, 'sequency');
    const normalization = validate.choice('normalization', given.normalization, ['inverse', 'orthonormal'], 'inverse');
    const negative = validate.choice('negativeThresholds', given.negativeThresholds, ['zero', 'absolute'], 'zero');
    const kernels = perPath('kernels', given.kernels, this.paths)?.map((kernel, path) =>
      validate.float32Array(`kernels[${path}]`, kernel, kernelLength, `${this.outChannels}x${this.channels}`),
    );
    const overPlane = (name: 'scalings' | 'thresholds', start: number) =>
      perPath(name, given[name], this.paths)?.map((values, path) =>
        validate.finiteFloat32Array(`${name}[${path}]`, values, points, plane).slice(),
      ) ?? Array.from({ length: this.paths }, () => new Float32Array(points).fill(start));
    const scalings = overPlane('scalings', 1);
    const thresholds = overPlane('thresholds', 0);
    // soft(s·z, s·T) = s·soft(z, T), so the spectrum can be orthonormal either way: larger ones would leave the range of float16.
    const unit = normalization === 'inverse' ? 1 / Math.sqrt(points) : 1;
    const natural = (values: Float32Array) => toNaturalOrder(values, this.paddedHeight, this.paddedWidth, ordering);
    this.#paths = scalings.map((scaling, path) => {
      const limits = thresholds[path] as Float32Array;
      const kernel = kernels?.[path];
      return {
        scaling,
        thresholds: limits,
        convolution: new Conv2d(device, {
          inChannels: this.channels,
          outChannels: this.outChannels,
          kernelSize: 1,
          bias: false,
          dtype: this.dtype,
          layout: this.layout,
          ...(kernel && { kernel }),
        }),
        threshold: this.device.native().prepareSpectralThreshold({
          dtype: DTYPE[this.dtype],
          layout: LAYOUT[this.layout],
          overPlane: true,
          points,
          unchanged: 0,
          window: 1,
          adds: path > 0,
          nonlinearity: NONLINEARITY.soft,
          thresholds: natural(limits.map((limit) => unit * (negative === 'absolute' ? Math.abs(limit) : Math.max(limit, 0)))),
          // Constant over the channels that the convolution mixes, so that it may come after it, in the same pass as the threshold.
          weights: natural(scaling),
        }),
      };
    });
  }

  /** By path: `kernels.0`, `scalings.0`, `thresholds.0`, `kernels.1` and so on. */
  get parameters(): Readonly<Record<string, Float32Array>> {
    this.expectLive();
    return Object.fromEntries(
      this.#paths.flatMap(({ convolution, scaling, thresholds }, path) => [
        [`kernels.${path}`, convolution.parameters.kernel as Float32Array],
        [`scalings.${path}`, scaling.slice()],
        [`thresholds.${path}`, thresholds.slice()],
      ]),
    );
  }

  override get parameterCount(): ParameterCount {
    const points = this.paddedHeight * this.paddedWidth;
    const total = this.paths * (this.channels * this.outChannels + 2 * points);
    return { trainable: total, total };
  }

  /** @internal */
  outputDimensions(input: Dimensions): Dimensions {
    if (input.h !== this.height || input.w !== this.width) {
      throw expected(`x to have a map of ${this.height}x${this.width}`, `${input.h}x${input.w}`, 'ERR_WHT_SHAPE');
    }
    if (input.c !== this.channels) throw expected(`x to have ${this.channels} channels`, String(input.c), 'ERR_WHT_SHAPE');
    return { ...input, c: this.outChannels };
  }

  /** @internal The convolutions, and the scaling of what they give; butterflies only add. */
  macsOf(input: Dimensions): number {
    return input.n * this.paddedHeight * this.paddedWidth * this.outChannels * (this.channels + 1) * this.paths;
  }

  /** @internal The spectrum; the sum, where the output has no room for it; one path's product, where there are several. */
  override temporaries({ n }: Dimensions): readonly Dimensions[] {
    const spectrum = (c: number) => ({ n, h: this.paddedHeight, w: this.paddedWidth, c });
    return [
      spectrum(this.channels),
      ...(this.#padded() ? [spectrum(this.outChannels)] : []),
      ...(this.paths > 1 ? [spectrum(this.outChannels)] : []),
    ];
  }

  /** @internal */
  override get inPlace(): boolean {
    return this.channels === this.outChannels;
  }

  /** @internal */
  run(x: Tensor, y: Tensor, { n }: Dimensions, temporaries: readonly Tensor[]): void {
    if (y.size === 0) return;
    const [spectrum, ...rest] = temporaries as readonly [Tensor, ...Tensor[]];
    const sum = this.#padded() ? (rest.shift() as Tensor) : y;
    const { paddedHeight: height, paddedWidth: width } = this;
    const transform = (from: Tensor, out: Tensor) => fwht2d(from, { ordering: 'natural', out });
    transform(this.#padded() ? cropOrPad(x, { height, width, out: spectrum }) : x, spectrum);
    for (const [path, { convolution, threshold }] of this.#paths.entries()) {
      const product = path === 0 ? sum : (rest[0] as Tensor);
      convolution.forward(spectrum, { out: product });
      this.device.submit(threshold, sum, { n, h: height, w: width, c: this.outChannels }, product, path === 0 ? undefined : sum);
    }
    transform(sum, sum);
    if (this.#padded()) cropOrPad(sum, { height: this.height, width: this.width, out: y });
  }

  /** @internal */
  protected release(): void {
    for (const { convolution, threshold } of this.#paths) {
      convolution.dispose();
      threshold.release();
    }
  }

  #padded(): boolean {
    return this.paddedHeight !== this.height || this.paddedWidth !== this.width;
  }
}

const MAX_PATHS = 1024;

/** One array for each path, or undefined where none were given. */
function perPath(name: string, value: unknown, paths: number): readonly unknown[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw expected(`${name} to be an array of ${paths} Float32Arrays, one for each path`, show(value));
  if (value.length !== paths) throw expected(`${name} to hold ${paths} Float32Arrays, one for each path`, String(value.length));
  return Array.from(value);
}
