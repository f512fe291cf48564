/** What networks refuse, and what they say then. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Device, mobileNetV2, mobileNetV3Large, type Network, openDevice, resnet20, resnet50 } from '../../lib/index';

let device: Device;

beforeAll(() => {
  device = openDevice('cpu', { threads: 1 });
});

afterAll(() => device.close());

type Make = (device: Device, options?: object) => Promise<Network>;

const refused: [string, Make, object, string][] = [
  ['an unknown option', resnet20 as Make, { clases: 10 }, 'Expected the options of resnet20 to be among'],
  [
    'an unknown variant',
    resnet20 as Make,
    { variant: 'WHT' },
    `Expected variant to be one of 'baseline', 'wht', 'ht-perceptron', got "WHT"`,
  ],
  ['a variant that others have', mobileNetV2 as Make, { variant: 'ht-perceptron' }, `Expected variant to be one of 'baseline', 'wht'`],
  ['no classes', resnet50 as Make, { classes: 0 }, 'Expected classes to be an integer from 1 to 1048576, got 0'],
  ['an empty image', resnet20 as Make, { inputSize: 0 }, 'Expected inputSize to be an integer from 1 to 4096, got 0'],
  ['no paths', resnet20 as Make, { variant: 'ht-perceptron', paths: 0 }, 'Expected paths to be an integer from 1 to 5, got 0'],
  ['paths of a baseline', resnet20 as Make, { paths: 3 }, `Expected paths to be absent with variant 'baseline', got 3`],
  [
    'replaced blocks of a baseline',
    mobileNetV3Large as Make,
    { replacedBlocks: 3 },
    `Expected replacedBlocks to be absent with variant 'baseline', got 3`,
  ],
  [
    'more blocks than there are',
    mobileNetV2 as Make,
    { variant: 'wht', replacedBlocks: 18 },
    'Expected replacedBlocks to be an integer from 0 to 17, got 18',
  ],
  [
    'a block that is not there',
    resnet50 as Make,
    { variant: 'wht', replacedBlocks: [3, 16] },
    'Expected replacedBlocks[1] to be an integer from 0 to 15, got 16',
  ],
  [
    'blocks by name',
    resnet50 as Make,
    { variant: 'wht', replacedBlocks: 'all' },
    'Expected replacedBlocks to be a number of blocks or an array of their indices, got "all"',
  ],
  [
    'an image whose sides two ways through a block round differently',
    resnet50 as Make,
    { variant: 'ht-perceptron', inputSize: 65, replacedBlocks: [3] },
    'Expected inputSize to give the two maps that meet at layer2.0.add the same size, got 8x8x512 and 9x9x512',
  ],
  [
    'an image too small for a stride',
    resnet50 as Make,
    { variant: 'wht', inputSize: 16, replacedBlocks: [13] },
    'Expected inputSize to give layer4.0.conv2 a map of at least 2x2, got 1x1',
  ],
  ['an epsilon of 0', resnet20 as Make, { batchNormEpsilon: 0 }, 'Expected batchNormEpsilon to be a positive number, got 0'],
  ['weights that are no file name', resnet20 as Make, { weights: 3 }, 'Expected weights to be the name of a safetensors file, got 3'],
];

describe('options', () => {
  test.each(refused)('%s', async (_, make, options, message) => {
    await expect(make(device, options)).rejects.toThrow(message);
    await expect(make(device, options)).rejects.toMatchObject({ code: 'ERR_WHT_OPTION' });
  });

  test('something else than a device', async () => {
    await expect(resnet20({} as Device)).rejects.toThrow('Expected device to be a Device from openDevice(), got an object');
  });
});

describe('forward', () => {
  let network: Network;

  beforeAll(async () => {
    network = await resnet20(device, { variant: 'wht' });
  });

  test('refuses images of another size', () => {
    using x = device.zeros([1, 28, 28, 3]);
    expect(() => network.forward(x)).toThrow('Expected x to hold images of 32x32 with 3 channels, got 28x28 with 3');
  });

  test('refuses another layout and dtype', () => {
    using nchw = device.zeros([1, 3, 32, 32], { layout: 'NCHW' });
    expect(() => network.forward(nchw)).toThrow("Expected x to have layout 'NHWC', got 'NCHW'");
    using half = device.zeros([1, 32, 32, 3], { dtype: 'float16' });
    expect(() => network.forward(half)).toThrow("Expected x to have dtype 'float32', got 'float16'");
  });

  test('refuses an out of another shape', () => {
    using x = device.zeros([2, 32, 32, 3]);
    using out = device.zeros([2, 9]);
    expect(() => network.forward(x, { out })).toThrow('Expected out to have shape [2, 10], got [2, 9]');
  });

  test('refuses to run once it is disposed', async () => {
    const disposed = await resnet20(device);
    disposed.dispose();
    disposed.dispose();
    using x = device.zeros([1, 32, 32, 3]);
    expect(() => disposed.forward(x)).toThrow('Expected a live network, got a resnet20 that was disposed');
    await expect(disposed.save('/tmp/never.safetensors')).rejects.toThrow('Expected a live network');
  });

  test('refuses more images than a tensor can hold the maps of, before it takes memory for them', () => {
    // Only the shape is looked at.
    const x = Object.create(device.zeros([1, 32, 32, 3]), { shape: { value: [140_000, 32, 32, 3] } });
    Object.defineProperty(x, 'dimensions', { value: () => ({ n: 140_000, h: 32, w: 32, c: 3 }) });
    Object.defineProperty(x, 'disposed', { value: false });
    expect(() => network.forward(x)).toThrow(
      'Expected x to hold at most 131071 images: more make a map too large for a tensor, got 140000',
    );
  });

  test('gives nothing for no images', async () => {
    using x = device.zeros([0, 32, 32, 3]);
    using y = network.forward(x);
    expect(y.shape).toEqual([0, 10]);
  });
});
