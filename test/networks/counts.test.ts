/** How many parameters the networks have: the papers' figures, exactly. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Device, mobileNetV2, mobileNetV3Large, type Network, openDevice, resnet20, resnet50 } from '../../lib/index';

let device: Device;

beforeAll(() => {
  device = openDevice('cpu', { threads: 1 });
});

afterAll(() => device.close());

async function count(made: Promise<Network>) {
  const network = await made;
  const { parameterCount } = network;
  network.dispose();
  return parameterCount;
}

describe('ResNet-20', () => {
  test('of arXiv 2201.02711: 273,066, with WHT layers 133,082', async () => {
    expect((await count(resnet20(device))).trainable).toBe(273_066);
    expect((await count(resnet20(device, { variant: 'wht' }))).trainable).toBe(133_082);
  });

  test('of ICML 2023: 272,474, with HT-perceptrons of 1, 3 and 5 paths 151,514, 199,898 and 248,282', async () => {
    expect((await count(resnet20(device, { style: 'pytorch' }))).trainable).toBe(272_474);
    const withPaths = (paths: number) => count(resnet20(device, { variant: 'ht-perceptron', paths }));
    expect((await withPaths(1)).trainable).toBe(151_514);
    expect((await withPaths(3)).trainable).toBe(199_898);
    expect((await withPaths(5)).trainable).toBe(248_282);
  });

  test('with some blocks replaced: each gives up its own convolution', async () => {
    const last = await count(resnet20(device, { variant: 'wht', replacedBlocks: 1, replaceShortcuts: false }));
    // A 3x3 convolution of 64 channels with bias against two 8x8 planes.
    expect(last.trainable).toBe(273_066 - (64 * 64 * 9 + 64) + 2 * 64);
    const first = await count(resnet20(device, { variant: 'wht', replacedBlocks: [0], replaceShortcuts: false }));
    expect(first.trainable).toBe(273_066 - (16 * 16 * 9 + 16) + 2 * 1024);
  });

  test('a weighted layer before the pooling adds two 8x8 planes', async () => {
    expect((await count(resnet20(device, { transformBeforePooling: true }))).trainable).toBe(273_066 + 2 * 64);
  });
});

describe('ResNet-50', () => {
  test('25,557,032, with HT-perceptrons of three paths 22,625,192', async () => {
    expect((await count(resnet50(device))).trainable).toBe(25_557_032);
    expect((await count(resnet50(device, { variant: 'ht-perceptron' }))).trainable).toBe(22_625_192);
  });

  test('with WHT layers: two planes for each replaced 3x3 convolution', async () => {
    const planes = 2 * (64 ** 2 + 2 * 32 ** 2 + 3 * 16 ** 2 + 8 ** 2);
    const kernels = 9 * (64 ** 2 + 2 * 128 ** 2 + 3 * 256 ** 2 + 512 ** 2);
    expect((await count(resnet50(device, { variant: 'wht' }))).trainable).toBe(25_557_032 - kernels + planes);
  });
});

describe('MobileNet-V2, 10 classes', () => {
  const cifar = (options: Parameters<typeof mobileNetV2>[1] = {}) => count(mobileNetV2(device, { classes: 10, ...options }));

  test('2,270,794 with the statistics, 2,236,682 trainable', async () => {
    expect(await cifar()).toEqual({ trainable: 2_236_682, total: 2_270_794 });
  });

  test('of arXiv 2104.07085: 947,759, with the last convolution 540,206', async () => {
    expect((await cifar({ variant: 'wht', transform: 'fwht' })).total).toBe(947_759);
    expect((await cifar({ variant: 'wht', transform: 'fwht', replaceLastConvolution: true })).total).toBe(540_206);
  });

  test('by the block rule: 938,826, with the last convolution 529,738', async () => {
    expect((await cifar({ variant: 'wht' })).total).toBe(938_826);
    expect((await cifar({ variant: 'wht', replaceLastConvolution: true })).total).toBe(529_738);
  });

  test('1000 classes, as torchvision has it: 3,504,872 trainable', async () => {
    expect((await count(mobileNetV2(device))).trainable).toBe(3_504_872);
  });
});

describe('MobileNet-V3-Large', () => {
  test('as torchvision has it: 5,483,032 trainable', async () => {
    expect((await count(mobileNetV3Large(device))).trainable).toBe(5_483_032);
  });

  test('with WHT layers as this package places them: 2,952,528 trainable, 2,976,928 with the statistics', async () => {
    expect(await count(mobileNetV3Large(device, { variant: 'wht' }))).toEqual({ trainable: 2_952_528, total: 2_976_928 });
  });
});
