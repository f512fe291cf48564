import type { ComparisonResult, MemoryAccounts, MemoryComparison, Side } from './schema';

export const ACCOUNTS = ['layerBytes', 'peakBytes', 'ownPeakBytes', 'availableFallBytes'] as const;
export type Account = (typeof ACCOUNTS)[number];

/**
 * Below it, the fall of MemAvailable says little: pages that a process gave back are kept for each core, where the next process takes them from without
 * a trace. Here (Linux 6.18) processes of 40 to 80 MB of their own changed it by -13 to +19 MB.
 */
const ROUGH_BYTES = 32e6;

/**
 * The baseline whose memory stands against the subject's: the one that was fastest, so that speed and memory are of one implementation. What a layer
 * itself takes is much the same in all; where the fastest does not tell it, that of one that does stands in.
 */
export function baselineAccounts(
  { baselines }: MemoryComparison,
  fastest: Pick<Side, 'layer' | 'implementation'> | undefined,
): MemoryAccounts | undefined {
  const told = baselines.filter((each): each is MemoryAccounts => !('error' in each));
  const chosen = told.find(({ layer, implementation }) => layer === fastest?.layer && implementation === fastest.implementation) ?? told[0];
  const layerBytes = chosen?.layerBytes ?? told.find((each) => each.layerBytes !== undefined)?.layerBytes;
  return chosen && { ...chosen, ...(layerBytes !== undefined && { layerBytes }) };
}

/** The part by which the subject's process differs, e.g. -0.2; undefined where one of both is not known. */
export function memoryChange(
  comparison: MemoryComparison,
  account: Account,
  fastest: Pick<Side, 'layer' | 'implementation'> | undefined,
): number | undefined {
  const { subject } = comparison;
  const baseline = baselineAccounts(comparison, fastest)?.[account];
  const own = 'error' in subject ? undefined : subject[account];
  if (baseline === undefined || own === undefined || baseline <= 0) return undefined;
  return account === 'availableFallBytes' && Math.min(own, baseline) < ROUGH_BYTES ? undefined : own / baseline - 1;
}

/** The baseline of the float32 row that asks the same; undefined where none was measured. */
export function fastestBaseline(rows: readonly ComparisonResult[], { id, device, protocol }: MemoryComparison): Side | undefined {
  for (const each of rows) {
    if (each.id === id && each.device === device && each.protocol === protocol && each.dtype === 'float32' && !('error' in each))
      return each.baseline;
  }
  return undefined;
}
