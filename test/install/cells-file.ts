/** Where the processes that run tests write down what came of the cells, for the table at the end. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const FILE = resolve('build', 'install', 'cells.jsonl');

export interface Cell {
  section: string;
  row: string;
  column: string;
  /** Absent when the cell is defined. */
  outcome?: string;
}

/** Before all tests. */
export function forgetCells(): void {
  mkdirSync(dirname(FILE), { recursive: true });
  rmSync(FILE, { force: true });
}

export function writeCell(cell: Cell): void {
  appendFileSync(FILE, `${JSON.stringify(cell)}\n`);
}

/** A cell comes when it is defined, and again with its outcome. */
export function readCells(): Cell[] {
  if (!existsSync(FILE)) return [];
  const lines = readFileSync(FILE, 'utf8').trim().split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Cell);
}
