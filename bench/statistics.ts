/** The value below which a fraction of the values lies, interpolated between neighbours. */
export function percentile(values: readonly number[], fraction: number): number {
  if (values.length === 0) throw new RangeError('Expected at least one value, got none');
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * fraction;
  const below = sorted[Math.floor(position)] as number;
  const above = sorted[Math.ceil(position)] as number;
  return below + (above - below) * (position - Math.floor(position));
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The 2-norm of a − b over that of b. NaN anywhere gives NaN. */
export function relativeError(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new RangeError(`Expected ${b.length} values, got ${a.length}`);
  let difference = 0;
  let norm = 0;
  for (let at = 0; at < b.length; at++) {
    const expected = b[at] as number;
    difference += ((a[at] as number) - expected) ** 2;
    norm += expected ** 2;
  }
  return Math.sqrt(difference / norm);
}
