/** The example prepares images as torchvision's transforms for evaluation do. */
import { describe, expect, test } from 'vitest';
import { squares } from './golden/cases';
import { CIFAR10, decodeImage, IMAGENET, preprocess, resizeAndCrop } from './parts';

describe('resizes and crops as torchvision does, byte by byte', () => {
  test.each(squares)('$name', ({ name, png, shorterSide, size, square }) => {
    const got = resizeAndCrop(decodeImage(png, name), shorterSide, size);
    expect(Buffer.from(got).equals(square)).toBe(true);
  });

  test('at the cost of the square alone, however long the image is', () => {
    const image = { width: 3_000_000, height: 1, data: new Uint8Array(9_000_000).fill(77) };
    expect(new Set(resizeAndCrop(image, 256, 224))).toEqual(new Set([77]));
  });
});

describe('normalises', () => {
  const image = { width: 2, height: 2, data: Uint8Array.from([0, 51, 255, 0, 51, 255, 0, 51, 255, 0, 51, 255]) };

  test('with the mean and deviation of ImageNet', () => {
    const values = preprocess(image, { inputSize: 4, dataset: IMAGENET });
    expect(values.length).toBe(4 * 4 * 3);
    for (const [at, value] of values.entries()) {
      expect(value).toBeCloseTo([(0 - 0.485) / 0.229, (0.2 - 0.456) / 0.224, (1 - 0.406) / 0.225][at % 3] as number, 6);
    }
  });

  test('with those of CIFAR-10', () => {
    const values = preprocess(image, { inputSize: 2, dataset: CIFAR10 });
    for (const [at, value] of values.entries()) {
      expect(value).toBeCloseTo([(0 - 0.4914) / 0.2023, (0.2 - 0.4822) / 0.1994, (1 - 0.4465) / 0.201][at % 3] as number, 6);
    }
  });

  test.each([
    [224, IMAGENET, 256],
    [112, IMAGENET, 128],
    [32, CIFAR10, 32],
  ])('resizes for an input of %i', (inputSize, dataset, shorterSide) => {
    const slope = { width: 300, height: 280, data: Uint8Array.from({ length: 300 * 280 * 3 }, (_, at) => (at / 7) % 256) };
    const pixels = resizeAndCrop(slope, shorterSide, inputSize);
    const values = preprocess(slope, { inputSize, dataset });
    const expected = Float32Array.from(
      pixels,
      (value, at) => (value / 255 - (dataset.mean[at % 3] as number)) / (dataset.deviation[at % 3] as number),
    );
    expect(sameBits(values, expected)).toBe(true);
    expect(sameBits(preprocess(slope, { inputSize, dataset, resize: shorterSide + 9 }), expected)).toBe(false);
  });
});

function sameBits(a: Float32Array, b: Float32Array): boolean {
  return Buffer.from(a.buffer).equals(Buffer.from(b.buffer));
}
