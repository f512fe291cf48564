export function norm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += (values[at] as number) ** 2;
  return Math.sqrt(sum);
}

/** ‖actual − expected‖ / ‖expected‖ in the 2-norm; without the division where nothing is expected. NaN where either holds NaN. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) throw new RangeError(`${actual.length} values set against ${expected.length}`);
  const difference = Float64Array.from({ length: actual.length }, (_, at) => (actual[at] as number) - (expected[at] as number));
  return norm(difference) / (norm(expected) || 1);
}
