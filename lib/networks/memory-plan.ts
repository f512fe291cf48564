/** Which maps of a network may lie in the same memory. */

/** A map that is written by step `first` and read for the last time by step `last`. */
export interface Lifetime {
  elements: number;
  first: number;
  last: number;
}

export interface MemoryPlan {
  /** For each lifetime, which slot it lies in. */
  slotOf: readonly number[];
  /** For each slot, how many elements it holds. */
  slots: readonly number[];
}

/**
 * Gives the largest maps their slots first: each takes the smallest slot that is large enough and free during its life, else a new one
 * (Pisarchyk and Lee, Efficient memory management for deep neural net inference, 2020).
 */
export function planMemory(lifetimes: readonly Lifetime[]): MemoryPlan {
  const slots: { elements: number; taken: Lifetime[] }[] = [];
  const slotOf = new Array<number>(lifetimes.length);
  const order = lifetimes.map((_, at) => at).sort((a, b) => (lifetimes[b] as Lifetime).elements - (lifetimes[a] as Lifetime).elements);
  for (const at of order) {
    const lifetime = lifetimes[at] as Lifetime;
    let best = -1;
    for (const [index, slot] of slots.entries()) {
      if (slot.taken.some((other) => other.first <= lifetime.last && lifetime.first <= other.last)) continue;
      if (best < 0 || slot.elements < (slots[best]?.elements as number)) best = index;
    }
    if (best < 0) best = slots.push({ elements: lifetime.elements, taken: [] }) - 1;
    slots[best]?.taken.push(lifetime);
    slotOf[at] = best;
  }
  return { slotOf, slots: slots.map(({ elements }) => elements) };
}

/** The largest sum of elements that are alive at once: what no plan can do without. */
export function widestPoint(lifetimes: readonly Lifetime[]): number {
  const steps = lifetimes.reduce((most, { last }) => Math.max(most, last + 1), 0);
  const alive = new Array<number>(steps).fill(0);
  for (const { elements, first, last } of lifetimes) {
    for (let step = first; step <= last; step++) alive[step] = (alive[step] as number) + elements;
  }
  return Math.max(0, ...alive);
}
