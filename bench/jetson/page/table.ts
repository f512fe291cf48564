import { type Html, html, type Part } from './html';

export interface Column {
  title: string;
  /** To be read, not compared: not aligned at its end as numbers are. */
  text?: true;
}

/** How a table fits a narrow screen: it scrolls in its box, or each of its rows becomes a card. */
export type Narrow = 'scroll' | 'cards';

/** Each row's first cell is its heading. */
export function table(caption: string, columns: readonly Column[], rows: readonly (readonly Part[])[], narrow: Narrow = 'scroll'): Html {
  const body = rows.map(
    ([first, ...parts]) => html`<tr><th scope="row">${first}</th>${parts.map((part, at) => cell(columns[at + 1], part, narrow))}</tr>`,
  );
  return boxed(caption, html`<thead><tr>${headings(columns)}</tr></thead><tbody>${body}</tbody>`, narrow);
}

export function headings(columns: readonly Column[]): Html[] {
  return columns.map((column) => html`<th scope="col"${alignment(column)}>${column.title}</th>`);
}

export function cell(column: Column | undefined, part: Part, narrow: Narrow): Html {
  const label = narrow === 'cards' && part !== undefined && column !== undefined ? html` data-label="${column.title}"` : undefined;
  return html`<td${alignment(column)}${label}>${part}</td>`;
}

function alignment(column: Column | undefined): Html | undefined {
  return column?.text ? html` class="text"` : undefined;
}

/** In a box of its own that scrolls where the table is too wide, and that the keyboard reaches: not everyone has a pointer. */
export function boxed(caption: string, content: Html, narrow: Narrow): Html {
  return html`<div class="box ${narrow}" role="region" aria-label="${caption}" tabindex="0"><table><caption>${caption}</caption>${content}</table></div>`;
}

/** In the place of figures. */
export function failure(reason: string): Html {
  return html`<span class="failed">failed: ${reason}</span>`;
}
