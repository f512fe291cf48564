import type { Sampling } from './interleave';
import type { ComparisonId, MapShape, Measured } from './schema';

/** What a comparison is run with. */
export interface Session {
  threads: number;
  sampling: Sampling;
  /** Told the part of the comparison that is over; throws once the user has interrupted. */
  advance(part: number): void;
}

export interface Comparison {
  readonly id: ComparisonId;
  readonly shape: MapShape;
  measure(session: Session): Promise<Measured>;
}
