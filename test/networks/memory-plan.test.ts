import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Lifetime, planMemory, widestPoint } from '../../lib/networks/memory-plan';

const lifetimes = fc.array(
  fc
    .record({ elements: fc.integer({ min: 1, max: 1000 }), first: fc.nat(30), length: fc.nat(5) })
    .map(({ elements, first, length }): Lifetime => ({ elements, first, last: first + length })),
  { maxLength: 40 },
);

describe('planMemory', () => {
  test('lets no two maps that are alive at once overlap, and aligns each', () => {
    fc.assert(
      fc.property(lifetimes, fc.integer({ min: 1, max: 64 }), (all, alignment) => {
        const { offsets, elements } = planMemory(all, alignment);
        for (const [at, one] of all.entries()) {
          const begin = offsets[at] as number;
          const end = begin + one.elements;
          expect(begin % alignment).toBe(0);
          expect(end).toBeLessThanOrEqual(elements);
          for (const [after, other] of all.slice(at + 1).entries()) {
            const otherBegin = offsets[at + 1 + after] as number;
            const together = one.first <= other.last && other.first <= one.last;
            if (together) expect(otherBegin >= end || begin >= otherBegin + other.elements).toBe(true);
          }
        }
      }),
    );
  });

  test('takes no less than the widest point, and no more than all maps', () => {
    fc.assert(
      fc.property(lifetimes, (all) => {
        const { elements } = planMemory(all, 1);
        expect(elements).toBeGreaterThanOrEqual(widestPoint(all));
        expect(elements).toBeLessThanOrEqual(all.reduce((sum, lifetime) => sum + lifetime.elements, 0));
      }),
    );
  });

  test('of a chain of equal maps takes two', () => {
    const chain = Array.from({ length: 10 }, (_, step): Lifetime => ({ elements: 100, first: step, last: step + 1 }));
    expect(planMemory(chain, 4).elements).toBe(200);
    expect(widestPoint(chain)).toBe(200);
  });

  test('puts two small maps in the place of a large one', () => {
    const maps = [
      { elements: 64, first: 0, last: 1 },
      { elements: 32, first: 2, last: 3 },
      { elements: 32, first: 2, last: 3 },
    ];
    expect(planMemory(maps, 16)).toEqual({ offsets: [0, 0, 32], elements: 64 });
  });
});
