import { type DenseArray, denseArray } from '../reference/dense-array';

/** Uniform in [0, 1), the same for the same seed (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Values in [-4, 4] that float16 holds exactly, so that every dtype starts from the same input. */
export function samples(shape: readonly number[], seed = 1): DenseArray {
  const random = generator(seed);
  const array = denseArray(shape);
  return denseArray(
    shape,
    array.data.map(() => (Math.floor(random() * 2049) - 1024) / 256),
  );
}

/** Parameters, uniform between two bounds. */
export function parameters(count: number, low: number, high: number, seed = 2): Float32Array {
  const random = generator(seed);
  return Float32Array.from({ length: count }, () => low + (high - low) * random());
}
