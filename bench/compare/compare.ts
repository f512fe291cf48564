/** Sets two runs side by side. */
import type { ComparisonResult, Interval, JetsonRun, MeasuredRow, MemoryAccounts, MemoryComparison, Side } from '../jetson/schema';
import type { Unavailable } from '../schema';
import { differences } from './conditions';
import {
  ACCOUNTS,
  type ComparedMemory,
  type ComparedRow,
  type FailedPair,
  type Pair,
  type RowKey,
  type RunComparison,
  type Timed,
} from './schema';

export interface NamedRun {
  file: string;
  run: JetsonRun;
}

export function compareRuns(a: NamedRun, b: NamedRun): RunComparison {
  const rows = paired(a.run.comparisons, b.run.comparisons, rowName);
  const memory = paired(a.run.memory.flatMap(layersOf), b.run.memory.flatMap(layersOf), layerName);
  return {
    schema: 1,
    harness: 'jetson-comparison',
    a: summary(a),
    b: summary(b),
    ...differences(a.run, b.run),
    rows: rows.both.map(([rowA, rowB]) => comparedRow(rowA, rowB)),
    memory: memory.both.map(([layerA, layerB]) => comparedMemory(layerA, layerB)),
    onlyA: [...rows.onlyA.map(describeRow), ...memory.onlyA.map((layer) => `memory of ${layerName(layer)}`)],
    onlyB: [...rows.onlyB.map(describeRow), ...memory.onlyB.map((layer) => `memory of ${layerName(layer)}`)],
  };
}

function summary({ file, run: { started, seconds, environment } }: NamedRun): RunComparison['a'] {
  const version = environment.versions['wht-layers'];
  return {
    ...{ file, started, seconds },
    ...(version !== undefined && { version }),
    machine: machine(environment),
  };
}

function machine({ board: { model }, recorded, cpu, gpu, emulated }: JetsonRun['environment']): string {
  return [
    ...(model === undefined ? [] : [recorded === undefined ? model : `RECORDED ${model} (every time is of this CPU)`]),
    cpu,
    ...(gpu === undefined ? [] : [emulated ? `EMULATED ${gpu} (no time of cuda says anything)` : gpu]),
  ].join(', ');
}

/** Items of two lists by their names, in the order of the first; those of one name in turn. */
function paired<T>(listA: readonly T[], listB: readonly T[], nameOf: (item: T) => string) {
  const waiting = new Map<string, T[]>();
  for (const item of listB) waiting.set(nameOf(item), [...(waiting.get(nameOf(item)) ?? []), item]);
  const both: [T, T][] = [];
  const onlyA: T[] = [];
  for (const item of listA) {
    const other = waiting.get(nameOf(item))?.shift();
    if (other === undefined) onlyA.push(item);
    else both.push([item, other]);
  }
  const left = new Set([...waiting.values()].flat());
  return { both, onlyA, onlyB: listB.filter((item) => left.has(item)) };
}

/** What makes rows of two runs the same. */
export function rowName({ id, protocol, device, threads, dtype, layout, shape }: RowKey): string {
  const on = threads === undefined ? device : `${device} (${threads} ${threads === 1 ? 'thread' : 'threads'})`;
  return `${id}, ${protocol}, ${on}, ${dtype} ${layout} ${shape.join('x')}`;
}

function describeRow(row: ComparisonResult): string {
  return 'error' in row ? `${rowName(row)} (failed: ${row.error})` : rowName(row);
}

function comparedRow(a: ComparisonResult, b: ComparisonResult): ComparedRow | FailedPair {
  const { id, protocol, device, threads, dtype, layout, shape } = a;
  const key: RowKey = { id, protocol, device, ...(threads !== undefined && { threads }), dtype, layout, shape };
  if ('error' in a || 'error' in b) return { ...key, ...('error' in a && { errorA: a.error }), ...('error' in b && { errorB: b.error }) };
  return { ...key, ...comparedFigures(a, b) };
}

function comparedFigures(a: MeasuredRow, b: MeasuredRow): Omit<ComparedRow, keyof RowKey> {
  const sameBaseline = a.baseline.implementation === b.baseline.implementation && a.baseline.layer === b.baseline.layer;
  const subjectEnergy = energy(a.subject, b.subject);
  const baselineEnergy = energy(a.baseline, b.baseline);
  return {
    subject: times(a.subject, b.subject),
    baseline: {
      ...judged(times(a.baseline, b.baseline), sameBaseline),
      implementationA: nameOf(a.baseline),
      implementationB: nameOf(b.baseline),
    },
    speedRatio: judged(timed(a.speedRatio, b.speedRatio, a.speedRatioInterval, b.speedRatioInterval, 'more'), sameBaseline),
    ...(subjectEnergy && { subjectEnergy }),
    ...(sameBaseline && baselineEnergy && { baselineEnergy }),
    flagsA: a.flags,
    flagsB: b.flags,
  };
}

const nameOf = ({ layer, implementation }: Pick<Side, 'layer' | 'implementation'>) => `${layer} (${implementation})`;
const pair = (a: number, b: number): Pair => ({ a, b, ...(a > 0 && { change: b / a }) });
const judged = (value: Timed, sameBaseline: boolean): Timed => (sameBaseline ? value : { ...value, verdict: 'other baseline' });

function times(a: Side, b: Side): Timed {
  return timed(a.medianMs, b.medianMs, a.medianInterval, b.medianInterval, 'less');
}

/** @param faster whether more or less of it is faster */
function timed(a: number, b: number, intervalA: Interval | undefined, intervalB: Interval | undefined, faster: 'more' | 'less'): Timed {
  return {
    ...pair(a, b),
    ...(intervalA && { intervalA }),
    ...(intervalB && { intervalB }),
    verdict: verdict(intervalA, intervalB, faster),
  };
}

function verdict(a: Interval | undefined, b: Interval | undefined, faster: 'more' | 'less'): Timed['verdict'] {
  if (a === undefined || b === undefined) return 'not known';
  if (a[0] <= b[1] && b[0] <= a[1]) return 'same';
  return b[0] > a[1] === (faster === 'more') ? 'faster' : 'slower';
}

/** Other rails measure other parts of a board. */
function energy({ energy: a }: Side, { energy: b }: Side): Pair | undefined {
  return a === undefined || b === undefined || a.rail !== b.rail ? undefined : pair(a.perImageMj, b.perImageMj);
}

// ---- memory ----

interface MeasuredLayer {
  of: string;
  role: 'subject' | 'baseline';
  accounts: MemoryAccounts | Unavailable;
}

function layersOf({ id, protocol, device, shape, subject, baselines }: MemoryComparison): MeasuredLayer[] {
  const of = `${id}, ${protocol}, ${device}, ${shape.join('x')}`;
  return [{ of, role: 'subject', accounts: subject }, ...baselines.map((accounts) => ({ of, role: 'baseline' as const, accounts }))];
}

/** An implementation goes by its first word: what follows are versions and instruction sets. */
function layerName({ of, role, accounts: { layer, implementation } }: MeasuredLayer): string {
  return role === 'subject' ? `${layer}: ${of}` : `${layer} (${implementation.split(' ')[0]}): ${of}`;
}

function comparedMemory({ of, accounts: a }: MeasuredLayer, { accounts: b }: MeasuredLayer): ComparedMemory {
  return {
    ...{ of, layer: a.layer, implementationA: a.implementation, implementationB: b.implementation },
    ...('error' in a && { errorA: a.error }),
    ...('error' in b && { errorB: b.error }),
    accounts: Object.fromEntries(
      ACCOUNTS.flatMap((account) => {
        const [ofA, ofB] = [a, b].map((each) => ('error' in each ? undefined : each[account]));
        return ofA === undefined || ofB === undefined ? [] : [[account, pair(ofA, ofB)]];
      }),
    ),
  };
}
