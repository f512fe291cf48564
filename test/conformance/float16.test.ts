import { describe, expect, test } from 'vitest';
import { generator } from './samples';
import { onEveryTarget } from './targets';

/** The value of 16 bits of IEEE 754 binary16. */
function halfOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The nearest float16, ties to even. */
function nearestHalf(value: number): number {
  if (!Number.isFinite(value) || value === 0) return value;
  const spacing = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(value))), -14) - 10);
  const steps = value / spacing;
  const below = Math.floor(steps);
  const odd = Math.abs(below) % 2 === 1;
  const rounded = (steps - below > 0.5 || (steps - below === 0.5 && odd) ? below + 1 : below) * spacing;
  return Math.abs(rounded) > 65504 ? Math.sign(value) * Number.POSITIVE_INFINITY : rounded || Math.sign(value) * 0;
}

const everyHalf = Float32Array.from({ length: 65536 }, (_, bits) => halfOf(bits));

onEveryTarget((device) => {
  const stored = async (values: Float32Array) => {
    using tensor = device().tensor(values, [values.length], { dtype: 'float16' });
    return tensor.read();
  };

  describe('float16 storage', () => {
    test('keeps every float16 as it is, subnormal ones, infinities, NaN and −0 among them', async () => {
      expect(await stored(everyHalf)).toEqual(everyHalf);
    });

    test('rounds halfway cases to even', async () => {
      const halfway = Float32Array.from({ length: 0x7bff }, (_, bits) => (halfOf(bits) + halfOf(bits + 1)) / 2);
      const both = Float32Array.of(...halfway, ...halfway.map((value) => -value));
      expect(await stored(both)).toEqual(both.map(nearestHalf));
    });

    test('rounds others to the nearest', async () => {
      const random = generator(7);
      const values = Float32Array.from({ length: 50000 }, () => (random() < 0.5 ? -1 : 1) * 2 ** (random() * 44 - 27));
      expect(await stored(values)).toEqual(values.map(nearestHalf));
    });

    test('overflows to infinity from halfway past the largest', async () => {
      const values = Float32Array.of(65504, 65519.99, 65520, 1e30, -65519.99, -65520);
      const infinite = Number.POSITIVE_INFINITY;
      expect(await stored(values)).toEqual(Float32Array.of(65504, 65504, infinite, infinite, -65504, -infinite));
    });

    test('takes half the bytes', () => {
      using tensor = device().zeros([1000], { dtype: 'float16' });
      expect(tensor.byteLength).toBe(2000);
    });

    test('shows its bits through view()', async () => {
      using tensor = device().tensor(Float32Array.of(1, -2, 65504, 2 ** -24, -0), [5], { dtype: 'float16', hostVisible: true });
      await device().synchronize();
      expect(tensor.view()).toEqual(Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000));
    });
  });
});
