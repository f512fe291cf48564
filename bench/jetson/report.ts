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
import type { ComparisonResult, Interval, JetsonRun, Protocol, Side } from './schema';
import { PROTOCOLS } from './schema';
import { TITLES, titleOf } from './titles';

const NOT_MEASURED = '–';

export function jetsonReport(run: JetsonRun): string {
  const sections = PROTOCOLS.flatMap((protocol) => {
    const rows = run.comparisons.filter((each) => each.protocol === protocol);
    return rows.length === 0 ? [] : ['', PROTOCOL_TITLES[protocol], '', comparisonTable(rows, protocol)];
  });
  const energy = energyTable(run.comparisons);
  return [
    ...machineLines(run).flatMap((text) => folded(text)),
    ...headline(run).flatMap((text) => ['', ...folded(text)]),
    ...sections,
    ...(run.memory.length > 0 ? ['', MEMORY_TITLE, '', memoryTable(run)] : []),
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

const MEMORY_TITLE = 'Memory, each layer in fresh processes: change against the fastest baseline, and MB of layer/baseline';

const HEAD = ['', 'Fastest baseline', 'ms', 'WHT ms', 'p90', 'images/s', 'Speed-up', '95 %'];
const WIDTHS = [15, 23, 7, 7, 7, 8, 8, 11];
const LAST_WIDTH = 6;

function comparisonTable(rows: readonly ComparisonResult[], protocol: Protocol): string {
  const widths = [...WIDTHS, LAST_WIDTH];
  const table = ruledTable([...HEAD, protocol === 'paper' ? 'Paper' : 'x copy'], widths, 2);
  let title = '';
  for (const each of rows) {
    const ofRow = titleOf(each);
    if (ofRow !== title) table.push([{ colSpan: widths.length, content: ofRow }]);
    title = ofRow;
    const name = `  ${each.dtype} ${each.layout}`;
    if ('error' in each) table.push([name, { colSpan: widths.length - 1, content: `failed: ${each.error}` }]);
    else table.push([name, ...cells(each, protocol)]);
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

function cells(row: Extract<ComparisonResult, { subject: Side }>, protocol: Protocol): string[] {
  const { baseline, subject, speedRatio, speedRatioInterval, copyMs, paper, flags } = row;
  const mark = flags.length > 0 ? ' !' : '';
  return [
    baseline.implementation,
    figure(baseline.medianMs),
    figure(subject.medianMs),
    subject.distribution === undefined ? NOT_MEASURED : figure(subject.distribution.p90),
    perSecond(subject.imagesPerSecond),
    `${figure(speedRatio)}x${mark}`,
    interval(speedRatioInterval),
    protocol === 'paper'
      ? paper === undefined
        ? NOT_MEASURED
        : `${figure(paper.speedRatio)}x`
      : copyMs === undefined
        ? NOT_MEASURED
        : figure(subject.medianMs / copyMs),
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
