/** Every row with all its figures, a table for each protocol. Together they are many screens, so that only the paper's is open. */
import { figure } from '../../figures';
import { type ComparisonResult, isMeasured, type JetsonRun, type MeasuredRow, PROTOCOLS, type Protocol, type Side } from '../schema';
import { type Html, html, type Part } from './html';
import { boxed, type Column, cell, failure, headings } from './table';
import {
  count,
  deviceTitle,
  intervalText,
  NOT_MEASURED,
  PROTOCOL_MEANINGS,
  PROTOCOL_TITLES,
  paperTimes,
  shapeText,
  times,
  variant,
  workloadTitle,
} from './words';

export function tables(run: JetsonRun): Html {
  return html`
<section aria-labelledby="tables"><h2 id="tables">All figures</h2>
<p>Of each row the WHT layer, the fastest implementation of the baseline, and whatever else was tried. Milliseconds are of one call; ${NOT_MEASURED} is what was not measured.</p>
${unavailableDevices(run)}
${run.comparisons.length === 0 ? html`<p class="empty">This run has no rows.</p>` : undefined}
${PROTOCOLS.map((protocol) => protocolTable(protocol, run))}
</section>`;
}

function unavailableDevices(run: JetsonRun): Html | undefined {
  if (run.unavailable.length === 0) return undefined;
  return html`<ul class="failures">${run.unavailable.map(({ device }) => html`<li>${deviceTitle(device, run)} not measured: <a href="#machine">why</a></li>`)}</ul>`;
}

function protocolTable(protocol: Protocol, run: JetsonRun): Html | undefined {
  const rows = run.comparisons.filter((row) => row.protocol === protocol);
  if (rows.length === 0) return undefined;
  const shown = columnsOf(rows);
  const content = html`<thead><tr>${headings(shown)}</tr></thead>${rows.map((row) => rowGroup(row, shown, run))}`;
  return html`
<details class="protocol"${protocol === 'paper' ? html` open` : undefined}><summary><h3>${PROTOCOL_TITLES[protocol]}</h3></summary>
<p>${PROTOCOL_MEANINGS[protocol]}</p>
${boxed(`${PROTOCOL_TITLES[protocol]}: all rows`, content, 'cards')}
</details>`;
}

/** A column of one side's figures, or of the whole row's. */
interface TableColumn extends Column {
  side?: (side: Side) => Part;
  row?: (row: MeasuredRow) => Part;
}

function columnsOf(rows: readonly ComparisonResult[]): TableColumn[] {
  const measured = rows.filter(isMeasured);
  const sides = measured.flatMap(({ subject, baseline }) => [subject, baseline]);
  const ms = (value: number | undefined) => (value === undefined ? NOT_MEASURED : figure(value));
  return [
    { title: 'Workload' },
    { title: 'Implementation', text: true },
    { title: 'Median ms', side: (side) => medianCell(side) },
    { title: 'p90 ms', side: ({ distribution }) => ms(distribution.p90) },
    { title: 'p99 ms', side: ({ distribution }) => ms(distribution.p99) },
    { title: 'Images/s', side: ({ imagesPerSecond }) => count(imagesPerSecond) },
    ...(sides.some(({ firstCallMs }) => firstCallMs !== undefined)
      ? [{ title: 'First call ms', side: ({ firstCallMs }: Side) => ms(firstCallMs) }]
      : []),
    ...(sides.some(({ energy }) => energy) ? [{ title: 'mJ an image', side: ({ energy }: Side) => ms(energy?.perImageMj) }] : []),
    { title: 'Speed-up', row: speedCell },
    ...(rows.some(({ paper }) => paper)
      ? [{ title: 'Paper', row: ({ paper }: MeasuredRow) => (paper ? paperTimes(paper) : NOT_MEASURED) }]
      : []),
    {
      title: 'Layer / copy',
      row: ({ subject, copyMs }) => (copyMs === undefined ? NOT_MEASURED : figure(subject.medianMs / copyMs)),
    },
  ];
}

function medianCell({ medianMs, medianInterval }: Side): Part {
  return [figure(medianMs), medianInterval && html`<small>${intervalText(medianInterval)}</small>`];
}

function speedCell({ speedRatio, speedRatioInterval }: MeasuredRow): Part {
  return [html`<strong>${times(speedRatio)}</strong>`, speedRatioInterval && html`<small>${intervalText(speedRatioInterval)}</small>`];
}

function rowGroup(row: ComparisonResult, columns: readonly TableColumn[], run: JetsonRun): Html {
  const title = html`${workloadTitle(row.id)}<small>${variant(row, run)}</small><small>${shapeText(row.shape)}</small>`;
  if (!isMeasured(row)) {
    return html`<tbody><tr><th scope="rowgroup">${title}</th><td class="text" colspan="${columns.length - 1}">${failure(row.error)}</td></tr></tbody>`;
  }
  const others = row.others.map((other) =>
    'error' in other
      ? html`<tr class="other"><td class="text" colspan="${columns.length - 1}">${other.layer}, ${other.implementation}: ${failure(other.error)}</td></tr>`
      : html`<tr class="other">${sideCells('other', other, columns)}${wholeCells(columns, () => undefined)}</tr>`,
  );
  const flags = row.flags.map(
    (flag) => html`<tr class="flag"><td class="text" colspan="${columns.length - 1}"><strong>Flag:</strong> ${flag}</td></tr>`,
  );
  return html`<tbody>
<tr><th scope="rowgroup" rowspan="${2 + others.length + flags.length}">${title}</th>${sideCells('subject', row.subject, columns)}${wholeCells(columns, (column) => column.row?.(row))}</tr>
<tr>${sideCells('baseline', row.baseline, columns)}${wholeCells(columns, () => undefined)}</tr>${others}${flags}</tbody>`;
}

function sideCells(mark: string, side: Side, columns: readonly TableColumn[]): Html[] {
  const role = mark === 'other' ? 'slower: ' : '';
  return [
    html`<td class="text side"><span class="mark ${mark}" aria-hidden="true"></span>${role}${side.layer}<small>${side.implementation}, ${side.layout}</small></td>`,
    ...columns.flatMap((column) => (column.side ? [cell(column, column.side(side), 'cards')] : [])),
  ];
}

function wholeCells(columns: readonly TableColumn[], content: (column: TableColumn) => Part): Html[] {
  return columns.filter((column) => column.row).map((column) => cell(column, content(column), 'cards'));
}
