/** From samples to the rows of the report. */
import type { Unavailable } from '../schema';
import { median, percentile } from '../statistics';
import { medianInterval } from './confidence';
import type { Contestant } from './contest';
import type { ComparisonResult, Distribution, Interval, RowHeader, Side } from './schema';

/** What is known of a group of rows beside the samples. */
export interface GroupFindings {
  /** The subject's, of any protocol and layout; a copy stands beside each. */
  subjects: readonly Contestant[];
  baselines: readonly Contestant[];
  unavailable: readonly Unavailable[];
  /** What spoils all figures of the group. */
  flags: readonly string[];
  /** Why none of its figures counts. */
  void?: string;
}

/** The row of one protocol and layout. */
export function row(header: RowHeader, findings: GroupFindings): ComparisonResult {
  const { protocol, layout } = header;
  const ofProtocol = findings.baselines.filter(({ key }) => key.protocol === protocol);
  const subject = findings.subjects.find(({ key }) => key.protocol === protocol && key.layout === layout && !key.copy);
  // A copy is the same bytes in any layout.
  const copy = findings.subjects.find(({ key }) => key.protocol === protocol && key.copy);
  if (findings.void !== undefined) return { ...header, error: `void: ${findings.void}` };
  if (subject === undefined || subject.failure !== undefined) return { ...header, error: subject?.failure ?? 'was not run' };
  const measured = sideOf(subject);
  if (measured === undefined) return { ...header, error: 'was interrupted' };

  const [baseline, ...slower] = fastestFirst(ofProtocol);
  const failed: Unavailable[] = [...ofProtocol.flatMap(failureOf), ...findings.unavailable];
  if (baseline === undefined) return { ...header, error: failed[0]?.error ?? 'no baseline was measured' };

  const ratios = ratiosOfRounds(baseline.contestant, subject);
  const interval = medianInterval(ratios);
  const copyMs = copy?.failure === undefined ? copy && sideOf(copy)?.medianMs : undefined;
  return {
    ...header,
    baseline: baseline.side,
    subject: measured,
    others: [...slower.map(({ side }) => side), ...failed],
    speedRatio: ratios.length > 0 ? median(ratios) : baseline.side.medianMs / measured.medianMs,
    ...(interval && { speedRatioInterval: interval }),
    ...(copyMs !== undefined && { copyMs }),
    flags: [...findings.flags, ...unsettled(subject), ...unsettled(baseline.contestant)],
  };
}

/** Those that were measured and have not failed. */
export function fastestFirst(contestants: readonly Contestant[]): { contestant: Contestant; side: Side }[] {
  const timed = contestants.flatMap((contestant) => {
    const side = contestant.failure === undefined ? sideOf(contestant) : undefined;
    return side === undefined ? [] : [{ contestant, side }];
  });
  return timed.sort((a, b) => a.side.medianMs - b.side.medianMs);
}

/** Undefined where no round was measured. */
export function sideOf({ facts, rounds, key }: Contestant): Side | undefined {
  const samples = rounds.flat();
  if (facts === undefined || samples.length === 0) return undefined;
  const { layer, implementation, images, operations, bytes, firstCallMs } = facts;
  // Of the rounds' medians: a round of fast calls has more samples than one of slow ones.
  const medians = roundMedians(rounds).map(([, value]) => value);
  const medianMs = median(medians);
  const interval = medianInterval(medians);
  return {
    layer,
    implementation,
    layout: key.layout,
    medianMs,
    ...(interval && { medianInterval: interval }),
    distribution: distribution(samples, medians.length),
    imagesPerSecond: (images / medianMs) * 1000,
    ...(firstCallMs !== undefined && { firstCallMs }),
    operations,
    bytes,
  };
}

/** With fewer samples these are the largest sample by another name. */
const LEAST_FOR_P90 = 10;
const LEAST_FOR_P99 = 100;

function distribution(samples: readonly number[], rounds: number): Distribution {
  const at = (fraction: number) => percentile(samples, fraction);
  return {
    samples: samples.length,
    rounds,
    ...{ min: at(0), p5: at(0.05), p25: at(0.25), p75: at(0.75), p95: at(0.95), max: at(1) },
    ...(samples.length >= LEAST_FOR_P90 && { p90: at(0.9) }),
    ...(samples.length >= LEAST_FOR_P99 && { p99: at(0.99) }),
  };
}

/** The median of each round that was measured, with its number. */
function roundMedians(rounds: readonly (readonly number[] | undefined)[]): [number, number][] {
  return [...rounds.entries()].flatMap(([round, samples]): [number, number][] =>
    samples === undefined || samples.length === 0 ? [] : [[round, median(samples)]],
  );
}

/** The baseline's median over the subject's in each round that both had: whatever slowed a whole round slowed both. */
export function ratiosOfRounds(baseline: Contestant, subject: Contestant): number[] {
  const baselines = new Map(roundMedians(baseline.rounds));
  return roundMedians(subject.rounds).flatMap(([round, value]) => {
    const other = baselines.get(round);
    return other === undefined ? [] : [other / value];
  });
}

function failureOf({ failure, facts, process, key }: Contestant): Unavailable[] {
  if (failure === undefined) return [];
  const { role, device, models } = process.task;
  const onnxruntime = role === 'onnxruntime';
  const layer = facts?.layer ?? (onnxruntime ? models[key.model ?? 0]?.name : undefined) ?? 'the baseline';
  const implementation = facts?.implementation ?? (onnxruntime ? role : `wht-layers ${device}`);
  return [{ layer: `${layer} ${key.layout}`, implementation, error: failure }];
}

function unsettled({ settled, facts }: Contestant): string[] {
  return settled === false ? [`${facts?.layer ?? 'a side'} had not settled when it was first timed`] : [];
}

/** Whether every row's ratio is known this well. */
export function precise(rows: readonly ComparisonResult[], precision: number): boolean {
  return rows.every((each) => 'error' in each || within(each.speedRatioInterval, precision));
}

function within(interval: Interval | undefined, precision: number): boolean {
  if (interval === undefined) return false;
  const [low, high] = interval;
  return (high - low) / (high + low) <= precision;
}
