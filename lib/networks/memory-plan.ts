/** Which maps of a network may lie in the same memory. */

/** A map that is written by step `first` and read for the last time by step `last`. */
export interface Lifetime {
  elements: number;
  first: number;
  last: number;
}

export interface MemoryPlan {
  /** For each lifetime, the element at which it begins. */
  offsets: readonly number[];
  /** Elements of the memory that holds them all. */
  elements: number;
}

/**
 * Places the largest maps first, each in the smallest gap between those that are alive with it, else behind them all (Pisarchyk and Lee, Efficient
 * memory management for deep neural net inference, 2020).
 *
 * @param alignment elements; every offset is a multiple of it
 */
export function planMemory(lifetimes: readonly Lifetime[], alignment: number): MemoryPlan {
  const aligned = (elements: number) => Math.ceil(elements / alignment) * alignment;
  const placed: (Lifetime & { begin: number; end: number })[] = [];
  const offsets = new Array<number>(lifetimes.length).fill(0);
  const order = lifetimes.map((_, at) => at).sort((a, b) => (lifetimes[b] as Lifetime).elements - (lifetimes[a] as Lifetime).elements);
  for (const at of order) {
    const lifetime = lifetimes[at] as Lifetime;
    const size = aligned(lifetime.elements);
    let begin: number | undefined;
    let smallest = Number.POSITIVE_INFINITY;
    let behind = 0;
    for (const other of placed) {
      if (other.last < lifetime.first || lifetime.last < other.first) continue;
      const gap = other.begin - behind;
      if (gap >= size && gap < smallest) {
        smallest = gap;
        begin = behind;
      }
      behind = Math.max(behind, other.end);
    }
    begin ??= behind;
    offsets[at] = begin;
    placed.push({ ...lifetime, begin, end: begin + size });
    placed.sort((a, b) => a.begin - b.begin);
  }
  return { offsets, elements: Math.max(0, ...placed.map(({ end }) => end)) };
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
