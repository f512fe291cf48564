import Table from 'cli-table3';

/**
 * A table with rules between rows and nothing else: more lines say no more.
 *
 * @param leftColumns so many are aligned to the left, the others to the right
 */
export function ruledTable(head: readonly string[], widths: readonly number[], leftColumns: number): Table.Table {
  return new Table({
    head: [...head],
    colWidths: [...widths],
    colAligns: head.map((_, at) => (at < leftColumns ? 'left' : 'right')),
    wordWrap: true,
    chars: {
      ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
      ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
      ...{ left: '', right: '', middle: ' ', 'left-mid': '', 'right-mid': '', mid: '─', 'mid-mid': '─' },
    },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
}

/** The table's lines. */
export function ruled(table: Table.Table, widths: readonly number[]): string {
  const columns = widths.reduce((sum, width) => sum + width + 1, -1);
  // Below a cell that spans columns cli-table3 forgets the corners of a rule.
  return table.toString().replace(/^─+$/gm, '─'.repeat(columns)).replace(/ +$/gm, '');
}
