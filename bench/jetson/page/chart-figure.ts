import { type Html, html, type Part } from './html';

export interface ChartFigure {
  id: string;
  /** What the chart answers. */
  question: string;
  explanation: Part;
  legend: readonly LegendEntry[];
  panels: readonly { id: string; title: string; explanation: string; note?: Part }[];
  /** One below the other also where there is room beside. */
  wide?: true;
  /** In the place of panels where there are none. */
  empty: Part;
  table: Part;
}

export interface LegendEntry {
  /** A class of the page's style sheet that draws the mark. */
  mark: string;
  text: string;
}

/** A chart that the browser draws into boxes, with its figures as a table. */
export function chartFigure({ id, question, explanation, legend, panels, wide, empty, table }: ChartFigure): Html {
  if (panels.length === 0) return html`<section class="chart" id="${id}"><h3>${question}</h3><p class="empty">${empty}</p></section>`;
  return html`
<figure class="chart" id="${id}" aria-labelledby="${id}-title">
<figcaption><h3 id="${id}-title">${question}</h3><p>${explanation}</p></figcaption>
<ul class="legend" aria-label="Legend">${legend.map(({ mark, text }) => html`<li><span class="mark ${mark}" aria-hidden="true"></span>${text}</li>`)}</ul>
<div class="panels${wide && ' wide'}">${panels.map(
    (panel) => html`
<div class="panel"><h4>${panel.title}</h4><div><p>${panel.explanation}</p>${panel.note}</div><div class="plot" id="${panel.id}"><p class="empty">No chart without JavaScript: the table below has its figures.</p></div></div>`,
  )}
</div>
<details><summary>The figures as a table</summary>${table}</details>
</figure>`;
}

export const SIDES: readonly LegendEntry[] = [
  { mark: 'subject', text: 'WHT layer' },
  { mark: 'baseline', text: 'the fastest baseline' },
];
