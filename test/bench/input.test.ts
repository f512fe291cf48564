import { describe, expect, it } from 'vitest';
import { expectAgreement } from '../../bench/agreement';
import { channelsFirst, channelsLast } from '../../bench/channel-order';
import { uniform } from '../../bench/random';

describe('uniform', () => {
  it('gives the same values for the same seed, others for another', () => {
    expect(uniform(100, 7)).toEqual(uniform(100, 7));
    expect(uniform(100, 7)).not.toEqual(uniform(100, 8));
  });

  it('fills [low, high) evenly', () => {
    const values = uniform(100_000, 3, -2, 6);
    expect(Math.min(...values.slice(0, 1000))).toBeGreaterThanOrEqual(-2);
    expect(values.every((value) => value < 6)).toBe(true);
    expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeCloseTo(2, 1);
  });
});

describe('the order of channels', () => {
  it('is turned to NCHW and back', () => {
    // One image, 1x2 positions, 3 channels.
    expect(channelsFirst(Float32Array.of(1, 2, 3, 4, 5, 6), [1, 1, 2, 3])).toEqual(Float32Array.of(1, 4, 2, 5, 3, 6));
    const values = uniform(2 * 3 * 4 * 5, 1);
    expect(channelsLast(channelsFirst(values, [2, 3, 4, 5]), [2, 3, 4, 5])).toEqual(values);
  });
});

describe('expectAgreement', () => {
  const ours = { layer: 'Conv2d', implementation: 'ours' };
  const theirs = { layer: 'Conv2d', implementation: 'theirs' };
  const agree = (a: number[], b: number[]) => expectAgreement(theirs, Float32Array.from(a), ours, Float32Array.from(b));

  it('allows what summing in another order changes', () => {
    expect(() => agree([1, 2.000001], [1, 2])).not.toThrow();
  });

  it('refuses other values and NaN, naming both sides', () => {
    expect(() => agree([1, 2.001], [1, 2])).toThrow(
      'Expected Conv2d (theirs) to give the output of Conv2d (ours), got a relative error of 4.5e-4',
    );
    expect(() => agree([1, Number.NaN], [1, 2])).toThrow('relative error of NaN');
  });
});
