/** The example decodes files as Pillow does, lays what is transparent on white, and refuses broken files in one line. */
import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { imageCase, images } from './golden/cases';
import { decodeImage, exifOrientation } from './parts';
import { pngFile } from './png-file';

describe('decodes', () => {
  test.each(images)('$name', ({ name, file, width, height, rgb, tolerance }) => {
    const image = decodeImage(file, name);
    expect([image.width, image.height]).toEqual([width, height]);
    expect(image.data.length).toBe(rgb.length);
    expect(largestDifference(image.data, rgb)).toBeLessThanOrEqual(tolerance);
  });
});

describe('refuses', () => {
  const { file: jpeg } = imageCase('jpeg');
  const { file: png } = imageCase('png-rgb');

  test.each([
    ['an empty file', Buffer.alloc(0), /^Expected it to be a JPEG or PNG file, got an empty file$/],
    ['text', Buffer.from('hello\nworld'), /^Expected it to be a JPEG or PNG file, got one that begins with "hello\\nwo"$/],
    ['a JPEG cut short', jpeg.subarray(0, jpeg.length - 100), /^Expected it to be a whole JPEG file, got one that can't be decoded: /],
    ['a JPEG of its first bytes', jpeg.subarray(0, 3), /^Expected it to be a whole JPEG file/],
    ['a PNG cut short', png.subarray(0, png.length - 30), /^Expected it to be a whole PNG file, got one that can't be decoded: /],
    ['a PNG of its signature', png.subarray(0, 8), /^Expected it to be a whole PNG file/],
    ['a PNG with a flipped bit', flipped(png, 60), /^Expected it to be a whole PNG file/],
    [
      'a PNG of a few bytes and billions of pixels',
      pngFile(65_535, 65_535, deflateSync(Buffer.alloc(10))),
      /4295 megapixels are more than 100$/,
    ],
  ])('%s', (_, bytes, message) => {
    expect(() => decodeImage(bytes, 'it')).toThrow(message);
  });

  test('every JPEG and PNG that is cut off anywhere, or takes it whole', () => {
    for (const file of [jpeg, imageCase('jpeg-progressive').file, png]) {
      const whole = decodeImage(file, 'it');
      for (let length = 8; length < file.length; length += 7) {
        let cut: ReturnType<typeof decodeImage>;
        try {
          cut = decodeImage(file.subarray(0, length), 'it');
        } catch (error) {
          expect((error as Error).message).toMatch(/^Expected it to be a whole (JPEG|PNG) file, got one/);
          continue;
        }
        expect(cut).toEqual(whole);
      }
    }
  });
});

describe('the orientation', () => {
  test('is 1 where the Exif data is damaged', () => {
    expect(exifOrientation(Buffer.alloc(0))).toBe(1);
    expect(exifOrientation(Buffer.from('II*\0\xff\xff\xff\x7f', 'latin1'))).toBe(1);
    expect(exifOrientation(Buffer.from('MM\0*\0\0\0\x08\xff\xff', 'latin1'))).toBe(1);
  });

  test('is 1 where it is none of the eight', () => {
    const tiff = (value: number) =>
      Buffer.from(`MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0${String.fromCharCode(value)}\0\0`, 'latin1');
    expect([0, 1, 8, 9].map((value) => exifOrientation(tiff(value)))).toEqual([1, 1, 8, 1]);
  });
});

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] as number) ^ 0x10;
  return copy;
}

function largestDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((most, value, at) => Math.max(most, Math.abs(value - (b[at] as number))), 0);
}
