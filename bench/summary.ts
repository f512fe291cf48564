import type { Measured, Measurement, Unavailable } from './schema';
import { median, percentile } from './statistics';

/** @param samples milliseconds */
export function measurement(
  { layer, implementation }: { layer: string; implementation: string },
  samples: readonly number[],
  extra: { memoryBytes?: number } = {},
): Measurement {
  return { layer, implementation, medianMs: median(samples), p95Ms: percentile(samples, 0.95), ...extra };
}

/** Sets the subject against the fastest of the baselines. */
export function summary(
  subject: Measurement,
  baselines: readonly Measurement[],
  unavailable: readonly Unavailable[],
  copyMs: number,
): Measured {
  const [baseline, ...slower] = [...baselines].sort((a, b) => a.medianMs - b.medianMs);
  if (baseline === undefined) throw new Error(unavailable[0]?.error ?? 'Expected a baseline, got none');
  return {
    baseline,
    subject,
    others: [...slower, ...unavailable],
    copyMs,
    speedRatio: baseline.medianMs / subject.medianMs,
    ...(baseline.memoryBytes !== undefined &&
      subject.memoryBytes !== undefined && { memoryReduction: 1 - subject.memoryBytes / baseline.memoryBytes }),
  };
}
