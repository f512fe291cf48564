/** What `npm run kernels:report` counted of the kernels, for compute capability 5.3; scripts/kernels-report/nano-kernels.js keeps it. */
import kept from './nano-kernels.json';

export interface KernelCounts {
  /** As the report names it. */
  kernel: string;
  /** For each element, those of loads, stores and shuffles included. */
  instructions: number;
  /** Of these, loads, stores and shuffles. */
  slots: number;
}

interface NanoKernels {
  command: string;
  /** The compiler's release. */
  cuda: string;
  kernels: KernelCounts[];
}

export function nanoKernels(): NanoKernels {
  return kept;
}

export function countsOf(kernel: string, { kernels }: Pick<NanoKernels, 'kernels'>): KernelCounts {
  const counts = kernels.find((each) => each.kernel === kernel);
  if (counts === undefined)
    throw new Error(`Expected nano-kernels.json to hold ${kernel}, got ${kernels.map((each) => each.kernel).join('; ')}`);
  return counts;
}
