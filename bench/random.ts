/** Values uniform in [low, high), the same for the same seed, so that runs and processes repeat. */
export function uniform(count: number, seed: number, low = 0, high = 1): Float32Array {
  const values = new Float32Array(count);
  let state = seed | 0 || 1;
  for (let at = 0; at < count; at++) {
    // xorshift32; the upper 24 bits, since more would round up to `high` in float32.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    values[at] = low + ((state >>> 8) / 2 ** 24) * (high - low);
  }
  return values;
}
