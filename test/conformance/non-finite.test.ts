import { describe, expect, test } from 'vitest';
import { type DenseArray, denseArray } from '../reference/dense-array';
import { relativeError } from '../reference/relative-error';
import { everyOperation } from './every-operation';
import { binaryCase, download, type LayerCase, sampledBlockWht2d, sampledConv2d, upload } from './layer-case';
import { ACTIVATIONS, ORDERINGS, THRESHOLDS } from './option-values';
import { samples } from './samples';
import { onEveryTarget, onEveryVariant } from './targets';

/** x with one value replaced, away from the first position and channel. */
function poisoned(x: DenseArray, value: number): DenseArray {
  const data = x.data.slice();
  data[Math.floor(data.length * 0.3)] = value;
  return denseArray(x.shape, data);
}

const cases: LayerCase[] = [
  ...everyOperation(2),
  ...THRESHOLDS.flatMap((threshold) => ORDERINGS.map((ordering) => sampledBlockWht2d([2, 8, 8, 5], { threshold, ordering }))),
  ...ACTIVATIONS.map((activation) => sampledConv2d([2, 5, 5, 4], { outChannels: 6, kernelSize: 3, activation })),
  binaryCase('softThreshold', samples([2, 37]), 0.5),
];

onEveryTarget((device) =>
  onEveryVariant((variant) => {
    describe.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
      '%f reaches all that depend on it and no others',
      (value) => {
        for (const { name, x, isMap, run, reference, tolerance } of cases)
          test(name, async () => {
            const input = poisoned(x, value);
            const expected = reference(input).data;
            using tensor = upload(device(), input, variant, isMap);
            using output = run(tensor);
            const { data: actual } = await download(output, isMap);
            // By the definition a value may be either NaN or infinite, depending on the order of sums; it must not look like a number.
            const finite = (_: number, at: number) => Number.isFinite(expected[at]);
            const falselyFinite = actual.filter((got, at) => !finite(got, at) && Number.isFinite(got));
            expect(falselyFinite).toHaveLength(0);
            expect(relativeError(actual.filter(finite), expected.filter(finite))).toBeLessThan(tolerance[variant.dtype]);
          });
      },
    );
  }),
);
