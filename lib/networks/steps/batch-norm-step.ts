/** Batch norms: what they are called in a weights file, and the step for those that are folded into no convolution. */
import { expectFiniteFold, foldBatchNorm } from '../../layers/batch-norm';
import { BatchNorm2d } from '../../layers/batch-norm-2d';
import type { Activation } from '../../layers/conv-2d';
import type { Dimensions, Tensor } from '../../tensor';
import { keep, LayerStep } from './layer-step';
import { type MapSize, type Parameter, type ParameterValues, type PreparedStep, Step, type Storage } from './step';

/** The batch norm after a layer: its key in a weights file, and what is added to the variance. */
export interface BatchNormalisation {
  key: string;
  epsilon: number;
}

export function batchNormParameters({ key }: BatchNormalisation, channels: number): Parameter[] {
  const of = (name: string, trainable: boolean, value: number) => ({
    key: `${key}.${name}`,
    shape: [channels],
    trainable,
    startValues: () => new Float32Array(channels).fill(value),
  });
  return [of('weight', true, 1), of('bias', true, 0), of('running_mean', false, 0), of('running_var', false, 1)];
}

export function batchNormValues({ key, epsilon }: BatchNormalisation, values: ParameterValues) {
  return {
    weight: values(`${key}.weight`),
    bias: values(`${key}.bias`),
    mean: values(`${key}.running_mean`),
    variance: values(`${key}.running_var`),
    epsilon,
  };
}

/** activation(batchNorm(x) + residual): for a batch norm that has no convolution to be folded into. */
export class BatchNormStep extends Step {
  readonly #batchNorm: BatchNormalisation;
  readonly activation: Activation;

  constructor(input: number, size: MapSize, batchNorm: BatchNormalisation, activation: Activation, residual?: number) {
    const inputs = residual === undefined ? [input] : [input, residual];
    super(inputs, batchNorm.key, size, size, batchNormParameters(batchNorm, size.c));
    this.#batchNorm = batchNorm;
    this.activation = activation;
  }

  get description(): string {
    const suffix = [this.inputs.length > 1 && 'add', this.activation !== 'none' && this.activation];
    return ['BatchNorm2d', ...suffix.filter(Boolean)].join(', ');
  }

  prepare({ device, dtype, layout }: Storage, values: ParameterValues): PreparedStep {
    const { activation } = this;
    const kept = keep(this.parameters, values);
    const given = batchNormValues(this.#batchNorm, values);
    expectFiniteFold(foldBatchNorm(given), this.#batchNorm.key, 'ERR_WHT_WEIGHTS');
    const layer = new BatchNorm2d(device, { channels: this.inputSize.c, ...given, activation, dtype, layout });
    return this.inputs.length === 1 ? new LayerStep(layer, {}, kept) : new ResidualStep(layer, kept);
  }
}

/** A batch norm to whose output another map is added before the activation. */
class ResidualStep extends LayerStep {
  readonly #layer: BatchNorm2d;

  constructor(layer: BatchNorm2d, kept: ReadonlyMap<string, Float32Array>) {
    super(layer, {}, kept);
    this.#layer = layer;
  }

  override run([x, residual]: readonly [Tensor, Tensor], output: Tensor, input: Dimensions): void {
    this.#layer.runWithResidual(x, residual, output, input);
  }
}
