import type { Sampling } from './interleave';
import type { ComparisonId, MapShape, MeasuredComparison, PaperFigures, Protocol } from './schema';

/** How much is measured. */
export interface Effort {
  sampling: Sampling;
  /** Paper protocol: how many processes for each layer, and how many loops over the images in each. */
  processes: number;
  loops: number;
}

/** What a comparison is run with. */
export interface Session {
  /** For comparisons whose protocol does not fix it. */
  threads: number;
  effort: Effort;
  /** Aborted when the user interrupts. */
  signal: AbortSignal;
  /** Told the part of the comparison that is over; throws once `signal` is aborted. */
  advance(part: number): void;
}

export interface Comparison {
  readonly id: ComparisonId;
  readonly protocol: Protocol;
  readonly shape: MapShape;
  readonly paper?: PaperFigures;
  /** One thread where the protocol says so; otherwise the run's threads. */
  readonly threads?: number;
  measure(session: Session): Promise<Measured>;
}

/** The figures of a comparison, without what its description says already. */
export type Measured = Pick<MeasuredComparison, 'baseline' | 'subject' | 'others' | 'copyMs' | 'speedRatio' | 'memoryReduction'>;
