/** The table of projections, in 100 columns, of which no row can be taken for a measurement. */
import { figure } from '../../figures';
import { wrapped } from '../../notes';
import { REPORT_COLUMNS } from '../../report';
import { ruled, ruledTable } from '../../ruled-table';
import type { Interval, Projection } from '../schema';
import { nanoKernels } from './kernel-counts';
import { BANDWIDTH, CLOCK_HZ, CONVOLUTION_RATES, LANES, LOAD_STORE_LANES, WINOGRAD } from './nano';

const HEAD = ['Workload', 'Tensor', 'Kernel', 'Instr.', 'WHT ms', 'Conv. ms', 'Ratio'];
const WIDTHS = [19, 13, 28, 6, 12, 9, 7];
const NOT_KNOWN = '–';

/** Empty where there are no rows. */
export function projectionTable(rows: readonly Projection[]): string {
  if (rows.length === 0) return '';
  const table = ruledTable(HEAD, WIDTHS, 3);
  for (const { id, dtype, layout, shape, kernel, instructionsPerElement, subjectMs, bound, baselineMs, speedRatio } of rows) {
    table.push([
      `${id}\nprojection`,
      `${dtype} ${layout}\n${shape.join('x')}`,
      kernel,
      instructionsPerElement.toFixed(1),
      `${figure(subjectMs)}\n${bound}`,
      baselineMs === undefined ? NOT_KNOWN : between(baselineMs, figure),
      speedRatio === undefined ? NOT_KNOWN : between(speedRatio, twoDigits),
    ]);
  }
  return ['PROJECTION for a Jetson Nano: computed, not measured. No board took part.', '', ruled(table, WIDTHS), '', ...notes()].join('\n');
}

const between = ([low, high]: Interval, shown: (value: number) => string) => `${shown(low)}–${shown(high)}`;
/** More would promise what a projection does not hold. */
const twoDigits = (value: number) => value.toFixed(value >= 9.95 ? 0 : 1);
const billions = (value: number) => Number((value / 1e9).toFixed(1));

function notes(): string[] {
  const { cuda, command } = nanoKernels();
  const rates = (dtype: 'float32' | 'float16') => CONVOLUTION_RATES[dtype].map(billions).join(' to ');
  return [
    `WHT ms: the longest of what its bytes take at ${billions(BANDWIDTH.typical)} GB/s (others measured ${billions(BANDWIDTH.low).toFixed(1)} to ` +
      `${billions(BANDWIDTH.high)} in streaming kernels), its instructions on ${LANES} lanes at ${CLOCK_HZ / 1e6} MHz, and its loads, stores and ` +
      `shuffles on ${LOAD_STORE_LANES} of them; below it, which of these bounds it. It is the least that the kernel can take.`,
    `Instr.: instructions for each element, counted in the kernel's code for compute capability 5.3 as CUDA ${cuda} compiles it; on the board ` +
      `JetPack's CUDA 10.2 compiles. The counts are kept by: ${command}`,
    `Conv. ms: the convolution's operations at the rates that cuDNN and TensorRT reach on this board in public measurements, ${rates('float32')} ` +
      `GFLOP/s in float32 and ${rates('float16')} in float16. For 3x3 the faster end has ${WINOGRAD} times fewer, as Winograd's algorithm at its best.`,
    `Ratio: the convolution over the least time of the WHT layer, and so no less than an upper bound, from the least to the greatest that these figures allow. The board's default mode of 10 W; in that ` +
      'of 5 W its clock is 640 MHz. Squeeze-and-Excite has no row, since no figure of it on this board is known.',
  ].flatMap((note) => wrapped(note, REPORT_COLUMNS));
}
