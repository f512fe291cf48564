import { forgetCells } from './cells-file';
import { cellsTable } from './cells-table';
import { warmCaches } from './consumer';
import { packTarballs } from './tarball';

/** Before all tests: what they install. After them: the table of what came of it. */
export default async function setup(): Promise<() => void> {
  forgetCells();
  packTarballs();
  await warmCaches();
  return () => console.log(`\n${cellsTable()}`);
}
