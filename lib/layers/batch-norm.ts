/** What a batch norm computes when its statistics are fixed: one multiplication and one addition for each channel. */
import type { WhtErrorCode } from '../errors';
import * as validate from '../validate';
import { expected, show } from '../validate';

/** A batch norm's parameters, one value for each channel. */
export interface BatchNormParameters {
  /** γ */
  weight: Float32Array;
  /** β */
  bias: Float32Array;
  mean: Float32Array;
  variance: Float32Array;
  epsilon: number;
}

export interface FoldedBatchNorm {
  scale: Float32Array;
  shift: Float32Array;
}

/**
 * γ·(x + b − mean)/√(variance + ε) + β as scale·x + shift, computed in float64 and rounded once.
 *
 * @param precedingBias b, of the convolution that the batch norm is folded into. Default: none
 */
export function foldBatchNorm({
  weight,
  bias,
  mean,
  variance,
  epsilon,
  precedingBias,
}: BatchNormParameters & { precedingBias?: Float32Array }): FoldedBatchNorm {
  const at = (values: Float32Array, channel: number) => values[channel] as number;
  const factors = Float64Array.from(weight, (gamma, channel) => gamma / Math.sqrt(at(variance, channel) + epsilon));
  const shifts = Float64Array.from(factors, (factor, channel) => {
    const before = precedingBias === undefined ? 0 : at(precedingBias, channel);
    return at(bias, channel) + factor * (before - at(mean, channel));
  });
  return { scale: Float32Array.from(factors), shift: Float32Array.from(shifts) };
}

/** Refuses what finite parameters may fold to: an infinite scale or shift would turn outputs into infinities and NaNs. */
export function expectFiniteFold({ scale, shift }: FoldedBatchNorm, name: string, code: WhtErrorCode): void {
  for (const [what, values] of Object.entries({ scale, shift })) {
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw expected(`${name} to fold to a finite ${what}`, `${values[at]} in channel ${at}`, code);
  }
}

/** Checks what a user gives for a batch norm of so many channels, and fills in what it starts with. */
export function batchNormParameters(given: Partial<BatchNormParameters>, channels: number): BatchNormParameters {
  const values = (name: 'weight' | 'bias' | 'mean' | 'variance', start: number) =>
    given[name] === undefined
      ? new Float32Array(channels).fill(start)
      : validate.finiteFloat32Array(name, given[name], channels, 'one for each channel').slice();
  const epsilon: unknown = given.epsilon === undefined ? 1e-5 : given.epsilon;
  if (typeof epsilon !== 'number' || !Number.isFinite(epsilon) || epsilon < 0) {
    throw expected('epsilon to be a finite number that is not negative', show(epsilon));
  }
  const variance = values('variance', 1);
  const at = variance.findIndex((value) => value < 0 || value + epsilon === 0);
  if (at >= 0) throw expected('variance to hold values that are not negative, nor 0 without an epsilon', `${variance[at]} at index ${at}`);
  return { weight: values('weight', 1), bias: values('bias', 0), mean: values('mean', 0), variance, epsilon };
}
