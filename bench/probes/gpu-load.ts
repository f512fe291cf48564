import type { BoardRoot } from './board-root';
import { findGpu } from './gpu-device';
import { parseInteger } from './integer';

/** Finds the file once; what is returned reads the load, 0 to 1. */
export function openGpuLoad(root: BoardRoot): () => number | undefined {
  const { load } = findGpu(root);
  return () => (load === undefined ? undefined : parseGpuLoad(root.read(load)));
}

/** From per mille. */
export function parseGpuLoad(text: string | undefined): number | undefined {
  const perMille = parseInteger(text);
  return perMille === undefined || perMille < 0 || perMille > 1000 ? undefined : perMille / 1000;
}
