import { describe, expect, test } from 'vitest';
import { denseArray } from './dense-array';
import { averagePool, batchNorm, dense, fwht1dLayer, fwht1dThresholds, htPerceptron, maxPool } from './index';
import { relativeError } from './relative-error';

describe('layers that only networks use, on values worked out by hand', () => {
  test('batch norm', () => {
    const x = denseArray([1, 1, 2, 2], [3, 10, 5, 30]);
    const y = batchNorm(x, { weight: [2, 1], bias: [0.5, -1], mean: [1, 20], variance: [3, 99], epsilon: 1 });
    expect([...y.data]).toEqual([2.5, -2, 4.5, 0]);
  });

  test('dense', () => {
    const y = dense(denseArray([2, 1, 1, 2], [1, 10, 2, 20]), {
      outChannels: 3,
      weight: [1, 0, 0, 1, 1, 1],
      bias: [0, 5, -100],
      activation: 'relu',
    });
    expect(y).toEqual(denseArray([2, 1, 1, 3], [1, 15, 0, 2, 25, 0]));
  });

  const plane = denseArray([1, 3, 3, 1], [-1, -2, -3, -4, -5, -6, -7, -8, -9]);

  test('padding is no part of the windows of a pool', () => {
    const options = { size: 3, stride: 2, padding: 1 };
    expect([...maxPool(plane, options).data]).toEqual([-1, -2, -4, -5]);
    expect([...averagePool(plane, options).data]).toEqual([-3, -4, -6, -7]);
    expect(averagePool(plane, { size: 2 })).toEqual(denseArray([1, 1, 1, 1], [-3]));
  });

  test('NaN comes out of the windows that hold it', () => {
    const x = denseArray([1, 1, 4, 1], [1, Number.NaN, 5, 2]);
    expect([...maxPool(denseArray([1, 2, 4, 1], [...x.data, ...x.data]), { size: 2 }).data]).toEqual([Number.NaN, 5]);
  });

  test('the layer of 2104.07085 expanding: DC passes, the other coefficients have a threshold each', () => {
    expect(fwht1dThresholds(3, 4)).toBe(3);
    // The spectrum of 4, 4, 4, 0 is 6, 2, -2, 2.
    const y = fwht1dLayer(denseArray([1, 1, 1, 3], [4, 4, 4]), { outChannels: 4, thresholds: [9, 1, 9] });
    const kept = -Math.tanh(2);
    [3 + kept / 2, 3 - kept / 2, 3 - kept / 2, 3 + kept / 2].forEach((value, at) => {
      expect(y.data[at]).toBeCloseTo(value, 14);
    });
  });

  test('the layer of 2104.07085 projecting: as many coefficients pass as are averaged', () => {
    expect(fwht1dThresholds(4, 2)).toBe(2);
    const y = fwht1dLayer(denseArray([1, 1, 1, 4], [4, 4, 4, 0]), { outChannels: 2, thresholds: [1, 9] });
    const [low, high] = [(6 + 2) / 2, -Math.tanh(2) / 2];
    expect(y.data[0]).toBeCloseTo((low + high) / Math.SQRT2, 14);
    expect(y.data[1]).toBeCloseTo((low - high) / Math.SQRT2, 14);
    expect(fwht1dThresholds(960, 160)).toBe(1024 - 4);
    expect(fwht1dThresholds(320, 1280)).toBe(2047);
  });

  describe('the HT-perceptron', () => {
    const x = denseArray([1, 2, 2, 1], [1, 2, 3, 5]);
    const path = { kernel: [1], scale: [1, 1, 1, 1] };
    const run = (thresholds: number[], options: { orthonormal: boolean; negativeThresholds: 'relu' | 'abs' }) =>
      htPerceptron(x, { paths: [{ ...path, thresholds }], ordering: 'natural', ...options }).data;

    test('without thresholds and scales gives the map, padded or not, once for each path', () => {
      const wide = denseArray([1, 3, 3, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
      const none = { kernel: [1], scale: new Float64Array(16).fill(1), thresholds: new Float64Array(16) };
      const y = htPerceptron(wide, { paths: [none, none], ordering: 'sequency', orthonormal: false, negativeThresholds: 'relu' });
      expect(y.shape).toEqual([1, 3, 3, 1]);
      expect([...y.data]).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18]);
    });

    test('has thresholds for a spectrum of the chosen scale', () => {
      // The spectrum is 11, -3, -5, 1, or half of it.
      expect([...run([0, 4, 0, 0], { orthonormal: false, negativeThresholds: 'relu' })]).toEqual([1.75, 1.25, 3.75, 4.25]);
      const orthonormal = run([0, 1, 0, 0], { orthonormal: true, negativeThresholds: 'relu' });
      expect(relativeError(orthonormal, [1.5, 1.5, 3.5, 4.5])).toBeLessThan(1e-15);
    });

    test('clamps negative thresholds, or takes them for positive', () => {
      expect([...run([-3, -3, -3, -3], { orthonormal: false, negativeThresholds: 'relu' })]).toEqual([1, 2, 3, 5]);
      expect([...run([-3, -3, -3, -3], { orthonormal: false, negativeThresholds: 'abs' })]).toEqual([1.5, 1.5, 2.5, 2.5]);
    });

    test('mixes channels in the spectrum', () => {
      const two = denseArray([1, 1, 1, 2], [3, 10]);
      const paths = [{ kernel: [0, 1, 1, 0], scale: [2], thresholds: [1] }];
      expect([...htPerceptron(two, { paths, ordering: 'natural', orthonormal: true, negativeThresholds: 'abs' }).data]).toEqual([19, 5]);
    });
  });
});
