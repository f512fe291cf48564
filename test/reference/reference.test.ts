import { describe, expect, test } from 'vitest';
import { type GoldenCase, goldenBlockWht1d, goldenBlockWht2d, goldenConv2d, goldenFwht, goldenSqueezeExcite } from '../golden/cases';
import { blockWht1d, blockWht2d } from './block-wht';
import { conv2d } from './conv-2d';
import { type DenseArray, denseArray, toNchw, toNhwc } from './dense-array';
import { fwht, fwht2d } from './fwht';
import { activate, threshold } from './nonlinearity';
import { relativeError } from './relative-error';
import { squeezeExcite } from './squeeze-excite';
import { type Ordering, transformMatrix } from './transform-matrix';

function agreesWithGolden<Options>(title: string, cases: GoldenCase<Options>[], layer: (x: DenseArray, options: Options) => DenseArray) {
  describe(`the reference of ${title} agrees with the golden case`, () => {
    test.each(cases)('$name', ({ input, options, output }) => {
      const y = layer(input, options);
      expect(y.shape).toEqual(output.shape);
      expect(relativeError(y.data, output.data)).toBeLessThan(1e-12);
    });
  });
}

agreesWithGolden('fwht', goldenFwht(), fwht);
agreesWithGolden('the 2D layer', goldenBlockWht2d(), blockWht2d);
agreesWithGolden('the 1D layer', goldenBlockWht1d(), blockWht1d);
agreesWithGolden('the convolution', goldenConv2d(), conv2d);
agreesWithGolden('Squeeze-and-Excite', goldenSqueezeExcite(), squeezeExcite);

describe('what the golden cases leave open', () => {
  const rows = (size: number, ordering: Ordering) => {
    const { entries } = transformMatrix(size, ordering);
    return Array.from({ length: size }, (_, row) =>
      [...entries.subarray(row * size, (row + 1) * size)].map((e) => (e > 0 ? '+' : '-')).join(''),
    );
  };

  test('the three orderings of four points', () => {
    expect(rows(4, 'natural')).toEqual(['++++', '+-+-', '++--', '+--+']);
    expect(rows(4, 'sequency')).toEqual(['++++', '++--', '+--+', '+-+-']);
    expect(rows(4, 'dyadic')).toEqual(['++++', '++--', '+-+-', '+--+']);
  });

  test('a 2D transform transforms a transformed row and a transformed column', () => {
    const x = denseArray([1, 2, 2, 1], [1, 2, 3, 5]);
    expect([...fwht2d(x, { normalization: 'none' }).data]).toEqual([11, -3, -5, 1]);
    expect([...fwht2d(x, { normalization: 'inverse' }).data]).toEqual([2.75, -0.75, -1.25, 0.25]);
  });

  test('an axis in the middle is transformed block by block', () => {
    const x = denseArray([1, 4, 2], [1, 10, 2, 20, 3, 30, 5, 50]);
    const y = fwht(x, { axis: 1, blockSize: 2, normalization: 'none' });
    expect([...y.data]).toEqual([3, 30, -1, -10, 8, 80, -2, -20]);
  });

  test('a depthwise convolution keeps channels apart', () => {
    const x = denseArray([1, 1, 2, 2], [1, 10, 2, 20]);
    const y = conv2d(x, { inChannels: 2, outChannels: 2, kernelSize: 1, groups: 2, kernel: [3, 5], bias: [0.5, -1] });
    expect([...y.data]).toEqual([3.5, 49, 6.5, 99]);
  });

  test('a soft threshold clamps T at zero, a smooth one does not', () => {
    expect(threshold(-2, -1, 'soft')).toBe(-2);
    expect(threshold(-2, -1, 'smooth')).toBeCloseTo(Math.tanh(-2) * 3, 15);
  });

  test.each([
    ['none', [-4, -1, 1, 7]],
    ['relu', [0, 0, 1, 7]],
    ['relu6', [0, 0, 1, 6]],
    ['hard-swish', [-0, -1 / 3, 2 / 3, 7]],
    ['hard-sigmoid', [0, 1 / 3, 2 / 3, 1]],
    ['keras-hard-sigmoid', [0, 0.3, 0.7, 1]],
  ] as const)('%s', (activation, expected) => {
    expect([-4, -1, 1, 7].map((z) => activate(z, activation))).toEqual(expected);
  });

  test('layouts convert there and back', () => {
    const x = denseArray([1, 1, 2, 3], [1, 2, 3, 4, 5, 6]);
    expect([...toNchw(x).data]).toEqual([1, 4, 2, 5, 3, 6]);
    expect(toNhwc(toNchw(x))).toEqual(x);
  });

  test('the relative error of one wrong element is not lost, and of NaN not small', () => {
    expect(relativeError([3, 4.5], [3, 4])).toBe(0.1);
    expect(relativeError([0.5], [0])).toBe(0.5);
    expect(relativeError([Number.NaN, 4], [3, 4])).toBeNaN();
  });
});
