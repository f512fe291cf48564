import { expect, test } from 'vitest';
import { BatchNorm2d } from '../../lib/index';
import { agreesWithReference } from './agrees-with-reference';
import { sampledBatchNorm2d, upload } from './layer-case';
import { ACTIVATIONS } from './option-values';
import { samples } from './samples';
import { onEveryTarget, onEveryVariant } from './targets';

agreesWithReference([
  ...ACTIVATIONS.flatMap((activation) => [
    sampledBatchNorm2d([2, 5, 7, 17], activation),
    sampledBatchNorm2d([2, 4, 4, 32], activation, true),
  ]),
  sampledBatchNorm2d([1, 1, 1, 1]),
  sampledBatchNorm2d([3, 1, 1, 300], 'relu'),
  sampledBatchNorm2d([1, 33, 31, 3], 'relu', true),
]);

onEveryTarget((device) =>
  onEveryVariant((variant) => {
    test('writes to the residual as well', async () => {
      using layer = new BatchNorm2d(device(), { channels: 5, activation: 'relu', weight: Float32Array.of(1, -2, 3, 0.5, 1), ...variant });
      using x = upload(device(), samples([2, 3, 3, 5]), variant, true);
      using residual = upload(device(), samples([2, 3, 3, 5], 2), variant, true);
      using y = device().zeros(x.shape, variant);
      layer.runWithResidual(x, residual, y, x.dimensions());
      layer.runWithResidual(x, residual, residual, x.dimensions());
      expect(await residual.read()).toEqual(await y.read());
    });
  }),
);
