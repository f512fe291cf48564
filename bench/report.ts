/** The table that people read, in 100 columns. */
import Table from 'cli-table3';
import { figure, percent } from './figures';
import { notes } from './notes';
import type { BenchmarkRun, ComparisonResult, Environment, MeasuredComparison, Measurement } from './schema';

export const REPORT_COLUMNS = 100;

const HEAD = ['Comparison', 'Baseline', 'ms', 'WHT ms', 'Speed-up', 'Paper', 'x copy', 'Memory'];
const WIDTHS = [20, 21, 9, 9, 8, 7, 6, 11];
const TABLE_COLUMNS = WIDTHS.reduce((sum, width) => sum + width + 1, -1);
const NOT_MEASURED = '–';

export function report({ environment, comparisons }: BenchmarkRun): string {
  const head = environmentLine(environment);
  if (comparisons.length === 0) return `${head}\n`;
  return [head, '', table(comparisons), '', ...notes({ environment, comparisons }, REPORT_COLUMNS), ''].join('\n');
}

export function environmentLine({ board, cpu, simd, node, threads, versions }: Environment): string {
  return [
    ...(board === undefined ? [] : [board]),
    cpu,
    `${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    ...(simd === undefined ? [] : [simd]),
    `Node ${node}`,
    ...Object.entries(versions).map(([name, version]) => `${name} ${version}`),
  ].join(', ');
}

function table(comparisons: readonly ComparisonResult[]): string {
  const rows = new Table({
    head: HEAD,
    colWidths: WIDTHS,
    colAligns: ['left', 'left', ...HEAD.slice(2).map(() => 'right' as const)],
    wordWrap: true,
    // Rules between rows and nothing else: more lines say no more.
    chars: {
      ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
      ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
      ...{ left: '', right: '', middle: ' ', 'left-mid': '', 'right-mid': '', mid: '─', 'mid-mid': '─' },
    },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  for (const comparison of comparisons) {
    const title = `${comparison.id}\n${comparison.protocol}`;
    if ('error' in comparison) rows.push([title, { colSpan: HEAD.length - 1, content: `failed: ${comparison.error}` }]);
    else rows.push([title, ...cells(comparison)]);
  }
  // Below a cell that spans columns cli-table3 forgets the corners of a rule.
  return rows.toString().replace(/^─+$/gm, '─'.repeat(TABLE_COLUMNS)).replace(/ +$/gm, '');
}

function cells(comparison: MeasuredComparison): string[] {
  const { baseline, subject, speedRatio, copyMs, paper } = comparison;
  return [
    `${baseline.layer}\n${baseline.implementation}`,
    time(baseline),
    time(subject),
    `${figure(speedRatio)}x`,
    paper === undefined
      ? NOT_MEASURED
      : `${figure(paper.speedRatio)}x${paper.memoryReduction === undefined ? '' : `\n${percent(-paper.memoryReduction)}`}`,
    figure(subject.medianMs / copyMs),
    memory(comparison),
  ];
}

function time({ medianMs, p95Ms }: Measurement): string {
  return `${figure(medianMs)}\np95 ${figure(p95Ms)}`;
}

function memory({ baseline, subject, memoryReduction }: MeasuredComparison): string {
  if (memoryReduction === undefined || baseline.memoryBytes === undefined || subject.memoryBytes === undefined) return NOT_MEASURED;
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);
  return `${percent(-memoryReduction)}\n${megabytes(subject.memoryBytes)}/${megabytes(baseline.memoryBytes)} MB`;
}
