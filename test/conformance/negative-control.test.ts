import { describe, expect, test } from 'vitest';
import { goldenBlockWht2d, goldenConv2d } from '../golden/cases';
import { blockWht2d } from '../reference/index';
import {
  type Alteration,
  binaryCase,
  blockWht2dCase,
  check,
  conv2dCase,
  fwhtCase,
  type LayerCase,
  poolCase,
  sampledBatchNorm2d,
  sampledBlockWht1d,
  sampledBlockWht2d,
  sampledConv2d,
  sampledDense,
  sampledFwht1d,
  sampledHtPerceptron,
  sampledSqueezeExcite,
} from './layer-case';
import { samples } from './samples';
import { onEveryTarget, onEveryVariant } from './targets';

/** Kernels' typical mistakes. */
const mistakes: Record<string, Alteration> = {
  'all values doubled': (values) => {
    for (const [at, value] of values.entries()) values[at] = 2 * value;
  },
  'one wrong value': (values) => {
    values[values.length - 1] = (values[values.length - 1] ?? 0) + 1;
  },
  'two values swapped': (values) => {
    const [largest, smallest] = [Math.max(...values), Math.min(...values)];
    const [from, to] = [values.indexOf(largest), values.indexOf(smallest)];
    values.set([smallest], from);
    values.set([largest], to);
  },
  'one NaN': (values) => {
    values[0] = Number.NaN;
  },
  'nothing written': (values) => {
    values.fill(0);
  },
};

const golden2d = goldenBlockWht2d().slice(0, 1);
const goldenConvolution = goldenConv2d().slice(0, 1);

const cases: LayerCase[] = [
  ...golden2d.map(({ input, options, output }) => ({ ...blockWht2dCase(input, options), reference: () => output })),
  ...goldenConvolution.map(({ input, options, output }) => ({ ...conv2dCase(input, options), reference: () => output })),
  sampledBlockWht2d([2, 7, 5, 4]),
  sampledBlockWht1d([2, 2, 3, 24], { blockSize: 8 }),
  sampledConv2d([2, 5, 5, 4], { outChannels: 5, kernelSize: 3 }),
  sampledSqueezeExcite([2, 4, 4, 8], 2),
  sampledBatchNorm2d([2, 3, 3, 5]),
  sampledDense([4, 9], 5),
  sampledHtPerceptron([2, 4, 4, 3], 2),
  sampledFwht1d([2, 2, 3, 20], { outChannels: 7 }),
  poolCase('averagePool2d', samples([2, 5, 5, 3]), { size: 3, stride: 2, padding: 1 }),
  fwhtCase(samples([3, 32])),
  binaryCase('softThreshold', samples([2, 3, 3, 5]), 0.5),
];

onEveryTarget((device) =>
  onEveryVariant((variant) => {
    describe.each(Object.entries(mistakes))('the suite notices %s', (_, alter) => {
      for (const layerCase of cases)
        test(layerCase.name, async () => {
          await check(device(), variant, layerCase);
          await expect(check(device(), variant, layerCase, alter)).rejects.toThrow('expected');
        });
    });

    test('the suite notices another ordering and another nonlinearity', async () => {
      const layerCase = sampledBlockWht2d([2, 8, 8, 4]);
      for (const other of [{ ordering: 'natural' }, { threshold: 'soft' }] as const) {
        const mistaken = { ...layerCase, run: sampledBlockWht2d([2, 8, 8, 4], other).run };
        await expect(check(device(), variant, mistaken)).rejects.toThrow('to be less than');
      }
    });

    test('the suite notices thresholds that are ignored', async () => {
      const layerCase = sampledBlockWht2d([2, 8, 8, 4], { threshold: 'soft' });
      const unthresholded = { height: 8, width: 8, threshold: 'none' } as const;
      const mistaken = { ...layerCase, reference: (x: LayerCase['x']) => blockWht2d(x, unthresholded) };
      await expect(check(device(), variant, mistaken)).rejects.toThrow('to be less than');
    });
  }),
);
