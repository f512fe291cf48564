/** The comparison that people read, in 100 columns. */
import { wrapped } from '../notes';
import { REPORT_COLUMNS } from '../report';
import { placeOf, rowName } from './compare';
import { comparisonNotes } from './notes';
import type { Difference, Only, RunComparison, RunSummary } from './schema';
import { isWorthShowing, summaryLines } from './summary';
import { memoryTable, rowTable } from './table';
import { warnings } from './warnings';

/** @param all whether rows in which nothing differs are shown, too */
export function comparisonReport(comparison: RunComparison, all: boolean): string {
  const { a, b, sameRun, unlike, noted, onlyA, onlyB } = comparison;
  const runs = [runLine('A', a), runLine('B', b)];
  if (sameRun) return [...bullets([...runs, 'A and B are the same run: there is nothing to compare.']), ''].join('\n');
  const rows = comparison.rows.filter((row) => all || isWorthShowing(row));
  const memory = comparison.memory.filter((layer) => all || isWorthShowing(layer));
  const warned = warnings(comparison);
  const others = noted.filter((each) => !warned.some(({ what }) => what === each.what));
  return [
    ...(unlike.length > 0
      ? ['UNLIKE RUNS: what follows may come from these differences, and not from wht-layers:', ...differenceLines(unlike), '']
      : []),
    ...bullets([
      ...runs,
      ...summaryLines(comparison, all),
      ...warned.map(({ text }) => text),
      ...(others.length > 0 ? [`Also different: ${others.map(inWords).join('; ')}.`] : []),
    ]),
    '',
    ...(rows.length > 0 ? [rowTable(rows), ''] : []),
    ...(memory.length > 0 ? [memoryTable(memory), ''] : []),
    ...only('A', onlyA, all),
    ...only('B', onlyB, all),
    ...bullets(comparisonNotes(comparison, { rows, memory })),
    '',
  ].join('\n');
}

/** What is said to those who compare unlike runs. */
export function refusal(unlike: readonly Difference[]): string {
  return [
    'Expected runs under the same conditions, got these differences:',
    ...differenceLines(unlike),
    'Compare them nevertheless with --unlike.',
  ].join('\n');
}

const inWords = ({ what, a, b }: Difference) => `${what}: A ${a}, B ${b}`;
const bullets = (items: readonly string[]) => items.flatMap((item) => wrapped(item, REPORT_COLUMNS));
const differenceLines = (differences: readonly Difference[]) => bullets(differences.map(inWords));

function runLine(name: string, { file, started, version = 'of unknown version', machine }: RunSummary): string {
  return `${name}: ${file}, wht-layers ${version}, begun ${started.replace(/\.\d+Z$/, 'Z')}, ${machine}`;
}

// ---- what only one run has ----

/** More than this are counted, and not named. */
const MOST_NAMED = 4;

function only(name: string, { rows, memory }: Only, all: boolean): string[] {
  const count = rows.length + memory.length;
  if (count === 0) return [];
  const named = all || count <= MOST_NAMED;
  const items = named
    ? [...rows.map((row) => `${rowName(row)}${failed(row)}`), ...memory.map((layer) => `memory of ${layer}`)]
    : [...counted(rows), ...(memory.length > 0 ? [`memory of ${memory.length} ${memory.length === 1 ? 'layer' : 'layers'}`] : [])];
  return [`Only ${name} has${named ? '' : ' (--all names each)'}:`, ...bullets(items), ''];
}

const failed = ({ error }: Only['rows'][number]) => (error === undefined ? '' : ` (failed: ${error})`);

/** How many of which type, for each protocol. */
function counted(rows: Only['rows']): string[] {
  const groups = new Map<string, Map<string, number>>();
  for (const row of rows) {
    const place = placeOf(row);
    const types = groups.get(place) ?? new Map<string, number>();
    const type = `${row.dtype}${failed(row)}`;
    groups.set(place, types.set(type, (types.get(type) ?? 0) + 1));
  }
  return [...groups].map(([place, types]) => `${place}: ${[...types].map(([type, count]) => `${count} ${type}`).join(', ')}`);
}
