import type { Device } from '../device';
import { ACTIVATION, DTYPE, LAYOUT, type NativeOperation } from '../native';
import type { Dimensions, Tensor } from '../tensor';
import * as validate from '../validate';
import { expected } from '../validate';
import { type BatchNormParameters, batchNormParameters, expectFiniteFold, type FoldedBatchNorm, foldBatchNorm } from './batch-norm';
import type { Activation } from './conv-2d';
import { Layer, type LayerOptions, type ParameterCount } from './layer';

export interface BatchNorm2dOptions extends LayerOptions {
  channels: number;
  /** γ, one for each channel, as are the others. Default: all 1. */
  weight?: Float32Array;
  /** β. Default: all 0. */
  bias?: Float32Array;
  /** The running mean. Default: all 0. */
  mean?: Float32Array;
  /** The running variance, not negative. Default: all 1. */
  variance?: Float32Array;
  /** ε, added to the variance: PyTorch's 1e-5 by default, Keras's is 1e-3. */
  epsilon?: number;
  /** Default `none`. */
  activation?: Activation;
}

/**
 * A batch norm with fixed statistics: y = activation(γ·(x − mean)/√(variance + ε) + β), channel by channel. Names are PyTorch's. The constants
 * are folded in float64 into one scale and one shift for each channel. Runs in place (`out: x`).
 */
export class BatchNorm2d extends Layer {
  readonly channels: number;
  readonly epsilon: number;
  readonly activation: Activation;
  readonly #parameters: BatchNormParameters;
  readonly #folded: FoldedBatchNorm;
  readonly #operation: NativeOperation;
  #withResidual: NativeOperation | undefined;

  /** @throws WhtError `ERR_WHT_OPTION` naming the option, `ERR_WHT_DISPOSED`, `ERR_WHT_OUT_OF_MEMORY` */
  constructor(device: Device, options: BatchNorm2dOptions) {
    const given = validate.options('BatchNorm2d', options, [
      'channels',
      'weight',
      'bias',
      'mean',
      'variance',
      'epsilon',
      'activation',
      'dtype',
      'layout',
    ]);
    super(device, given);
    this.channels = validate.integer('channels', given.channels, 1);
    this.activation = validate.choice('activation', given.activation, Object.keys(ACTIVATION) as Activation[], 'none');
    this.#parameters = batchNormParameters(given, this.channels);
    this.epsilon = this.#parameters.epsilon;
    this.#folded = foldBatchNorm(this.#parameters);
    expectFiniteFold(this.#folded, 'the parameters', 'ERR_WHT_OPTION');
    this.#operation = this.#prepare(false);
  }

  get parameters(): Readonly<Record<string, Float32Array>> {
    this.expectLive();
    const { weight, bias, mean, variance } = this.#parameters;
    return { weight: weight.slice(), bias: bias.slice(), mean: mean.slice(), variance: variance.slice() };
  }

  override get parameterCount(): ParameterCount {
    return { trainable: 2 * this.channels, total: 4 * this.channels };
  }

  /** @internal */
  outputDimensions(input: Dimensions): Dimensions {
    if (input.c !== this.channels) throw expected(`x to have ${this.channels} channels`, String(input.c), 'ERR_WHT_SHAPE');
    return input;
  }

  /** @internal */
  macsOf({ n, h, w, c }: Dimensions): number {
    return n * h * w * c;
  }

  /** @internal */
  override get inPlace(): boolean {
    return true;
  }

  /** @internal */
  run(x: Tensor, y: Tensor, input: Dimensions): void {
    this.device.submit(this.#operation, y, input, x);
  }

  /** @internal As `run`, with a map of x's shape added before the activation; y may be either of them. */
  runWithResidual(x: Tensor, residual: Tensor, y: Tensor, input: Dimensions): void {
    this.#withResidual ??= this.#prepare(true);
    this.device.submit(this.#withResidual, y, input, x, residual);
  }

  /** @internal */
  protected release(): void {
    this.#operation.release();
    this.#withResidual?.release();
  }

  #prepare(adds: boolean): NativeOperation {
    return this.device.native().prepareAffine({
      dtype: DTYPE[this.dtype],
      layout: LAYOUT[this.layout],
      channels: this.channels,
      adds,
      activation: ACTIVATION[this.activation],
      ...this.#folded,
    });
  }
}
