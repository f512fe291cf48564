/** The table that people read, in 100 columns. */
import { figure, percent } from './figures';
import { notes } from './notes';
import { ruled, ruledTable } from './ruled-table';
import type { BenchmarkRun, ComparisonResult, Environment, MeasuredComparison, Measurement } from './schema';

export const REPORT_COLUMNS = 100;

const HEAD = ['Comparison', 'Baseline', 'ms', 'WHT ms', 'Speed-up', 'x copy', 'Memory'];
const WIDTHS = [24, 23, 9, 9, 8, 6, 11];
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
  const rows = ruledTable(HEAD, WIDTHS, 2);
  for (const comparison of comparisons) {
    const title = `${comparison.id}\n${comparison.shape.join('x')}`;
    if ('error' in comparison) rows.push([title, { colSpan: HEAD.length - 1, content: `failed: ${comparison.error}` }]);
    else rows.push([title, ...cells(comparison)]);
  }
  return ruled(rows, WIDTHS);
}

function cells(comparison: MeasuredComparison): string[] {
  const { baseline, subject, speedRatio, copyMs } = comparison;
  return [
    `${baseline.layer}\n${baseline.implementation}`,
    time(baseline),
    time(subject),
    `${figure(speedRatio)}x`,
    figure(subject.medianMs / copyMs),
    memory(comparison),
  ];
}

function time({ medianMs, p95Ms }: Measurement): string {
  return p95Ms === undefined ? figure(medianMs) : `${figure(medianMs)}\np95 ${figure(p95Ms)}`;
}

function memory({ baseline, subject, memoryReduction }: MeasuredComparison): string {
  if (memoryReduction === undefined || baseline.memoryBytes === undefined || subject.memoryBytes === undefined) return NOT_MEASURED;
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);
  return `${percent(-memoryReduction)}\n${megabytes(subject.memoryBytes)}/${megabytes(baseline.memoryBytes)} MB`;
}
