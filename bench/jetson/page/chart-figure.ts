import { type Html, html, type Part } from './html';

export interface ChartFigure {
  id: string;
  /** What the chart answers. */
  question: string;
  explanation: Part;
  legend: readonly LegendEntry[];
  panels: readonly ChartPanel[];
  /** How much room a panel needs: all there is also where others would fit beside, or a third of a large screen; else half of it. */
  room?: 'all' | 'third';
  /** In the place of panels where there are none. */
  empty: Part;
  table: Part;
}

interface ChartPanel {
  id: string;
  title: string;
  explanation: string;
  note?: Part;
  /** Alone in its row. */
  whole?: true;
}

export interface LegendEntry {
  /** A class of the page's style sheet that draws the mark. */
  mark: string;
  text: string;
}

/** A chart that the browser draws into boxes, with its figures as a table. */
export function chartFigure({ id, question, explanation, legend, panels, room, empty, table }: ChartFigure): Html {
  if (panels.length === 0)
    return html`<section class="chart" aria-labelledby="${id}"><h2 id="${id}">${question}</h2><p class="empty">${empty}</p></section>`;
  return html`
<figure class="chart" id="${id}" aria-labelledby="${id}-title">
<figcaption><h2 id="${id}-title">${question}</h2><p>${explanation}</p></figcaption>
<ul class="legend" aria-label="Legend">${legend.map(({ mark, text }) => html`<li><span class="mark ${mark}" aria-hidden="true"></span>${text}</li>`)}</ul>
<div class="panels ${arrangement(panels, room)}">${panels.map(
    (panel) => html`
<div class="panel${panel.whole && ' whole'}"><h3>${panel.title}</h3><div><p>${panel.explanation}</p>${panel.note}</div><div class="plot" id="${panel.id}"><p class="empty">No chart without JavaScript: the table below has its figures.</p></div></div>`,
  )}
</div>
<details><summary>The figures as a table</summary>${table}</details>
</figure>`;
}

/** Those that share rows share them without a gap: by threes where that comes out even. */
function arrangement(panels: readonly ChartPanel[], room: ChartFigure['room']): string {
  if (room === 'all') return 'wide';
  const sharing = panels.filter(({ whole }) => !whole).length;
  return `${room === 'third' && sharing > 0 && sharing % 3 === 0 ? 'thirds' : 'halves'}${sharing % 2 === 0 ? '' : ' odd'}`;
}

export const SIDES: readonly LegendEntry[] = [
  { mark: 'subject', text: 'WHT layer' },
  { mark: 'baseline', text: 'the fastest baseline' },
];
