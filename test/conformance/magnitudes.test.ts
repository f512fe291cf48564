import { describe, expect, test } from 'vitest';
import { smoothThreshold } from '../../lib/index';
import { type DenseArray, denseArray } from '../reference/dense-array';
import { binaryCase, blockWht1dCase, blockWht2dCase, check, fwhtCase, type LayerCase, sampledConv2d, withInput } from './layer-case';
import { THRESHOLDS } from './option-values';
import { parameters, samples } from './samples';
import { onEveryTarget } from './targets';

const float32 = { dtype: 'float32', layout: 'NHWC' } as const;

function scaled(x: DenseArray, factor: number): DenseArray {
  return denseArray(
    x.shape,
    x.data.map((value) => Math.fround(value * factor)),
  );
}

/** Layers whose thresholds are zero: with larger ones, small inputs would all come out as zero. */
function unthresholded(): LayerCase[] {
  const layers = THRESHOLDS.flatMap((threshold) => {
    const spectrum = (points: number) => ({
      threshold,
      weights: parameters(points, 0.5, 1.5),
      ...(threshold !== 'none' && { thresholds: new Float32Array(points) }),
    });
    return [
      blockWht2dCase(samples([2, 8, 8, 17]), { height: 8, width: 8, ...spectrum(64) }),
      blockWht2dCase(samples([1, 29, 32, 3]), { height: 29, width: 32, ...spectrum(1024) }),
      blockWht1dCase(samples([2, 3, 3, 48]), { inChannels: 48, blockSize: 16, ...spectrum(16) }),
      blockWht1dCase(samples([1, 1, 2, 1024]), { inChannels: 1024, ...spectrum(1024) }),
    ];
  });
  const x = samples([2, 5, 7, 3]);
  return [...layers, fwhtCase(samples([9, 64])), binaryCase('smoothThreshold', x, 0), binaryCase('softThreshold', x, 0)];
}

onEveryTarget((device) => {
  describe.each([1e-3, 1e-6])('inputs scaled by %f keep the accuracy', (factor) => {
    for (const layerCase of unthresholded()) {
      test(layerCase.name, () => check(device(), float32, withInput(layerCase, scaled(layerCase.x, factor))));
    }
  });

  describe('inputs scaled by 1e4 keep the accuracy', () => {
    const cases = [
      ...unthresholded(),
      blockWht2dCase(samples([2, 8, 8, 17]), { height: 8, width: 8, thresholds: parameters(64, 0, 1e4) }),
      blockWht1dCase(samples([2, 3, 3, 48]), { inChannels: 48, blockSize: 16, threshold: 'soft', thresholds: parameters(16, 0, 1e4) }),
      sampledConv2d([2, 5, 5, 17], { outChannels: 8, kernelSize: 3 }),
    ];
    for (const layerCase of cases) {
      test(layerCase.name, () => check(device(), float32, withInput(layerCase, scaled(layerCase.x, 1e4))));
    }
  });

  test('tanh is accurate for every single value, from the smallest to where it is 1', async () => {
    const magnitudes = Float32Array.from({ length: 4096 }, (_, at) => 10 ** (-15 + (at * 17) / 4095));
    const values = magnitudes.map((magnitude, at) => (at % 2 === 0 ? magnitude : -magnitude));
    using x = device().tensor(values, [values.length]);
    using y = smoothThreshold(x, 0);
    const errors = (await y.read()).map((actual, at) => {
      const value = values[at] ?? Number.NaN;
      return Math.abs(actual / (Math.tanh(value) * Math.abs(value)) - 1);
    });
    expect(Math.max(...errors)).toBeLessThan(1e-6);
  });
});
