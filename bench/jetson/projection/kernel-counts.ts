/** What `npm run kernels:report` counted of the kernels, for compute capability 5.3; scripts/kernels-report/nano-kernels.js keeps it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../package-root';

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
  // Not compiled with the sources, so that it is the same file whether they run from dist or not.
  return JSON.parse(readFileSync(join(packageRoot(), 'bench', 'jetson', 'projection', 'nano-kernels.json'), 'utf8'));
}

export function countsOf(kernel: string, { kernels }: Pick<NanoKernels, 'kernels'>): KernelCounts {
  const counts = kernels.find((each) => each.kernel === kernel);
  if (counts === undefined)
    throw new Error(`Expected nano-kernels.json to hold ${kernel}, got ${kernels.map((each) => each.kernel).join('; ')}`);
  return counts;
}
