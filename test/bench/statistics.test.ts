import { describe, expect, it } from 'vitest';
import { median, percentile, relativeError } from '../../bench/statistics';

describe('percentile', () => {
  it('is the median at one half, whatever the order of the values', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('interpolates between neighbours, as NumPy does', () => {
    const values = Array.from({ length: 21 }, (_, at) => at);
    expect(percentile(values, 0.95)).toBe(19);
    expect(percentile([10, 20], 0.95)).toBeCloseTo(19.5);
    expect(percentile([7], 0.95)).toBe(7);
  });

  it('compares numbers as numbers', () => {
    expect(median([9, 10, 100])).toBe(10);
  });

  it('leaves its input as it was', () => {
    const values = [3, 1, 2];
    percentile(values, 0.95);
    expect(values).toEqual([3, 1, 2]);
  });

  it('has no value for no samples', () => {
    expect(() => median([])).toThrow('Expected at least one value, got none');
  });
});

describe('relativeError', () => {
  it('is the 2-norm of the difference over that of the reference', () => {
    expect(relativeError(Float32Array.of(3, 4), Float32Array.of(3, 4))).toBe(0);
    expect(relativeError(Float32Array.of(0, 4), Float32Array.of(3, 4))).toBeCloseTo(0.6);
  });

  it('lets NaN through', () => {
    expect(relativeError(Float32Array.of(Number.NaN), Float32Array.of(1))).toBeNaN();
  });

  it('refuses arrays of different lengths', () => {
    expect(() => relativeError(new Float32Array(2), new Float32Array(3))).toThrow('Expected 3 values, got 2');
  });
});
