/** How sure a median is. */
import type { Interval } from './schema';

/** Fewer values than this can't bound a median with 95 % confidence: all lie on one side of it too often. */
export const LEAST_ROUNDS = 6;

/**
 * The interval between two of the values in order that holds the true median with at least 95 % confidence, whatever their distribution: each of n independent
 * values lies below the median with probability 1/2, so that value k and value n + 1 − k enclose it with 1 − 2·P(binomial(n, 1/2) < k). Undefined for fewer than six.
 */
export function medianInterval(values: readonly number[]): Interval | undefined {
  const count = values.length;
  if (count < LEAST_ROUNDS) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  let probability = 0.5 ** count;
  let below = probability;
  let rank = 0;
  // Value `rank` (from 0) and its mirror image enclose the median unless fewer than rank + 1 values lie below it, or above it.
  while (2 * (below + (probability * (count - rank)) / (rank + 1)) <= 0.05) {
    probability *= (count - rank) / (rank + 1);
    below += probability;
    rank++;
  }
  return [sorted[rank] as number, sorted[count - 1 - rank] as number];
}
