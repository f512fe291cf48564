import type { MemoryAccounts, MemoryComparison } from './schema';

export const ACCOUNTS = ['layerBytes', 'peakBytes', 'ownPeakBytes', 'availableFallBytes'] as const;
export type Account = (typeof ACCOUNTS)[number];

/**
 * Below it, the fall of MemAvailable says little: pages that a process gave back are kept for each core, where the next process takes them from without
 * a trace. Here (Linux 6.18) processes of 40 to 80 MB of their own changed it by -13 to +19 MB.
 */
export const ROUGH_BYTES = 32e6;

/**
 * The baseline whose memory stands against the subject's: the one whose process peaks lowest, fast or not. What a layer itself takes is much the same
 * in all; where that one does not tell it, one that does stands in.
 */
export function baselineAccounts({ baselines }: MemoryComparison): MemoryAccounts | undefined {
  const told = baselines.filter((each): each is MemoryAccounts => !('error' in each));
  const peak = ({ peakBytes = Number.POSITIVE_INFINITY }: MemoryAccounts) => peakBytes;
  const [leanest] = [...told].sort((a, b) => peak(a) - peak(b));
  const layerBytes = leanest?.layerBytes ?? told.find((each) => each.layerBytes !== undefined)?.layerBytes;
  return leanest && { ...leanest, ...(layerBytes !== undefined && { layerBytes }) };
}

/** The part by which the subject's process differs, e.g. -0.2; undefined where one of both is not known. */
export function memoryChange(comparison: MemoryComparison, account: Account): number | undefined {
  const { subject } = comparison;
  const baseline = baselineAccounts(comparison)?.[account];
  const own = 'error' in subject ? undefined : subject[account];
  if (baseline === undefined || own === undefined || baseline <= 0) return undefined;
  return account === 'availableFallBytes' && Math.min(own, baseline) < ROUGH_BYTES ? undefined : own / baseline - 1;
}
