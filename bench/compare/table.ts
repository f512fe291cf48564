/** The tables of a comparison. */
import { figure } from '../figures';
import type { Interval } from '../jetson/schema';
import { ruled, ruledTable } from '../ruled-table';
import type { Account, Amount, ComparedMemory, ComparedRow, FailedPair, Pair, Timed, Verdict } from './schema';
import { ACCOUNTS } from './schema';
import { isMeasured, isSpoiled } from './summary';

/** What stands beside a title: columns whose lines belong together, or text across all of them. */
type Body = Line[] | string;
/** A label, A, B, B/A and what B is. */
type Line = [string, string, string, string, string];

const HEAD = ['Comparison', '', 'A', 'B', 'B/A', 'B is'];
const WIDTHS = [24, 11, 20, 20, 6, 14];

export function rowTable(rows: readonly (ComparedRow | FailedPair)[]): string {
  return table(
    HEAD,
    WIDTHS,
    rows.map((row) => {
      const { id, protocol, device, threads, dtype, layout, shape } = row;
      const on = threads === undefined ? '' : `, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
      const title = `${id}\n${protocol}, ${device}\n${dtype} ${layout}${on}\n${shape.join('x')}`;
      return isMeasured(row) ? [`${title}${isSpoiled(row) ? '\nspoiled, see below' : ''}`, lines(row)] : [title, failure(row)];
    }),
  );
}

/** No line of a figure is ever cut: where one is longer than its column, the table grows. */
function table(head: readonly string[], widths: readonly number[], rows: readonly [title: string, Body][]): string {
  const bodies = rows.map(([, body]) => body);
  const fitting = widths.map((width, column) =>
    Math.max(
      width,
      ...(column === 0
        ? rows.flatMap(([title]) => title.split(/\s/))
        : bodies.flatMap((body) => (typeof body === 'string' ? [] : body.map((line) => line[column - 1] ?? '')))
      ).map(({ length }) => length),
    ),
  );
  const made = ruledTable(head, fitting, 2);
  for (const [title, body] of rows) {
    made.push([title, ...(typeof body === 'string' ? [{ colSpan: head.length - 1, content: body }] : columns(body))]);
  }
  return ruled(made, fitting);
}

function columns(body: readonly Line[]): string[] {
  return (body[0] ?? []).map((_, column) => body.map((line) => line[column]).join('\n'));
}

/** Longer words would be cut. */
const LONGEST_WORD = 48;

function failure({ errorA, errorB }: Pick<FailedPair, 'errorA' | 'errorB'>): string {
  const of = (name: string, error: string | undefined) => (error === undefined ? `${name} was measured` : `${name} failed: ${error}`);
  return `${of('A', errorA)}\n${of('B', errorB)}`.replace(new RegExp(`\\S{${LONGEST_WORD}}(?=\\S)`, 'g'), '$& ');
}

function lines({ subject, baseline, speedRatio, subjectEnergy, baselineEnergy }: ComparedRow): Line[] {
  const energy = (label: string, value: Amount | undefined): Line[] =>
    value === undefined ? [] : [[label, figure(value.a), figure(value.b), change(value), value.verdict]];
  return [
    timedLine('WHT ms', subject, WORDS),
    timedLine('baseline ms', baseline, WORDS),
    timedLine('speed-up x', speedRatio, { ...WORDS, faster: 'higher', slower: 'lower' }),
    ...energy('WHT mJ', subjectEnergy),
    ...energy('baseline mJ', baselineEnergy),
  ];
}

const WORDS: Record<Verdict, string> = {
  same: 'same',
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

// ---- memory ----

const MEMORY_HEAD = ['Memory', '', 'A MB', 'B MB', 'B/A', 'B is'];
const MEMORY_WIDTHS = [55, 10, 10, 10, 6, 4];
/** As in the report of a run. */
const ACCOUNT_NAMES: Record<Account, string> = {
  layerBytes: '(a) layer',
  peakBytes: '(b) peak',
  ownPeakBytes: '(b) own',
  nvMapBytes: '(b) NvMap',
  pssBytes: 'PSS',
  availableFallBytes: '(c) system',
};

export function memoryTable(memory: readonly ComparedMemory[]): string {
  return table(
    MEMORY_HEAD,
    MEMORY_WIDTHS,
    memory.map(({ of, layer, implementationA, implementationB, errorA, errorB, accounts }) => {
      const implementation = implementationA === implementationB ? implementationA : `A ${implementationA}, B ${implementationB}`;
      const title = `${layer}, ${implementation}\n${of}`;
      if (errorA !== undefined || errorB !== undefined) {
        return [title, failure({ ...(errorA !== undefined && { errorA }), ...(errorB !== undefined && { errorB }) })];
      }
      const measured = ACCOUNTS.flatMap((account): Line[] => {
        const value = accounts[account];
        return value === undefined ? [] : [[ACCOUNT_NAMES[account], megabytes(value.a), megabytes(value.b), change(value), value.verdict]];
      });
      return [title, measured.length > 0 ? measured : 'no account in both'];
    }),
  );
}

/** Never "-0.0". */
const megabytes = (bytes: number) => ((Math.round(bytes / 1e5) || 0) / 10).toFixed(1);
