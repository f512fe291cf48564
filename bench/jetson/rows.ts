/** From samples to the rows of the report. */
import type { Layout } from 'wht-layers';
import { fastestAlgorithm } from '../gpu/baseline';
import type { AlgorithmTable } from '../gpu/schema';
import type { Unavailable } from '../schema';
import { median, percentile } from '../statistics';
import { medianInterval } from './confidence';
import type { Contestant } from './contest';
import type { ComparisonResult, Distribution, Interval, MeasuredRow, RowHeader, Side } from './schema';
import type { SideFacts } from './task';

/** What is known of a group of rows beside the samples. */
export interface GroupFindings {
  /** The subject's, of any protocol and layout; a copy stands beside each. */
  subjects: readonly Contestant[];
  baselines: readonly Contestant[];
  /** Of cuDNN's algorithms, in both layouts. */
  algorithms: readonly AlgorithmTable[];
  cudnn?: string;
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

  const timed = ofProtocol.flatMap((contestant) => {
    const side = contestant.failure === undefined ? sideOf(contestant) : undefined;
    return side === undefined ? [] : [{ side, contestant }];
  });
  const algorithm = protocol === 'throughput' ? algorithmSide(findings, ofProtocol) : undefined;
  const candidates: { side: Side; contestant?: Contestant }[] = [...timed, ...(algorithm === undefined ? [] : [{ side: algorithm }])];
  candidates.sort((a, b) => a.side.medianMs - b.side.medianMs);
  const [baseline, ...slower] = candidates;
  const failed: Unavailable[] = [...ofProtocol.flatMap(failureOf), ...findings.unavailable];
  if (baseline === undefined) return { ...header, error: failed[0]?.error ?? 'no baseline was measured' };

  const interval = baseline.contestant === undefined ? undefined : ratioInterval(baseline.contestant, subject);
  const copyMs = copy?.failure === undefined ? copy && sideOf(copy)?.medianMs : undefined;
  return {
    ...header,
    baseline: baseline.side,
    subject: measured,
    others: [...slower.map(({ side }) => side), ...failed],
    speedRatio: baseline.side.medianMs / measured.medianMs,
    ...(interval && { speedRatioInterval: interval }),
    ...(copyMs !== undefined && { copyMs }),
    flags: [...findings.flags, ...unsettled(subject), ...(baseline.contestant === undefined ? [] : unsettled(baseline.contestant))],
  };
}

/** Undefined where no round was measured. */
export function sideOf({ facts, rounds, key }: Contestant): Side | undefined {
  const samples = rounds.flat();
  if (facts === undefined || samples.length === 0) return undefined;
  const { layer, implementation, images, operations, bytes, firstCallMs } = facts;
  const medianMs = median(samples);
  const interval = medianInterval(roundMedians(rounds).map(([, value]) => value));
  return {
    layer,
    implementation,
    layout: key.layout,
    medianMs,
    ...(interval && { medianInterval: around(medianMs, interval) }),
    distribution: distribution(samples, roundMedians(rounds).length),
    imagesPerSecond: (images / medianMs) * 1000,
    ...(firstCallMs !== undefined && { firstCallMs }),
    operations,
    bytes,
  };
}

function distribution(samples: readonly number[], rounds: number): Distribution {
  const at = (fraction: number) => percentile(samples, fraction);
  return {
    samples: samples.length,
    rounds,
    ...{ min: at(0), p5: at(0.05), p25: at(0.25), p75: at(0.75), p90: at(0.9), p95: at(0.95), p99: at(0.99), max: at(1) },
  };
}

/** The median of each round that was measured, with its number. */
function roundMedians(rounds: readonly (readonly number[] | undefined)[]): [number, number][] {
  return [...rounds.entries()].flatMap(([round, samples]): [number, number][] =>
    samples === undefined || samples.length === 0 ? [] : [[round, median(samples)]],
  );
}

/**
 * From the ratios of each round's medians: whatever slowed a whole round slowed both sides. Undefined with too few rounds.
 */
export function ratioInterval(baseline: Contestant, subject: Contestant): Interval | undefined {
  const baselines = new Map(roundMedians(baseline.rounds));
  const ratios = roundMedians(subject.rounds).flatMap(([round, value]) => {
    const other = baselines.get(round);
    return other === undefined ? [] : [other / value];
  });
  const interval = medianInterval(ratios);
  const [a, b] = [sideOf(baseline), sideOf(subject)];
  return interval && a && b ? around(a.medianMs / b.medianMs, interval) : undefined;
}

/** The medians of all samples and of the rounds' medians differ a little; the interval is shown beside the former. */
function around(value: number, [low, high]: Interval): Interval {
  return [Math.min(low, value), Math.max(high, value)];
}

function algorithmSide({ algorithms, cudnn }: GroupFindings, baselines: readonly Contestant[]): Side | undefined {
  const facts = baselines.find((each) => each.facts !== undefined)?.facts;
  if (facts === undefined) return undefined;
  const fastest = fastestAlgorithm(algorithms, `cuDNN ${cudnn ?? ''}`.trim());
  if (fastest === undefined) return undefined;
  const { medianMs, implementation } = fastest;
  return {
    ...sideFacts(facts),
    implementation,
    layout: layoutOf(implementation),
    medianMs,
    imagesPerSecond: (facts.images / medianMs) * 1000,
  };
}

function sideFacts({ layer, operations, bytes }: SideFacts): Pick<Side, 'layer' | 'operations' | 'bytes'> {
  return { layer, operations, bytes };
}

function layoutOf(implementation: string): Layout {
  return implementation.includes('NCHW') ? 'NCHW' : 'NHWC';
}

function failureOf({ failure, facts, process, key }: Contestant): Unavailable[] {
  if (failure === undefined) return [];
  const { role, device } = process.task;
  const layer = facts?.layer ?? (role === 'onnxruntime' ? (process.task.models[key.model ?? 0]?.name ?? 'the baseline') : 'the baseline');
  return [
    {
      layer: `${layer} ${key.layout}`,
      implementation: facts?.implementation ?? (role === 'onnxruntime' ? role : `wht-layers ${device}`),
      error: failure,
    },
  ];
}

function unsettled({ settled, facts }: Contestant): string[] {
  return settled === false ? [`${facts?.layer ?? 'a side'} had not settled when it was first timed`] : [];
}

/** Whether every row's ratio is known this well. */
export function precise(rows: readonly ComparisonResult[], precision: number): boolean {
  return rows.every((each) => 'error' in each || within(each, precision));
}

function within({ speedRatioInterval }: MeasuredRow, precision: number): boolean {
  if (speedRatioInterval === undefined) return false;
  const [low, high] = speedRatioInterval;
  return (high - low) / (high + low) <= precision;
}
