/** Sets two runs side by side. */
import { isDeepStrictEqual } from 'node:util';
import type { ComparisonResult, JetsonRun, MeasuredRow, MemoryAccounts, MemoryComparison, Protocol, Side } from '../jetson/schema';
import type { Unavailable } from '../schema';
import { differences } from './conditions';
import {
  ACCOUNTS,
  type Amount,
  type ComparedMemory,
  type ComparedRow,
  type FailedPair,
  type RowKey,
  type RunComparison,
  type RunSummary,
  type Timed,
} from './schema';
import { energyAmount, memoryAmount, timed } from './verdict';

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
    ...(isDeepStrictEqual(a.run, b.run) && { sameRun: true }),
    ...differences(a.run, b.run),
    rows: rows.both.map(([rowA, rowB]) => comparedRow(rowA, rowB)),
    memory: memory.both.map(([layerA, layerB]) => comparedMemory(layerA, layerB)),
    onlyA: { rows: rows.onlyA.map(unmatched), memory: memory.onlyA.map(layerName) },
    onlyB: { rows: rows.onlyB.map(unmatched), memory: memory.onlyB.map(layerName) },
  };
}

function summary({ file, run: { started, seconds, quick, interrupted, environment } }: NamedRun): RunSummary {
  const { versions, emulated, loadAverage } = environment;
  const version = versions['wht-layers'];
  return {
    ...{ file, started, seconds, quick },
    ...(interrupted && { interrupted }),
    ...(version !== undefined && { version }),
    machine: machine(environment),
    ...(emulated && { emulated }),
    loadAverage,
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

/** Where a row ran. */
export function placeOf({ protocol, device, threads }: Pick<RowKey, 'protocol' | 'device' | 'threads'>): string {
  return `${protocol}, ${threads === undefined ? device : `${device} (${threads} ${threads === 1 ? 'thread' : 'threads'})`}`;
}

/** What makes rows of two runs the same. */
export function rowName(row: RowKey): string {
  return `${row.id}, ${placeOf(row)}, ${row.dtype} ${row.layout} ${row.shape.join('x')}`;
}

function keyOf({ id, protocol, device, threads, dtype, layout, shape }: RowKey): RowKey {
  return { id, protocol, device, ...(threads !== undefined && { threads }), dtype, layout, shape };
}

const unmatched = (row: ComparisonResult) => ({ ...keyOf(row), ...('error' in row && { error: row.error }) });

function comparedRow(a: ComparisonResult, b: ComparisonResult): ComparedRow | FailedPair {
  const key = keyOf(a);
  if ('error' in a || 'error' in b) return { ...key, ...('error' in a && { errorA: a.error }), ...('error' in b && { errorB: b.error }) };
  return { ...key, ...comparedFigures(a, b) };
}

function comparedFigures(a: MeasuredRow, b: MeasuredRow): Omit<ComparedRow, keyof RowKey> {
  const { protocol } = a;
  const sameBaseline = a.baseline.implementation === b.baseline.implementation && a.baseline.layer === b.baseline.layer;
  const judged = (value: Timed): Timed => (sameBaseline ? value : { ...value, verdict: 'other baseline' });
  const subjectEnergy = energy(a.subject, b.subject, protocol);
  const baselineEnergy = energy(a.baseline, b.baseline, protocol);
  return {
    subject: times(a.subject, b.subject, protocol),
    baseline: {
      ...judged(times(a.baseline, b.baseline, protocol)),
      implementationA: nameOf(a.baseline),
      implementationB: nameOf(b.baseline),
    },
    speedRatio: judged(timed(a.speedRatio, b.speedRatio, a.speedRatioInterval, b.speedRatioInterval, protocol, 'more')),
    ...(subjectEnergy && { subjectEnergy }),
    ...(sameBaseline && baselineEnergy && { baselineEnergy }),
    flagsA: a.flags,
    flagsB: b.flags,
  };
}

const nameOf = ({ layer, implementation }: Pick<Side, 'layer' | 'implementation'>) => `${layer} (${implementation})`;

function times(a: Side, b: Side, protocol: Protocol): Timed {
  return timed(a.medianMs, b.medianMs, a.medianInterval, b.medianInterval, protocol, 'less');
}

/** Other rails measure other parts of a board. */
function energy({ energy: a }: Side, { energy: b }: Side, protocol: Protocol): Amount | undefined {
  return a === undefined || b === undefined || a.rail !== b.rail ? undefined : energyAmount(a.perImageMj, b.perImageMj, protocol);
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
        return ofA === undefined || ofB === undefined ? [] : [[account, memoryAmount(account, ofA, ofB)]];
      }),
    ),
  };
}
