/** What `npm run bench:compare` writes with `--json`. What one of the runs does not have is absent. */
import type { Interval, JetsonRun, MemoryAccounts, RowHeader } from '../jetson/schema';

export interface RunComparison {
  schema: 1;
  harness: 'jetson-comparison';
  a: RunSummary;
  b: RunSummary;
  /** Both files hold one run: every figure is the same because of that. */
  sameRun?: true;
  /** What makes the runs unlike; empty, or --unlike was given. */
  unlike: Difference[];
  /** What else differs, and does not keep runs from being compared. */
  noted: Difference[];
  rows: (ComparedRow | FailedPair)[];
  memory: ComparedMemory[];
  /** What the other run does not have. */
  onlyA: Only;
  onlyB: Only;
}

export interface Only {
  rows: (RowKey & { error?: string })[];
  /** The layers whose memory was measured. */
  memory: string[];
}

export interface RunSummary extends Pick<JetsonRun, 'started' | 'seconds' | 'quick' | 'interrupted'> {
  file: string;
  /** Of wht-layers. */
  version?: string;
  /** The machine, in words. */
  machine: string;
  emulated?: true;
  /** One minute's, before the run. */
  loadAverage: number;
}

export interface Difference {
  what: string;
  /** "unknown" where the run does not say. */
  a: string;
  b: string;
}

export type RowKey = Pick<RowHeader, 'id' | 'protocol' | 'device' | 'threads' | 'dtype' | 'layout' | 'shape'>;

export interface ComparedRow extends RowKey {
  /** The WHT layer's time of one call, in milliseconds. */
  subject: Timed;
  baseline: Timed & { implementationA: string; implementationB: string };
  /** The baseline's time over the layer's. */
  speedRatio: Timed;
  /** Millijoule an image, where both runs measured it on the same rail. */
  subjectEnergy?: Amount;
  baselineEnergy?: Amount;
  /** What spoils the figures. */
  flagsA: string[];
  flagsB: string[];
}

/** A row that failed in at least one of the runs. */
export interface FailedPair extends RowKey {
  errorA?: string;
  errorB?: string;
}

export interface Pair {
  a: number;
  b: number;
  /** b over a; absent where a is 0, or where both are so small that their ratio is noise. */
  change?: number;
}

/** Of what has no interval: it must have changed by more than it does between runs of the same code; see verdict.ts. */
export interface Amount extends Pair {
  verdict: 'same' | 'more' | 'less';
}

export interface Timed extends Pair {
  intervalA?: Interval;
  intervalB?: Interval;
  verdict: Verdict;
}

/**
 * B beside A: of a time, less is faster; of a ratio, more.
 * - `same`: the intervals of 95 % confidence overlap, or the change is no larger than between runs of the same code; see verdict.ts
 * - `not known`: a run has no interval, since it had too few rounds
 * - `other baseline`: the fastest implementations found are two different ones, so that figures that hold them say nothing
 */
export type Verdict = 'same' | 'faster' | 'slower' | 'not known' | 'other baseline';

export const ACCOUNTS = ['layerBytes', 'peakBytes', 'ownPeakBytes', 'nvMapBytes', 'pssBytes', 'availableFallBytes'] as const;
export type Account = (typeof ACCOUNTS)[number];

export interface ComparedMemory extends Pick<MemoryAccounts, 'layer'> {
  /** Workload, protocol, device and shape. */
  of: string;
  implementationA: string;
  implementationB: string;
  errorA?: string;
  errorB?: string;
  /** Bytes, of the accounts that both have. */
  accounts: Partial<Record<Account, Amount>>;
}
