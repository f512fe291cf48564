import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BlockWht1d, BlockWht2d, type Device, fwht, fwht2d, type Tensor } from '../../lib/index';
import { norm, relativeError } from '../reference/relative-error';
import { ORDERINGS } from './option-values';
import { parameters } from './samples';
import { onEveryTarget } from './targets';

const power = (largest: number) => fc.integer({ min: 0, max: largest }).map((exponent) => 2 ** exponent);
const layout = fc.constantFrom('NHWC' as const, 'NCHW' as const);
const ordering = fc.constantFrom(...ORDERINGS);
const seed = fc.integer();

/** A map whose sides are powers of two, or multiples of one. */
const transformable = fc.record({
  n: fc.integer({ min: 1, max: 3 }),
  h: power(5),
  w: power(5),
  c: fc.integer({ min: 1, max: 20 }),
  layout,
  ordering,
  seed,
});

/** Any small map. */
const anyMap = fc.record({
  n: fc.integer({ min: 1, max: 3 }),
  h: fc.integer({ min: 1, max: 20 }),
  w: fc.integer({ min: 1, max: 20 }),
  c: fc.integer({ min: 1, max: 40 }),
  layout,
  ordering,
  seed,
});

type SampledMap = typeof anyMap extends fc.Arbitrary<infer Value> ? Value : never;

function valuesOf({ n, h, w, c, seed }: SampledMap): Float32Array {
  return parameters(n * h * w * c, -4, 4, seed);
}

function tensorOf(device: Device, map: SampledMap, values = valuesOf(map)): Tensor {
  const { n, h, w, c, layout } = map;
  return device.tensor(values, layout === 'NHWC' ? [n, h, w, c] : [n, c, h, w], { layout });
}

/** Of a map's columns, and of its planes. */
const transforms = {
  fwht: (x: Tensor, options: object) => fwht(x, { axis: x.layout === 'NHWC' ? 1 : 2, ...options }),
  fwht2d: (x: Tensor, options: object) => fwht2d(x, options),
};

onEveryTarget((device) => {
  const holds = <Value>(values: fc.Arbitrary<Value>, predicate: (value: Value) => void) =>
    fc.assert(fc.property(values, predicate), { numRuns: 25 });

  describe.each(Object.entries(transforms))('%s', (_, transform) => {
    test('is its own inverse', () => {
      holds(transformable, (map) => {
        using x = tensorOf(device(), map);
        using spectrum = transform(x, { ordering: map.ordering });
        using y = transform(spectrum, { ordering: map.ordering });
        expect(relativeError(y.readSync(), x.readSync())).toBeLessThan(1e-6);
      });
    });

    test("'inverse' undoes 'none'", () => {
      holds(transformable, (map) => {
        using x = tensorOf(device(), map);
        using spectrum = transform(x, { ordering: map.ordering, normalization: 'none' });
        using y = transform(spectrum, { ordering: map.ordering, normalization: 'inverse' });
        expect(relativeError(y.readSync(), x.readSync())).toBeLessThan(1e-6);
      });
    });

    test('keeps the energy (Parseval)', () => {
      holds(transformable, (map) => {
        using x = tensorOf(device(), map);
        using spectrum = transform(x, { ordering: map.ordering });
        expect(Math.abs(norm(spectrum.readSync()) / norm(x.readSync()) - 1)).toBeLessThan(1e-6);
      });
    });

    test('is linear', () => {
      const factor = fc.integer({ min: -40, max: 40 }).map((tenths) => tenths / 10);
      holds(fc.tuple(transformable, factor, factor), ([map, p, q]) => {
        const a = valuesOf(map);
        const b = valuesOf({ ...map, seed: map.seed + 1 });
        const spectrumOf = (values: Float32Array) => {
          using x = tensorOf(device(), map, values);
          using spectrum = transform(x, { ordering: map.ordering });
          return spectrum.readSync();
        };
        const together = spectrumOf(a.map((value, at) => p * value + q * (b[at] ?? Number.NaN)));
        const [ofA, ofB] = [spectrumOf(a), spectrumOf(b)];
        const difference = together.map((value, at) => value - (p * (ofA[at] ?? Number.NaN) + q * (ofB[at] ?? Number.NaN)));
        // Not relative to the sum, in which the two may cancel.
        expect(norm(difference)).toBeLessThanOrEqual(1e-6 * (Math.abs(p) * norm(a) + Math.abs(q) * norm(b)));
      });
    });
  });

  describe('a layer without thresholds and with unit weights changes nothing', () => {
    test('BlockWht2d', () => {
      holds(fc.tuple(anyMap, fc.option(power(4), { nil: undefined })), ([map, blockSize]) => {
        const { h: height, w: width, layout, ordering } = map;
        using x = tensorOf(device(), map);
        using layer = new BlockWht2d(device(), { height, width, layout, ordering, threshold: 'none', ...(blockSize && { blockSize }) });
        using y = layer.forward(x);
        expect(relativeError(y.readSync(), x.readSync())).toBeLessThan(1e-6);
      });
    });

    test('BlockWht1d', () => {
      holds(fc.tuple(anyMap, power(6)), ([map, blockSize]) => {
        const { c: inChannels, layout, ordering } = map;
        using x = tensorOf(device(), map);
        using layer = new BlockWht1d(device(), { inChannels, blockSize, layout, ordering, threshold: 'none' });
        using y = layer.forward(x);
        expect(relativeError(y.readSync(), x.readSync())).toBeLessThan(1e-6);
      });
    });
  });
});
