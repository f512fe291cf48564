import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Device } from '../../lib/index';
import {
  activateCase,
  binaryCase,
  copyCase,
  cropOrPadCase,
  fwht2dCase,
  fwhtCase,
  globalAveragePoolCase,
  poolCase,
  sampledBatchNorm2d,
  sampledBlockWht1d,
  sampledBlockWht2d,
  sampledConv2d,
  sampledDense,
  sampledFwht1d,
  sampledHtPerceptron,
  sampledSqueezeExcite,
  upload,
} from './layer-case';
import { samples } from './samples';
import { targets, VARIANTS } from './targets';

/** Large enough to be shared out, in parts that don't come out even. */
const cases = [
  sampledBlockWht2d([3, 32, 32, 40]),
  sampledBlockWht2d([5, 30, 41, 17], { blockSize: 8, stride: 2 }),
  sampledBlockWht1d([3, 29, 23, 96], { blockSize: 32 }),
  sampledBlockWht1d([3, 29, 23, 33], { blockSize: 16, outChannels: 70 }),
  sampledBlockWht1d([3, 29, 23, 70], { blockSize: 16, outChannels: 33 }),
  sampledConv2d([3, 19, 17, 33], { outChannels: 40, kernelSize: 3 }),
  sampledConv2d([1, 7, 7, 150], { outChannels: 70, kernelSize: 1, activation: 'hard-swish' }),
  sampledConv2d([3, 19, 17, 40], { outChannels: 40, kernelSize: 3, groups: 40, stride: 2 }),
  sampledSqueezeExcite([3, 29, 23, 40], 10),
  fwhtCase(samples([301, 256])),
  fwhtCase(samples([7, 128, 93]), { axis: 1 }),
  fwht2dCase(samples([3, 64, 32, 21])),
  globalAveragePoolCase(samples([5, 61, 67, 33])),
  binaryCase('smoothThreshold', samples([3, 61, 67, 17]), samples([3, 1, 1, 17], 2)),
  copyCase(samples([200003])),
  activateCase(samples([200003]), 'hard-swish'),
  sampledBatchNorm2d([3, 61, 67, 17], 'relu', true),
  poolCase('maxPool2d', samples([3, 61, 67, 17]), { size: 3, stride: 2, padding: 1 }),
  poolCase('averagePool2d', samples([3, 61, 67, 17]), { size: 5, stride: 3 }),
  cropOrPadCase(samples([3, 29, 23, 40]), { height: 32, width: 32, channels: 33 }),
  sampledDense([50, 300], 100),
  sampledHtPerceptron([3, 30, 32, 17], 2),
  sampledFwht1d([3, 29, 23, 70], { outChannels: 30 }),
];

const cpuTargets = targets().filter(({ kind }) => kind === 'cpu');

test.skipIf(cpuTargets.length > 0)('a GPU has no number of threads to choose', () => {
  expect(cpuTargets).toEqual([]);
});

for (const target of cpuTargets) {
  describe(`${target.name} gives the same bits with any number of threads`, () => {
    const devices = new Map<number, Device>();
    beforeAll(() => {
      for (const threads of [1, 2, 3, 5]) devices.set(threads, target.open({ threads }));
    });
    afterAll(() => {
      for (const device of devices.values()) device.close();
    });

    test('uses as many as it was asked for', () => {
      for (const [threads, device] of devices) expect(device.info().threads).toBe(threads);
    });

    for (const variant of VARIANTS) {
      for (const { name, x, isMap, run } of cases)
        test(`${variant.dtype} ${variant.layout} ${name}`, async () => {
          const results: Buffer[] = [];
          for (const device of devices.values()) {
            using input = upload(device, x, variant, isMap);
            using output = run(input);
            results.push(Buffer.from((await output.read()).buffer));
          }
          const [first = Buffer.alloc(0), ...others] = results;
          for (const other of others) expect(first.equals(other)).toBe(true);
        });
    }
  });
}
