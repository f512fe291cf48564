/** The cells of the matrix: tests whose outcomes are also put into a table, with what can't be tried here. */
import { test } from 'vitest';
import { writeCell } from './cells-file';

export interface CellOptions {
  /** Milliseconds. */
  timeout?: number;
  /** Beside its neighbours that are so too. */
  concurrent?: boolean;
  /** Why the cell can't be tried here. */
  notRun?: string | undefined;
}

export class Section {
  readonly #title: string;

  constructor(title: string) {
    this.#title = title;
  }

  /** A test. What it returns is put after "ok" in the table. */
  cell(
    row: string,
    column: string,
    check: () => Promise<string | undefined> | Promise<void>,
    { timeout = 120_000, concurrent = false, notRun }: CellOptions = {},
  ): void {
    if (notRun !== undefined) {
      this.notRun(row, column, notRun);
      return;
    }
    const cell = { section: this.#title, row, column };
    writeCell(cell);
    test(`${row} (${column})`, { timeout, concurrent }, async ({ onTestFailed }) => {
      onTestFailed(() => writeCell({ ...cell, outcome: 'FAILED' }));
      const said = await check();
      writeCell({ ...cell, outcome: said === undefined ? 'ok' : `ok, ${said}` });
    });
  }

  /** What can't be tried on this machine, and why. */
  notRun(row: string, column: string, reason: string): void {
    writeCell({ section: this.#title, row, column, outcome: `not run: ${reason}` });
    test.skip(`${row} (${column}): not run: ${reason}`);
  }
}
