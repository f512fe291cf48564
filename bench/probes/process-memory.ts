import type { BoardRoot } from './board-root';
import { parseInteger } from './integer';
import { present } from './present';
import type { ProcessMemory } from './schema';
import { kilobytes } from './system-memory';

/** Of a process of the same user; nothing where it has ended. */
export function readProcessMemory(root: BoardRoot, process: number | 'self' = 'self'): ProcessMemory {
  const status = root.read(`/proc/${process}/status`) ?? '';
  return present<ProcessMemory>({
    residentBytes: kilobytes(status, 'VmRSS'),
    peakResidentBytes: kilobytes(status, 'VmHWM'),
    pssBytes: proportionalSetSize(root, process),
    swappedBytes: kilobytes(status, 'VmSwap'),
  });
}

function proportionalSetSize(root: BoardRoot, process: number | 'self'): number | undefined {
  const rollup = kilobytes(root.read(`/proc/${process}/smaps_rollup`) ?? '', 'Pss');
  // Linux 4.9, of JetPack 4, has none.
  return rollup ?? sumOfPss(root.read(`/proc/${process}/smaps`) ?? '');
}

/** Over the mappings of /proc/PID/smaps. */
export function sumOfPss(smaps: string): number | undefined {
  const sizes = [...smaps.matchAll(/^Pss:[ \t]*(\d+) kB[ \t]*$/gm)].flatMap(([, size]) => parseInteger(size) ?? []);
  return sizes.length === 0 ? undefined : sizes.reduce((sum, size) => sum + size, 0) * 1024;
}
