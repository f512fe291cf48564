/** The tables that people read, in 100 columns. */
import { figure } from '../figures';
import { environmentLine, REPORT_COLUMNS } from '../report';
import { ruled, ruledTable } from '../ruled-table';
import { networkNotes } from './notes';
import { byKind } from './profile';
import type { MeasuredNetwork, NetworkComparison, NetworkRow, NetworksRun } from './schema';

const HEAD = ['Network', 'Variant', 'Batch', 'ms', 'p95', 'Images/s', 'Speed', 'Parameters', 'MACs', 'Memory'];
const WIDTHS = [16, 14, 5, 8, 8, 8, 7, 10, 7, 8];
const MEMORY_HEAD = ['Memory, MB', 'Variant', 'Batch', 'Process', 'less empty', 'Device', 'held', 'Plan', 'held/plan'];
const MEMORY_WIDTHS = [16, 14, 5, 9, 10, 9, 9, 9, 10];
const NOT_MEASURED = '–';

export function networksReport({ environment, comparisons }: Pick<NetworksRun, 'environment' | 'comparisons'>): string {
  const head = environmentLine(environment);
  if (comparisons.length === 0) return `${head}\n`;
  const measured = comparisons.filter(isMeasured);
  return [
    head,
    '',
    table(comparisons),
    '',
    ...(measured.length === 0 ? [] : [memoryTable(measured), '']),
    ...measured.flatMap((comparison) => (isProfiled(comparison) ? [profileTable(comparison), ''] : [])),
    ...networkNotes(environment, measured, REPORT_COLUMNS),
    '',
  ].join('\n');
}

function isMeasured(comparison: NetworkComparison): comparison is MeasuredNetwork {
  return !('error' in comparison);
}

function isProfiled({ rows }: MeasuredNetwork): boolean {
  return rows.some(({ profile }) => profile !== undefined);
}

function table(comparisons: readonly NetworkComparison[]): string {
  const rows = ruledTable(HEAD, WIDTHS, 2);
  for (const comparison of comparisons) {
    const { network, batch } = comparison;
    if ('error' in comparison) {
      rows.push([network, '', batch, { colSpan: HEAD.length - 3, content: `failed: ${comparison.error}` }]);
      continue;
    }
    rows.push([network, ...columns(comparison.rows.map((row) => [nameOf(row), String(batch), ...cells(row)]))]);
  }
  return ruled(rows, WIDTHS);
}

function cells({ medianMs, p95Ms, imagesPerSecond, speedRatio, parameters, macsPerImage, memory }: NetworkRow): string[] {
  const times = [figure(medianMs), figure(p95Ms), figure(imagesPerSecond), `${figure(speedRatio)}x`];
  return [...times, count(parameters.trainable), millions(macsPerImage), peak(memory)];
}

/** Lines of cells as one row, without rules between them: one network and batch are to be seen together. */
function columns(lines: readonly (readonly string[])[]): string[] {
  return (lines[0] ?? []).map((_, at) => lines.map((line) => line[at]).join('\n'));
}

/** The peer's rows are of the same network as the baseline's. */
export function nameOf({ variant, implementation }: NetworkRow): string {
  return implementation.startsWith('onnxruntime') ? 'onnxruntime' : variant;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function millions(macs: number): string {
  return `${figure(macs / 1e6)} M`;
}

function megabytes(bytes: number): string {
  return figure(bytes / 1e6);
}

function peak(memory: NetworkRow['memory']): string {
  return 'error' in memory ? NOT_MEASURED : `${megabytes(memory.peakResidentBytes)} MB`;
}

function memoryTable(comparisons: readonly MeasuredNetwork[]): string {
  const rows = ruledTable(MEMORY_HEAD, MEMORY_WIDTHS, 2);
  for (const { network, batch, rows: own, emptyProcessBytes } of comparisons) {
    rows.push([network, ...columns(own.map((row) => [nameOf(row), String(batch), ...memoryCells(row.memory, emptyProcessBytes)]))]);
  }
  return ruled(rows, MEMORY_WIDTHS);
}

function memoryCells(memory: NetworkRow['memory'], emptyProcessBytes: number | undefined): string[] {
  if ('error' in memory) return MEMORY_HEAD.slice(3).map(() => NOT_MEASURED);
  const { peakResidentBytes, device, plan } = memory;
  const shown = (bytes: number | undefined) => (bytes === undefined ? NOT_MEASURED : megabytes(bytes));
  const least = plan && plan.parameters + plan.widestPoint;
  return [
    megabytes(peakResidentBytes),
    shown(emptyProcessBytes === undefined ? undefined : peakResidentBytes - emptyProcessBytes),
    shown(device?.peakBytes),
    shown(device?.heldBytes),
    shown(least),
    device === undefined || least === undefined ? NOT_MEASURED : figure(device.heldBytes / least),
  ];
}

/** The baseline's kinds of layers and each variant's, side by side. */
function profileTable({ network, batch, rows }: MeasuredNetwork): string {
  const profiles = rows.flatMap((row) => (row.profile === undefined ? [] : [{ name: nameOf(row), kinds: byKind(row.profile) }]));
  const head = [`${network}, batch ${batch}`, ...profiles.map(({ name }) => `${name}, ms`)];
  const first = 30;
  const widths = [first, ...profiles.map(() => Math.floor((REPORT_COLUMNS - first) / profiles.length) - 1)];
  const lines = ruledTable(head, widths, 1);
  const kinds = [...new Set(profiles.flatMap((profile) => profile.kinds.map(({ kind }) => kind)))];
  const sums = profiles.map((profile) => profile.kinds.reduce((sum, { milliseconds }) => sum + milliseconds, 0));
  const timesOf = (kind: string) =>
    profiles.map((profile) => {
      const own = profile.kinds.find((each) => each.kind === kind);
      return own === undefined ? NOT_MEASURED : `${figure(own.milliseconds)} (${own.layers})`;
    });
  lines.push(columns(kinds.map((kind) => [kind, ...timesOf(kind)])), ['all layers', ...sums.map(figure)]);
  return ruled(lines, widths);
}
