import { describe, expect, test } from 'vitest';
import { add, type Tensor } from '../../lib/index';
import { everyOperation, inPlaceOperations } from './every-operation';
import { upload } from './layer-case';
import { samples } from './samples';
import { onEveryTarget, onEveryVariant } from './targets';

/** The values as bits, in which −0 differs from 0 and a NaN equals itself. */
async function bitsOf(tensor: Tensor): Promise<Uint32Array> {
  const values = await tensor.read();
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

onEveryTarget((device) =>
  onEveryVariant((variant) => {
    describe('writes the same bits to its input as to a new tensor', () => {
      for (const { name, x, isMap, run } of inPlaceOperations(2))
        test(name, async () => {
          using input = upload(device(), x, variant, isMap);
          using fresh = run(input);
          const expected = await bitsOf(fresh);
          expect(run(input, input)).toBe(input);
          expect(await bitsOf(input)).toEqual(expected);
        });
    });

    describe('writes the same bits to a given tensor, whatever it held, and leaves its input alone', () => {
      for (const { name, x, isMap, run } of everyOperation(2))
        test(name, async () => {
          using input = upload(device(), x, variant, isMap);
          const before = await bitsOf(input);
          using fresh = run(input);
          using given = device().tensor(new Float32Array(fresh.size).fill(Number.NaN), fresh.shape, variant);
          expect(run(input, given)).toBe(given);
          expect(await bitsOf(given)).toEqual(await bitsOf(fresh));
          expect(await bitsOf(input)).toEqual(before);
        });
    });

    test('a second operand may be written to as well', async () => {
      const shape = [2, 3, 3, 5];
      using a = upload(device(), samples(shape), variant, true);
      using b = upload(device(), samples(shape, 2), variant, true);
      using fresh = add(a, b);
      const expected = await bitsOf(fresh);
      add(a, b, { out: b });
      expect(await bitsOf(b)).toEqual(expected);
    });
  }),
);
