/** What a forward pass needs of the device's memory. */
import { describe, expect, test } from 'vitest';
import { type Device, mobileNetV2, mobileNetV3Large, type Network, openDevice, resnet20, resnet50 } from '../../lib/index';

const NETWORKS: [string, (device: Device) => Promise<Network>][] = [
  ['ResNet-20', (device) => resnet20(device)],
  ['ResNet-20 wht', (device) => resnet20(device, { variant: 'wht' })],
  ['ResNet-20 ht-perceptron', (device) => resnet20(device, { variant: 'ht-perceptron' })],
  ['ResNet-50', (device) => resnet50(device)],
  ['ResNet-50 wht', (device) => resnet50(device, { variant: 'wht' })],
  ['ResNet-50 ht-perceptron', (device) => resnet50(device, { variant: 'ht-perceptron' })],
  ['MobileNet-V2', (device) => mobileNetV2(device)],
  ['MobileNet-V2 wht', (device) => mobileNetV2(device, { variant: 'wht' })],
  ['MobileNet-V2 fwht', (device) => mobileNetV2(device, { variant: 'wht', transform: 'fwht' })],
  ['MobileNet-V3-Large', (device) => mobileNetV3Large(device)],
  ['MobileNet-V3-Large wht', (device) => mobileNetV3Large(device, { variant: 'wht' })],
];

describe.each(NETWORKS)('%s', (_, make) => {
  test.each([1, 4])('the peak of a pass of %i images is within 1.2 times of the widest point and the parameters', async (images) => {
    using device = openDevice('cpu', { threads: 2 });
    using network = await make(device);
    const { inputSize } = network;
    using x = device.zeros([images, inputSize, inputSize, 3]);
    using y = network.forward(x);
    await y.read();
    const { peak, workspace } = device.memory();
    const { widestPoint, parameters, maps } = network.memory(images);
    expect(peak).toBeLessThan(1.2 * (widestPoint + parameters));
    // What threads compute in does not shrink with a network: in the smallest, a WHT block for each of two is a fifth of all.
    expect(peak + workspace).toBeLessThan(1.2 * (widestPoint + parameters) + 100_000);
    expect(maps + x.byteLength).toBeGreaterThanOrEqual(widestPoint);
    // Another pass takes nothing more, nor does one of as many images with other values.
    network.forward(x, { out: y });
    await y.read();
    expect(device.memory().peak).toBe(peak);
  });
});

test('maps of another number of images take the place of those before', async () => {
  using device = openDevice('cpu');
  using network = await resnet20(device);
  const current = async (images: number) => {
    using x = device.zeros([images, 32, 32, 3]);
    using y = network.forward(x);
    await y.read();
    return device.memory().current - x.byteLength - y.byteLength;
  };
  const one = await current(1);
  await current(8);
  expect(await current(1)).toBe(one);
});

test('disposing a network frees all that it took', async () => {
  using device = openDevice('cpu');
  const before = device.memory().current;
  {
    using network = await mobileNetV2(device, { inputSize: 32, variant: 'wht' });
    using x = device.zeros([1, 32, 32, 3]);
    using y = network.forward(x);
    await y.read();
  }
  await device.synchronize();
  expect(device.memory().current).toBe(before);
});
