/**
 * What a board that is not at hand should do, from what is known of it and of the kernels. The time of a layer is the longest of what its bytes, its
 * instructions and its loads, stores and shuffles take: the least that it can take, which kernels near only as far as these overlap.
 */
import type { Dtype } from 'wht-layers';
import { countsOf, type KernelCounts, nanoKernels } from './projection/kernel-counts';
import { BANDWIDTH, CLOCK_HZ, CONVOLUTION_RATES, LANES, LOAD_STORE_LANES, WINOGRAD } from './projection/nano';
import { kernelOf, PROJECTED_WORKLOADS, type ProjectedWorkload } from './projection/workloads';
import type { Interval, Projection } from './schema';

export { projectionTable } from './projection/table';

const ELEMENT_BYTES: Record<Dtype, number> = { float32: 4, float16: 2 };

/** A row for each workload, dtype and layout. */
export function projections(board: 'nano'): Projection[] {
  const counted = nanoKernels();
  return PROJECTED_WORKLOADS.flatMap((workload) =>
    (['float32', 'float16'] as const).flatMap((dtype) =>
      (['NHWC', 'NCHW'] as const).map((layout) => {
        const counts = countsOf(kernelOf(workload, dtype, layout), counted);
        const { ms, bound } = layerTime(workload, dtype, counts, BANDWIDTH.typical);
        const [fastest, slowest] = convolutionMs(workload, dtype);
        return {
          ...{ board, id: workload.id, dtype, layout, shape: workload.shape },
          ...{ subjectMs: ms, bound, kernel: counts.kernel, instructionsPerElement: counts.instructions },
          baselineMs: [fastest, slowest] as const,
          speedRatio: [
            fastest / layerTime(workload, dtype, counts, BANDWIDTH.low).ms,
            slowest / layerTime(workload, dtype, counts, BANDWIDTH.high).ms,
          ] as const,
        };
      }),
    ),
  );
}

/** Of parameters, a few KB that the GPU's L2 cache holds, nothing is counted. */
function layerTime({ shape }: ProjectedWorkload, dtype: Dtype, { instructions, slots }: KernelCounts, bandwidth: number) {
  const elements = shape.reduce((product, length) => product * length, 1);
  const memory = (elements * 2 * ELEMENT_BYTES[dtype]) / bandwidth;
  const issue = (elements * Math.max(instructions / LANES, slots / LOAD_STORE_LANES)) / CLOCK_HZ;
  return { ms: Math.max(memory, issue) * 1000, bound: memory >= issue ? ('memory' as const) : ('instructions' as const) };
}

/** From the fastest to the slowest that is to be expected. */
function convolutionMs({ shape: [n, h, w, c], convolution }: ProjectedWorkload, dtype: Dtype): Interval {
  const operations = 2 * n * h * w * c * c * convolution ** 2;
  const [low, high] = CONVOLUTION_RATES[dtype];
  return [(operations / (high * (convolution === 3 ? WINOGRAD : 1))) * 1000, (operations / low) * 1000];
}
