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
  test('lets no two maps that are alive at once share a slot, and each fits its own', () => {
    fc.assert(
      fc.property(lifetimes, (all) => {
        const { slotOf, slots } = planMemory(all);
        for (const [at, one] of all.entries()) {
          expect(slots[slotOf[at] as number]).toBeGreaterThanOrEqual(one.elements);
          for (const [after, other] of all.slice(at + 1).entries()) {
            const together = one.first <= other.last && other.first <= one.last;
            if (together) expect(slotOf[at]).not.toBe(slotOf[at + 1 + after]);
          }
        }
      }),
    );
  });

  test('takes no less than the widest point, and no more than all maps', () => {
    fc.assert(
      fc.property(lifetimes, (all) => {
        const planned = planMemory(all).slots.reduce((sum, elements) => sum + elements, 0);
        expect(planned).toBeGreaterThanOrEqual(widestPoint(all));
        expect(planned).toBeLessThanOrEqual(all.reduce((sum, { elements }) => sum + elements, 0));
      }),
    );
  });

  test('of a chain of equal maps takes two slots', () => {
    const chain = Array.from({ length: 10 }, (_, step): Lifetime => ({ elements: 100, first: step, last: step + 1 }));
    expect(planMemory(chain).slots).toEqual([100, 100]);
    expect(widestPoint(chain)).toBe(200);
  });
});
