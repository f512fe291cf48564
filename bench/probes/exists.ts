import { basename, dirname } from 'node:path';
import type { BoardRoot } from './board-root';

/** Whether there is such a file, folder or device. A recorded tree has the names that record-board.ts calls telling. */
export function exists(root: BoardRoot, path: string): boolean {
  return root.list(dirname(path)).includes(basename(path));
}
