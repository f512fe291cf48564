import type { BoardRoot } from './board-root';
import { parseInteger } from './integer';
import { present } from './present';
import type { SystemMemory } from './schema';

export function readSystemMemory(root: BoardRoot): SystemMemory {
  return parseMeminfo(root.read('/proc/meminfo') ?? '');
}

/** /proc/meminfo. */
export function parseMeminfo(text: string): SystemMemory {
  const bytes = (name: string) => kilobytes(text, name);
  const [swapTotalBytes, swapFreeBytes] = [bytes('SwapTotal'), bytes('SwapFree')];
  return present<SystemMemory>({
    totalBytes: bytes('MemTotal'),
    availableBytes: bytes('MemAvailable'),
    swapTotalBytes,
    swapUsedBytes: swapTotalBytes === undefined || swapFreeBytes === undefined ? undefined : Math.max(0, swapTotalBytes - swapFreeBytes),
    nvMapUsedBytes: bytes('NvMapMemUsed'),
  });
}

/** The bytes of a line such as "VmRSS:   12345 kB". */
export function kilobytes(text: string, name: string): number | undefined {
  const value = parseInteger(new RegExp(`^${name}:[ \\t]*(\\d+) kB[ \\t]*$`, 'm').exec(text)?.[1]);
  return value === undefined ? undefined : value * 1024;
}
