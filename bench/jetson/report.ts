/** The page that people read on the terminal, in 100 columns. */
import { figure } from '../figures';
import { wrapped } from '../notes';
import { REPORT_COLUMNS } from '../report';
import { ruled, ruledTable } from '../ruled-table';
import { energyPair } from './energy-pair';
import { headline } from './headline';
import { machineLines } from './machine-lines';
import { memoryTable } from './memory-table';
import { runNotes } from './run-notes';
import type { ComparisonResult, Interval, JetsonRun, MeasuredRow, Protocol } from './schema';
import { PROTOCOLS } from './schema';
import { TITLES, titleOf } from './titles';

const NOT_MEASURED = '–';

export function jetsonReport(run: JetsonRun): string {
  const sections = PROTOCOLS.flatMap((protocol) => {
    const rows = run.comparisons.filter((each) => each.protocol === protocol);
    return rows.length === 0 ? [] : ['', PROTOCOL_TITLES[protocol], '', comparisonTable(rows, protocol, run.copies)];
  });
  const energy = energyTable(run.comparisons);
  return [
    ...machineLines(run).flatMap((text) => folded(text)),
    ...headline(run).flatMap((text) => ['', ...folded(text)]),
    ...sections,
    ...(run.memory.length > 0 ? ['', MEMORY_TITLE, '', memoryTable(run.memory)] : []),
    ...(energy === '' ? [] : ['', 'Energy of the whole board for each image', '', energy]),
    '',
    ...runNotes(run).flatMap((note) => wrapped(note, REPORT_COLUMNS)),
    '',
  ].join('\n');
}

const PROTOCOL_TITLES: Record<Protocol, string> = {
  paper: "The paper's protocol: CPU, one thread, one image a call, input set, output got; times of one image",
  throughput: 'Layers alone: the whole batch in one call, input and output on the device; times of one batch',
  copies: 'End to end with copies: from and to plain arrays; times of one batch',
  'host-visible': 'End to end in memory that CPU and device share: written and read in place; times of one batch',
};

const MEMORY_TITLE = 'Memory, each layer in fresh processes: change against the leanest baseline, MB of layer/baseline';

const HEAD = ['', 'Fastest baseline', 'ms', 'WHT ms', 'WHT p90', 'images/s', 'Speed-up', '95 %'];
const WIDTHS = [13, 19, 6, 6, 7, 8, 8, 11];

interface LastColumn {
  head: string;
  /** Undefined where it was not measured. */
  cell(row: MeasuredRow, copies: JetsonRun['copies']): string | undefined;
}

const PAPER: LastColumn = { head: 'Paper', cell: ({ paper }) => paper && `${figure(paper.speedRatio)}x` };

const OF_COPY: LastColumn = {
  head: 'x copy',
  cell: ({ subject, copyMs }) => (copyMs === undefined ? undefined : figure(subject.medianMs / copyMs)),
};

const OF_FLOOR: LastColumn = {
  head: 'x floor',
  cell({ subject, device }, copies) {
    const rate = copies.find((copy) => copy.device === device)?.gigabytesPerSecond;
    // 10^9 bytes a second are 10^6 a millisecond.
    return rate === undefined ? undefined : figure(subject.medianMs / (subject.bytes / (rate * 1e6)));
  },
};

/** What stands beside the times of a protocol's rows. */
const LAST_COLUMNS: Record<Protocol, LastColumn[]> = {
  paper: [PAPER, OF_COPY],
  throughput: [OF_COPY, OF_FLOOR],
  copies: [OF_COPY],
  'host-visible': [OF_COPY],
};

function comparisonTable(rows: readonly ComparisonResult[], protocol: Protocol, copies: JetsonRun['copies']): string {
  const last = LAST_COLUMNS[protocol];
  const widths = [...WIDTHS, ...last.map(({ head }) => Math.max(6, head.length))];
  const table = ruledTable([...HEAD, ...last.map(({ head }) => head)], widths, 2);
  let title = '';
  for (const each of rows) {
    const ofRow = titleOf(each);
    if (ofRow !== title) table.push([{ colSpan: widths.length, content: ofRow }]);
    title = ofRow;
    const name = ` ${each.dtype} ${each.layout}`;
    if ('error' in each) table.push([name, { colSpan: widths.length - 1, content: `failed: ${each.error}` }]);
    else table.push([name, ...cells(each), ...last.map(({ cell }) => cell(each, copies) ?? NOT_MEASURED)]);
  }
  return headRuleOnly(ruled(table, widths));
}

/** Titles and indented rows tell apart what rules would. */
function headRuleOnly(table: string): string {
  const rule = /^─+$/;
  const lines = table.split('\n');
  const first = lines.findIndex((line) => rule.test(line));
  return lines.filter((line, at) => at === first || !rule.test(line)).join('\n');
}

function cells({ baseline, subject, speedRatio, speedRatioInterval, flags }: MeasuredRow): string[] {
  const { p90 } = subject.distribution;
  const undecided = speedRatioInterval !== undefined && speedRatioInterval[0] <= 1 && speedRatioInterval[1] >= 1;
  return [
    baseline.implementation,
    figure(baseline.medianMs),
    figure(subject.medianMs),
    p90 === undefined ? NOT_MEASURED : figure(p90),
    perSecond(subject.imagesPerSecond),
    `${figure(speedRatio)}x${undecided ? ' ?' : ''}${flags.length > 0 ? ' !' : ''}`,
    interval(speedRatioInterval),
  ];
}

function interval(value: Interval | undefined): string {
  return value === undefined ? NOT_MEASURED : value.map(figure).join('-');
}

function perSecond(value: number): string {
  return value >= 99.95 ? value.toFixed(0) : figure(value);
}

const ENERGY_HEAD = ['', 'Baseline', 'mJ', 'WHT mJ', 'Ratio', 'Rail'];
const ENERGY_WIDTHS = [30, 26, 9, 9, 8, 13];

/** Empty where no rail could be read. */
function energyTable(rows: readonly ComparisonResult[]): string {
  const table = ruledTable(ENERGY_HEAD, ENERGY_WIDTHS, 2);
  for (const each of rows) {
    const pair = 'error' in each ? undefined : energyPair(each);
    if (pair === undefined) continue;
    const [a, b] = [pair.baseline.energy, pair.subject.energy];
    table.push([
      `${TITLES[each.id]}\n  ${each.protocol}, ${each.dtype} ${each.layout}`,
      pair.baseline.implementation,
      figure(a.perImageMj),
      figure(b.perImageMj),
      `${figure(a.perImageMj / b.perImageMj)}x`,
      b.rail,
    ]);
  }
  return table.length === 0 ? '' : headRuleOnly(ruled(table, ENERGY_WIDTHS));
}

/** In lines of at most 100 columns. */
function folded(text: string): string[] {
  return wrapped(text, REPORT_COLUMNS).map((line) => line.slice(2));
}
