import { describe, expect, it } from 'vitest';
import { medianInterval } from '../../../bench/jetson/confidence';
import { uniform } from '../../../bench/random';

describe('medianInterval', () => {
  it('is not given for fewer than six values', () => {
    expect(medianInterval([1, 2, 3, 4, 5])).toBeUndefined();
  });

  // Ranks from a table of the sign test at 95 %.
  it.each([
    [6, 1, 6],
    [8, 1, 8],
    [9, 2, 8],
    [12, 3, 10],
    [15, 4, 12],
    [20, 6, 15],
    [50, 18, 33],
  ])('goes for %i values from the %ith to the %ith', (count, low, high) => {
    const values = Array.from({ length: count }, (_, at) => at + 1).reverse();
    expect(medianInterval(values)).toEqual([low, high]);
  });

  it('holds the true median at least 95 times in 100, of a skewed distribution too', () => {
    const draws = uniform(15 * 2000, 7);
    let held = 0;
    for (let trial = 0; trial < 2000; trial++) {
      const values = Array.from(draws.subarray(15 * trial, 15 * (trial + 1)), (value) => Math.exp(4 * value));
      const [low, high] = medianInterval(values) ?? [0, 0];
      if (low <= Math.exp(2) && Math.exp(2) <= high) held++;
    }
    expect(held / 2000).toBeGreaterThan(0.94);
    expect(held / 2000).toBeLessThan(0.99);
  });
});
