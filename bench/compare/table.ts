/** The comparison that people read, in 100 columns. */
import { figure } from '../figures';
import type { Interval } from '../jetson/schema';
import { wrapped } from '../notes';
import { REPORT_COLUMNS } from '../report';
import { ruled, ruledTable } from '../ruled-table';
import { rowName } from './compare';
import type {
  Account,
  ComparedMemory,
  ComparedRow,
  Difference,
  FailedPair,
  Pair,
  RunComparison,
  RunSummary,
  Timed,
  Verdict,
} from './schema';
import { ACCOUNTS } from './schema';

export function comparisonReport(comparison: RunComparison): string {
  const { a, b, unlike, noted, rows, memory, onlyA, onlyB } = comparison;
  return [
    ...(unlike.length > 0
      ? ['UNLIKE RUNS: what follows may come from these differences, and not from wht-layers:', ...differenceLines(unlike), '']
      : []),
    ...bullets([runLine('A', a), runLine('B', b), ...(noted.length > 0 ? [`Also different: ${noted.map(inWords).join('; ')}.`] : [])]),
    '',
    ...(rows.length > 0 ? [rowTable(rows), ''] : ['The runs have no row in common.', '']),
    ...(memory.length > 0 ? [memoryTable(memory), ''] : []),
    ...only('A', onlyA),
    ...only('B', onlyB),
    ...bullets(notes(comparison)),
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

function only(name: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`Only ${name} has:`, ...bullets(items), ''];
}

// ---- times ----

const HEAD = ['Comparison', '', 'A', 'B', 'B/A', 'B is'];
const WIDTHS = [24, 11, 19, 19, 5, 17];

function rowTable(rows: readonly (ComparedRow | FailedPair)[]): string {
  const table = ruledTable(HEAD, WIDTHS, 2);
  for (const row of rows) {
    const { id, protocol, device, threads, dtype, layout, shape } = row;
    const on = threads === undefined ? '' : `, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
    const title = `${id}\n${protocol}, ${device}\n${dtype} ${layout}${on}\n${shape.join('x')}`;
    if ('subject' in row) table.push([`${title}${spoiled(row) ? '\nspoiled, see below' : ''}`, ...columns(lines(row))]);
    else table.push([title, { colSpan: HEAD.length - 1, content: failure(row) }]);
  }
  return ruled(table, WIDTHS);
}

const spoiled = ({ flagsA, flagsB }: ComparedRow) => flagsA.length + flagsB.length > 0;

function failure({ errorA, errorB }: Pick<FailedPair, 'errorA' | 'errorB'>): string {
  const of = (name: string, error: string | undefined) => (error === undefined ? `${name} was measured` : `${name} failed: ${error}`);
  return `${of('A', errorA)}\n${of('B', errorB)}`;
}

/** A label, A, B, B/A and what B is. */
type Line = [string, string, string, string, string];

function lines({ subject, baseline, speedRatio, subjectEnergy, baselineEnergy }: ComparedRow): Line[] {
  const energy = (label: string, value: Pair | undefined): Line[] =>
    value === undefined ? [] : [[label, figure(value.a), figure(value.b), change(value), '']];
  return [
    timedLine('WHT ms', subject, WORDS),
    timedLine('baseline ms', baseline, WORDS),
    timedLine('speed-up x', speedRatio, { ...WORDS, faster: 'higher', slower: 'lower' }),
    ...energy('WHT mJ', subjectEnergy),
    ...energy('baseline mJ', baselineEnergy),
  ];
}

const WORDS: Record<Verdict, string> = {
  same: 'same within noise',
  faster: 'faster',
  slower: 'slower',
  'not known': 'not known',
  'other baseline': 'other baseline',
};

function timedLine(label: string, value: Timed, words: Record<Verdict, string>): Line {
  const { a, b, intervalA, intervalB } = value;
  return [label, withInterval(a, intervalA), withInterval(b, intervalB), change(value), words[value.verdict]];
}

function withInterval(value: number, interval: Interval | undefined): string {
  return interval === undefined ? figure(value) : `${figure(value)} [${interval.map(figure).join('–')}]`;
}

const change = (value: Pair) => (value.change === undefined ? '–' : figure(value.change));

function columns(table: readonly (readonly string[])[]): string[] {
  return (table[0] ?? []).map((_, column) => table.map((line) => line[column]).join('\n'));
}

// ---- memory ----

const MEMORY_HEAD = ['Memory', '', 'A MB', 'B MB', 'B/A'];
const MEMORY_WIDTHS = [47, 20, 10, 10, 5];
const ACCOUNT_NAMES: Record<Account, string> = {
  layerBytes: 'the layer itself',
  peakBytes: 'peak',
  ownPeakBytes: 'peak, own libraries',
  nvMapBytes: "the GPU's part",
  pssBytes: 'proportional set',
  availableFallBytes: 'fall of available',
};

function memoryTable(memory: readonly ComparedMemory[]): string {
  const table = ruledTable(MEMORY_HEAD, MEMORY_WIDTHS, 2);
  for (const { of, layer, implementationA, implementationB, errorA, errorB, accounts } of memory) {
    const implementation = implementationA === implementationB ? implementationA : `A ${implementationA}, B ${implementationB}`;
    const title = `${layer}, ${implementation}\n${of}`;
    const measured = ACCOUNTS.flatMap((account) => {
      const value = accounts[account];
      return value === undefined ? [] : [[ACCOUNT_NAMES[account], megabytes(value.a), megabytes(value.b), change(value)]];
    });
    if (errorA !== undefined || errorB !== undefined) {
      table.push([title, { colSpan: MEMORY_HEAD.length - 1, content: failure({ ...(errorA && { errorA }), ...(errorB && { errorB }) }) }]);
    } else {
      table.push([title, ...(measured.length > 0 ? columns(measured) : ['no account in both', '', '', ''])]);
    }
  }
  return ruled(table, MEMORY_WIDTHS);
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

// ---- notes ----

function notes({ rows, memory }: RunComparison): string[] {
  const compared = rows.filter((row): row is ComparedRow => 'subject' in row);
  const judged = compared.flatMap(({ subject, baseline, speedRatio }) => [subject.verdict, baseline.verdict, speedRatio.verdict]);
  return [
    ...(compared.length > 0
      ? [
          'ms: medians of one call, with the interval that holds the true one with 95 % confidence. B is the same within noise where the intervals ' +
            'overlap. Speed-up: baseline over WHT layer. B/A: B over A, so that times below 1 are faster.',
        ]
      : []),
    ...(judged.includes('not known')
      ? ['not known: a run has too few rounds for an interval, or took the figure from a library that tells none.']
      : []),
    ...compared.flatMap(otherBaseline),
    ...compared.flatMap((row) => [...flags('A', row, row.flagsA), ...flags('B', row, row.flagsB)]),
    ...(compared.some(({ subjectEnergy, baselineEnergy }) => subjectEnergy ?? baselineEnergy)
      ? ["mJ: the whole rail's millijoule an image."]
      : []),
    ...(memory.length > 0
      ? [
          'Memory, 10^6 bytes, each layer in a fresh process. peak: with every library loaded; own libraries: with those that the layer needs.',
        ]
      : []),
  ];
}

function otherBaseline(row: ComparedRow): string[] {
  const { baseline } = row;
  if (baseline.verdict !== 'other baseline') return [];
  return [
    `other baseline: the fastest in ${rowName(row)} was ${baseline.implementationA} in A, ${baseline.implementationB} in B; only the WHT layer's times can be compared.`,
  ];
}

function flags(name: string, row: ComparedRow, flags: readonly string[]): string[] {
  return flags.length === 0 ? [] : [`SPOILED in ${name}: ${rowName(row)}: ${flags.join('; ')}.`];
}
