/** The memory of implementations, and what the paper's figure would be of it. */
import type { Unavailable } from '../../schema';
import { baselineAccounts, ROUGH_BYTES } from '../memory-change';
import type { MemoryAccounts, MemoryComparison } from '../schema';

export type Account = 'layerBytes' | 'peakBytes' | 'ownPeakBytes' | 'pssBytes' | 'availableFallBytes';

export const ACCOUNTS: Record<Account, { title: string; short: string }> = {
  peakBytes: { title: 'Peak of the process, every library loaded', short: 'Peak, all libraries' },
  ownPeakBytes: { title: 'Peak, only its own libraries loaded', short: 'Peak, own libraries' },
  layerBytes: { title: 'The layer’s own bytes', short: 'Layer’s own' },
  pssBytes: { title: 'Proportional set at the end', short: 'Proportional set' },
  availableFallBytes: { title: 'Fall of the system’s available memory', short: 'Fall of available' },
};

export const ACCOUNT_NAMES = Object.keys(ACCOUNTS) as Account[];

/** In the place of a figure that cannot be told from nothing. */
export function noiseOf(account: Account, bytes: number): string | undefined {
  return account === 'availableFallBytes' && bytes < ROUGH_BYTES ? `below ${ROUGH_BYTES / 1e6} MB: noise` : undefined;
}

export function isTold(side: MemoryAccounts | Unavailable): side is MemoryAccounts {
  return !('error' in side);
}

export interface PeakComparison {
  subject: MemoryAccounts & { peakBytes: number };
  baseline: MemoryAccounts & { peakBytes: number };
  /** The subject's over the baseline's, less one. */
  change: number;
}

/** By the account that is the paper's, against the baseline that takes the least. */
export function peakComparison(memory: MemoryComparison): PeakComparison | undefined {
  const baseline = baselineAccounts(memory);
  const { subject } = memory;
  if (!hasPeak(subject) || baseline === undefined || !hasPeak(baseline)) return undefined;
  return { subject, baseline, change: subject.peakBytes / baseline.peakBytes - 1 };
}

function hasPeak(side: MemoryAccounts | Unavailable): side is PeakComparison['subject'] {
  return isTold(side) && side.peakBytes !== undefined;
}
