/** The tables that people read, in 100 columns. */
import type { ConvolutionAlgorithm, Dtype } from 'wht-layers';
import { figure, percent } from '../figures';
import { wrapped } from '../notes';
import { REPORT_COLUMNS } from '../report';
import { ruled, ruledTable } from '../ruled-table';
import { algorithmName } from './baseline';
import type {
  AlgorithmTable,
  GpuComparison,
  GpuComparisonResult,
  GpuEnvironment,
  GpuRun,
  KernelResult,
  KernelVariant,
  LatencyResult,
  Target,
} from './schema';
import { KERNEL_FAMILIES, KERNEL_VARIANTS } from './schema';
import { LEAST_OF_COPY } from './targets';

export const EMULATED = 'EMULATED: the CUDA backend ran on the CPU. The times below say nothing about any GPU.';

export function gpuReport({ environment, kernels, comparisons, algorithms, latency, targets }: GpuRun): string {
  return [
    gpuLine(environment),
    ...(environment.emulated === true ? ['', EMULATED] : []),
    ...(comparisons.length > 0 ? ['', comparisonTable(comparisons), '', ...comparisonNotes(comparisons)] : []),
    ...(algorithms.length > 0 ? ['', ...algorithmLines(algorithms)] : []),
    ...(kernels.length > 0 ? kernelTables(kernels) : []),
    ...(latency.length > 0 ? ['', latencyTable(latency)] : []),
    ...(targets.length > 0 ? ['', ...targetLines(targets)] : []),
    '',
  ].join('\n');
}

export function gpuLine({ board, gpu, computeCapability, memoryTotal, node, powerLimit, versions }: GpuEnvironment): string {
  return [
    ...(board === undefined ? [] : [board]),
    `${gpu} (compute capability ${computeCapability}, ${(memoryTotal / 2 ** 30).toFixed(0)} GiB)`,
    ...(powerLimit === undefined ? [] : [`${powerLimit.toFixed(0)} W`]),
    ...Object.entries(versions).map(([name, version]) => `${name} ${version}`),
    `Node ${node}`,
  ].join(', ');
}

// ---- comparisons ----

const COMPARISON_HEAD = ['Comparison', 'Baseline', 'ms', 'WHT ms', 'Speed-up', 'Target', 'x copy', 'Memory'];
const COMPARISON_WIDTHS = [23, 24, 8, 8, 8, 6, 6, 9];

function comparisonTable(comparisons: readonly GpuComparisonResult[]): string {
  const table = ruledTable(COMPARISON_HEAD, COMPARISON_WIDTHS, 2);
  for (const comparison of comparisons) {
    const { id, shape, dtype, tf32, layout } = comparison;
    const title = `${id}\n${shape.join('x')} ${layout}\n${dtype}${tf32 ? ' TF32' : ''}`;
    if ('error' in comparison) table.push([title, { colSpan: COMPARISON_HEAD.length - 1, content: `failed: ${comparison.error}` }]);
    else table.push([title, ...comparisonCells(comparison)]);
  }
  return ruled(table, COMPARISON_WIDTHS);
}

function comparisonCells({ baseline, subject, speedRatio, target, copyMs, memoryReduction }: GpuComparison): string[] {
  return [
    `${baseline.layer}\n${baseline.implementation}`,
    figure(baseline.medianMs),
    figure(subject.medianMs),
    `${figure(speedRatio)}x`,
    target === undefined ? '–' : `${target}x`,
    figure(subject.medianMs / copyMs),
    memoryReduction === undefined ? '–' : percent(-memoryReduction),
  ];
}

function comparisonNotes(comparisons: readonly GpuComparisonResult[]): string[] {
  const measured = comparisons.filter((comparison): comparison is GpuComparison => !('error' in comparison));
  if (measured.length === 0) return [];
  const unavailable = measured.flatMap(({ others }) =>
    others.flatMap((other) => ('error' in other ? [`${other.implementation} could not be tried: ${other.error}`] : [])),
  );
  return [
    "Medians on the device's own clock of many calls in a row, of sides that took turns, each going through as many inputs and outputs as no " +
      'cache holds. x copy: the WHT layer over a copy of the same bytes. The convolution keeps the number of channels; bias and ReLU are part of it. ' +
      'The baseline is the fastest that was found, in whatever layout. Memory: parameters, input, output and workspace, where Conv2d itself is the ' +
      'fastest.',
    ...new Set(unavailable),
  ].flatMap((note) => wrapped(note, REPORT_COLUMNS));
}

// ---- cuDNN's algorithms ----

const ALGORITHMS_SHOWN = 3;

function algorithmLines(tables: readonly AlgorithmTable[]): string[] {
  return [
    "cuDNN's algorithms (all of them are in the JSON):",
    ...tables
      .map(({ dtype, tf32, layout, shape, algorithms }) => {
        const ran = algorithms.filter(({ milliseconds }) => milliseconds !== undefined);
        const shown = ran.slice(0, ALGORITHMS_SHOWN).map((algorithm) => algorithmText(algorithm, layout));
        const failed = algorithms.length - ran.length;
        return (
          `${shape.join('x')} ${dtype}${tf32 ? ' TF32' : ''} ${layout}: ` +
          `${shown.length === 0 ? 'none ran' : shown.join('; ')}. ${ran.length} ran, ${failed} did not.`
        );
      })
      .flatMap((line) => wrapped(line, REPORT_COLUMNS)),
  ];
}

function algorithmText(algorithm: ConvolutionAlgorithm, tensors: AlgorithmTable['layout']): string {
  const { milliseconds = Number.NaN, workspace, chosen } = algorithm;
  const memory = workspace === 0 ? '' : `, workspace ${(workspace / 1e6).toFixed(1)} MB`;
  return `${algorithmName(algorithm, tensors)} ${figure(milliseconds)} ms${memory}${chosen ? ', which Conv2d uses' : ''}`;
}

// ---- kernels ----

const KERNEL_WIDTHS = [7, ...KERNEL_FAMILIES.map(() => 14)];

/** Rates by block size: those of a kernel that has none at a size are left out. */
function kernelTables(kernels: readonly KernelResult[]): string[] {
  const lines = [
    '',
    `Kernels: GB/s read and written, and the part of the rate of a copy of the same bytes; ! below ${LEAST_OF_COPY * 100} %.`,
  ];
  for (const dtype of ['float32', 'float16'] as const) {
    for (const variant of KERNEL_VARIANTS) {
      const some = kernels.filter((kernel) => kernel.dtype === dtype && kernel.variant === variant);
      if (some.length > 0) lines.push('', kernelTable(some, dtype, variant));
    }
  }
  return lines;
}

function kernelTable(kernels: readonly KernelResult[], dtype: Dtype, variant: KernelVariant): string {
  const families = KERNEL_FAMILIES.filter((family) => kernels.some((kernel) => kernel.family === family));
  const head = [`Points`, ...families];
  const widths = KERNEL_WIDTHS.slice(0, head.length);
  const title = `${dtype}, ${variant}`;
  const rows = [...new Set(kernels.map(({ points }) => points))]
    .sort((a, b) => a - b)
    .map((points) => {
      const cells = families.map((family) => cell(kernels.find((kernel) => kernel.family === family && kernel.points === points)));
      return [String(points), ...cells];
    });
  const failures = kernels.flatMap((kernel) =>
    'error' in kernel ? wrapped(`${kernel.family} ${kernel.points} failed: ${kernel.error}`, REPORT_COLUMNS) : [],
  );
  return [title, ...[head, ...rows].map((row) => columns(row, widths)), ...failures].join('\n');
}

function cell(kernel: KernelResult | undefined): string {
  if (kernel === undefined) return '–';
  if ('error' in kernel) return 'failed';
  // Written so that NaN is marked.
  const mark = kernel.ofCopy >= LEAST_OF_COPY ? '' : '!';
  return `${mark}${kernel.rate.toFixed(0)} ${(kernel.ofCopy * 100).toFixed(0)} %`;
}

/** Right-aligned; rows of numbers need no rules. */
function columns(cells: readonly string[], widths: readonly number[]): string {
  return cells.map((text, at) => text.padStart(widths[at] ?? 0)).join('');
}

// ---- latency ----

function latencyTable(latency: readonly LatencyResult[]): string {
  const widths = [12, 16, 10, 16, 16];
  const head = ['Layer', 'NHWC', 'dtype', 'round trip us', 'queued us'];
  const rows = latency.map(({ layer, shape, dtype, roundTripUs, queuedUs, error }) => [
    layer,
    shape.join('x'),
    dtype,
    ...(error === undefined ? [roundTripUs, queuedUs].map((value) => (value === undefined ? '–' : figure(value))) : [`failed: ${error}`]),
  ]);
  return ['Latency of small calls, for information', ...[head, ...rows].map((row) => columns(row, widths))].join('\n');
}

// ---- targets ----

const MISSES_SHOWN = 20;

export function targetLines(targets: readonly Target[]): string[] {
  return targets.flatMap(({ name, least, measured, count, met, missed }) => {
    const shown = (value: number) => (least < 1 ? `${(value * 100).toFixed(1)} %` : `${figure(value)}x`);
    const lowest = measured === undefined ? '' : `, lowest ${shown(measured)}`;
    const line = `${missed.length === 0 ? 'met' : 'MISSED'}: ${name}: at least ${shown(least)} in ${met} of ${count}${lowest}`;
    const rest = missed.length > MISSES_SHOWN ? [`    and ${missed.length - MISSES_SHOWN} more`] : [];
    return [...wrapped(line, REPORT_COLUMNS), ...missed.slice(0, MISSES_SHOWN).map((miss) => `    ${miss}`), ...rest];
  });
}
