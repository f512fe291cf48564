import type { BoardRoot } from './board-root';
import { openClocks } from './clocks';
import { openGpuLoad } from './gpu-load';
import { openRails } from './power-rails';
import { present } from './present';
import type { Snapshot } from './schema';
import { readSystemMemory } from './system-memory';
import { openTemperatures } from './temperatures';

const readers = new WeakMap<BoardRoot, () => Snapshot>();

/** The machine's state now, from files alone, which are looked for the first time only. */
export function takeSnapshot(root: BoardRoot): Snapshot {
  let read = readers.get(root);
  if (read === undefined) {
    read = openSnapshots(root);
    readers.set(root, read);
  }
  return read();
}

function openSnapshots(root: BoardRoot): () => Snapshot {
  const [clocks, gpuLoad, temperatures, rails] = [openClocks(root), openGpuLoad(root), openTemperatures(root), openRails(root)];
  return () =>
    present<Snapshot>({
      clocks: clocks(),
      gpuLoad: gpuLoad(),
      temperatures: temperatures(),
      rails: rails(),
      memory: readSystemMemory(root),
    });
}
