import { describe, expect, test } from 'vitest';
import { BlockWht1d, BlockWht2d, copy, type Device, type Tensor } from '../../lib/index';
import { samples } from './samples';
import { onEveryTarget, type Target, VARIANTS } from './targets';

/** So many images are far larger than any cache; an emulated GPU has none, and takes its time. */
const imagesFor = ({ name }: Target) => (name.startsWith('cuda-emulated') ? 12 : 600);
const SIDE = 8;
const CHANNELS = 256;

/** Runs one image, and many copies of it that are far larger than the caches, where kernels may write another way. */
async function everyImageEqualsTheFirst(
  device: Device,
  images: number,
  variant: (typeof VARIANTS)[number],
  run: (x: Tensor) => Tensor,
): Promise<boolean> {
  const image = Float32Array.from(samples([SIDE, SIDE, CHANNELS]).data);
  const shape = variant.layout === 'NHWC' ? [SIDE, SIDE, CHANNELS] : [CHANNELS, SIDE, SIDE];
  const batch = new Float32Array(images * image.length);
  for (let n = 0; n < images; n++) batch.set(image, n * image.length);
  using one = device.tensor(image, [1, ...shape], variant);
  using many = device.tensor(batch, [images, ...shape], variant);
  using oneOutput = run(one);
  using manyOutput = run(many);
  const expected = Buffer.from((await oneOutput.read()).buffer);
  const actual = Buffer.from((await manyOutput.read()).buffer);
  expect(expected.some((byte) => byte !== 0)).toBe(true);
  return Array.from({ length: images }, (_, n) => actual.subarray(n * expected.length, (n + 1) * expected.length)).every((part) =>
    part.equals(expected),
  );
}

onEveryTarget((device, target) => {
  const images = imagesFor(target);
  describe.each(VARIANTS)('$dtype $layout: every image of a large batch comes out as it does alone', (variant) => {
    test('BlockWht2d', async () => {
      using layer = new BlockWht2d(device(), { height: SIDE, width: SIDE, ...variant });
      expect(await everyImageEqualsTheFirst(device(), images, variant, (x) => layer.forward(x))).toBe(true);
    });

    test('BlockWht1d', async () => {
      using layer = new BlockWht1d(device(), { inChannels: CHANNELS, ...variant });
      expect(await everyImageEqualsTheFirst(device(), images, variant, (x) => layer.forward(x))).toBe(true);
    });

    test('copy', async () => {
      expect(await everyImageEqualsTheFirst(device(), images, variant, (x) => copy(x))).toBe(true);
    });
  });
});
