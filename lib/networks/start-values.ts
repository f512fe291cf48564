/** What parameters are before any weights are loaded: the same at every start, so that runs repeat. */

/** Numbers in [0, 1) that follow from a key. */
function generator(key: string): () => number {
  // FNV-1a of the key, then xorshift32, which must not start at 0.
  let state = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) state = Math.imul(state ^ key.charCodeAt(at), 0x01000193);
  state ||= 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

export function uniform(key: string, count: number, low: number, high: number): Float32Array {
  const next = generator(key);
  const values = new Float32Array(count);
  for (let at = 0; at < count; at++) values[at] = low + (high - low) * next();
  return values;
}

/** He and others' uniform values for a kernel of this shape, whose first dimension is the output's: they keep the variance through a ReLU. */
export function heUniform(key: string, [outputs = 1, ...inputs]: readonly number[]): Float32Array {
  const fanIn = inputs.reduce((product, size) => product * size, 1);
  const limit = Math.sqrt(6 / fanIn);
  return uniform(key, outputs * fanIn, -limit, limit);
}
