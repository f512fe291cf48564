import Table from 'cli-table3';
import { readCells } from './cells-file';

/** All cells, a table for each section: rows by columns where every row has the same ones, else a list. */
export function cellsTable(): string {
  const sections = new Map<string, Map<string, Map<string, string>>>();
  for (const { section, row, column, outcome } of readCells()) {
    const rows = sections.get(section) ?? new Map<string, Map<string, string>>();
    const columns = rows.get(row) ?? new Map<string, string>();
    columns.set(column, outcome ?? 'not run: not asked for');
    sections.set(section, rows.set(row, columns));
  }
  // Files run side by side, in any order.
  const sorted = [...sections].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
  return sorted.map(([title, rows]) => `${title}\n${sectionTable(rows)}`).join('\n\n');
}

function sectionTable(rows: ReadonlyMap<string, ReadonlyMap<string, string>>): string {
  const [first = []] = [...rows.values()].map((columns) => [...columns.keys()]);
  const style = { head: [], border: [] };
  if (first.length > 1 && [...rows.values()].every((columns) => [...columns.keys()].join() === first.join())) {
    const table = new Table({ head: ['', ...first], style });
    for (const [row, columns] of rows) table.push([row, ...columns.values()]);
    return table.toString();
  }
  const table = new Table({ head: ['', 'with', ''], colWidths: [null, null, 80], wordWrap: true, style });
  for (const [row, columns] of rows) for (const [column, outcome] of columns) table.push([row, column, outcome]);
  return table.toString();
}
