import type { Device } from '../device';
import { globalAveragePool, multiply } from '../functions';
import type { Dimensions, Tensor } from '../tensor';
import * as validate from '../validate';
import { expected } from '../validate';
import { Conv2d } from './conv-2d';
import { Layer, type LayerOptions, type ParameterCount } from './layer';

export interface SqueezeExciteOptions extends LayerOptions {
  channels: number;
  /** Units of the bottleneck; the paper's is channels/4. */
  hidden: number;
  /** `keras-hard-sigmoid` (default, the paper's) or `hard-sigmoid` (MobileNet-V3's). */
  gate?: 'keras-hard-sigmoid' | 'hard-sigmoid';
  /** hidden x channels, row-major. */
  reduceKernel?: Float32Array;
  /** hidden values. */
  reduceBias?: Float32Array;
  /** channels x hidden, row-major. */
  expandKernel?: Float32Array;
  /** channels values. */
  expandBias?: Float32Array;
}

/**
 * Squeeze-and-Excite, the paper's third comparison: y = x · gate(E·relu(R·mean(x) + r) + e), with the mean over each image's positions and
 * one gate for each channel.
 */
export class SqueezeExcite extends Layer {
  readonly channels: number;
  readonly hidden: number;
  readonly #reduce: Conv2d;
  readonly #expand: Conv2d;

  /** @throws WhtError `ERR_WHT_OPTION` naming the option */
  constructor(device: Device, options: SqueezeExciteOptions) {
    const given = validate.options('SqueezeExcite', options, [
      'channels',
      'hidden',
      'gate',
      'reduceKernel',
      'reduceBias',
      'expandKernel',
      'expandBias',
      'dtype',
      'layout',
    ]);
    super(device, given);
    this.channels = validate.integer('channels', given.channels, 1);
    this.hidden = validate.integer('hidden', given.hidden, 1);
    const gate =
      given.gate === undefined ? 'keras-hard-sigmoid' : validate.oneOf('gate', given.gate, ['keras-hard-sigmoid', 'hard-sigmoid'] as const);
    const { channels, hidden, dtype, layout } = this;
    const sizes = `${hidden} hidden units, ${channels} channels`;
    const checked = (name: 'reduceKernel' | 'reduceBias' | 'expandKernel' | 'expandBias', length: number) =>
      given[name] === undefined ? undefined : validate.float32Array(name, given[name], length, sizes);
    const reduceKernel = checked('reduceKernel', hidden * channels);
    const reduceBias = checked('reduceBias', hidden);
    const expandKernel = checked('expandKernel', channels * hidden);
    const expandBias = checked('expandBias', channels);
    this.#reduce = new Conv2d(device, {
      inChannels: channels,
      outChannels: hidden,
      kernelSize: 1,
      activation: 'relu',
      dtype,
      layout,
      ...(reduceKernel && { kernel: reduceKernel }),
      ...(reduceBias && { bias: reduceBias }),
    });
    this.#expand = new Conv2d(device, {
      inChannels: hidden,
      outChannels: channels,
      kernelSize: 1,
      activation: gate,
      dtype,
      layout,
      ...(expandKernel && { kernel: expandKernel }),
      ...(expandBias && { bias: expandBias }),
    });
  }

  get parameters(): Readonly<Record<string, Float32Array>> {
    const { kernel: reduceKernel, bias: reduceBias } = this.#reduce.parameters as Record<'kernel' | 'bias', Float32Array>;
    const { kernel: expandKernel, bias: expandBias } = this.#expand.parameters as Record<'kernel' | 'bias', Float32Array>;
    return { reduceKernel, reduceBias, expandKernel, expandBias };
  }

  override get parameterCount(): ParameterCount {
    const total = this.#reduce.parameterCount.total + this.#expand.parameterCount.total;
    return { trainable: total, total };
  }

  /** @internal */
  outputDimensions(input: Dimensions): Dimensions {
    if (input.c !== this.channels) throw expected(`x to have ${this.channels} channels`, String(input.c), 'ERR_WHT_SHAPE');
    if (input.h === 0 || input.w === 0) {
      throw expected('x to have at least one position to average', `a map of ${input.h}x${input.w}`, 'ERR_WHT_SHAPE');
    }
    return input;
  }

  /** @internal */
  macsOf({ n, h, w, c }: Dimensions): number {
    return n * (2 * c * this.hidden + h * w * c);
  }

  /** @internal The means, then the gates; and the bottleneck. */
  override temporaries({ n, c }: Dimensions): readonly Dimensions[] {
    return [c, this.hidden].map((channels) => ({ n, h: 1, w: 1, c: channels }));
  }

  /** @internal */
  override get inPlace(): boolean {
    return true;
  }

  /** @internal */
  run(x: Tensor, y: Tensor, _: Dimensions, [gates, hidden]: readonly [Tensor, Tensor]): void {
    globalAveragePool(x, { out: gates });
    this.#reduce.forward(gates, { out: hidden });
    this.#expand.forward(hidden, { out: gates });
    multiply(x, gates, { out: y });
  }

  /** @internal */
  protected release(): void {
    this.#reduce.dispose();
    this.#expand.dispose();
  }
}
