// biome-ignore-all lint/correctness/noUnusedVariables: other scripts of the page use what this one defines.
/** Charts of many rows: headings of groups, a label left of each row, values right of it. Rows are placed in pixels, so that text always has room. */
type Group<Row> = import('../chart-data').Group<Row>;
type Role = import('../chart-data').Role;
type Marks = import('@observablehq/plot').Markish[];

const COLOURS: Record<Role, string> = { subject: 'var(--subject)', baseline: 'var(--baseline)' };

const TOP = 46;
const FONT_PIXELS = 12;
const STYLE = { fontSize: `${FONT_PIXELS}px`, fontFamily: 'inherit', background: 'none', color: 'var(--ink)', overflow: 'visible' };
const HEADING_PIXELS = 20;
const GAP_PIXELS = 10;

/** Where a chart is narrower, tall rows have their labels above their marks. */
const NARROW_PIXELS = 480;
const LABEL_PIXELS = 16;
const LABEL_GAP_PIXELS = 10;
const MOST_LABEL_PIXELS = 215;
/** The most of a chart's width that labels beside the marks may take. */
const MOST_LABEL_PART = 0.42;

const measuring = document.createElement('canvas').getContext('2d');

function textPixels(text: string, weight = 400): number {
  if (measuring === null) return text.length * FONT_PIXELS;
  measuring.font = `${weight} ${FONT_PIXELS}px ${getComputedStyle(document.body).fontFamily}`;
  return measuring.measureText(text).width;
}

interface Placed<Row> {
  row: Row;
  /** Of the middle of its marks. */
  y: number;
  labelY: number;
}

interface RowLayout<Row> {
  rows: Placed<Row>[];
  headings: { title: string; y: number }[];
  /** What a group's rows cover. */
  bands: { top: number; bottom: number }[];
  width: number;
  height: number;
  /** Of the room for labels beside the marks. */
  left: number;
  /** Whether labels have lines of their own instead. */
  above: boolean;
  labelOf(row: Row): string;
}

interface Rows<Row> {
  groups: readonly Group<Row>[];
  width: number;
  rowPixels: number;
  /** Whether rows are so tall that a line for their labels costs little. */
  tall?: boolean;
  /** Whether a row has something that is to be noticed. */
  star?: (row: Row) => boolean;
}

function laidOut<Row extends { label: string }>({ groups, width, rowPixels, tall = false, star }: Rows<Row>): RowLayout<Row> {
  const labelOf = (row: Row) => `${star?.(row) ? '* ' : ''}${row.label}`;
  const widest = Math.ceil(Math.max(...groups.flatMap(({ rows }) => rows.map((row) => textPixels(labelOf(row)))))) + LABEL_GAP_PIXELS;
  const above = (tall && width < NARROW_PIXELS) || widest > Math.min(MOST_LABEL_PIXELS, width * MOST_LABEL_PART);
  const layout: RowLayout<Row> = { rows: [], headings: [], bands: [], width, height: 0, left: above ? 4 : widest, above, labelOf };
  const label = above ? LABEL_PIXELS : 0;
  let y = TOP;
  for (const { title, rows } of groups) {
    const heading = HEADING_PIXELS * Math.ceil(textPixels(title, 600) / width);
    layout.headings.push({ title, y: y + heading / 2 });
    y += heading;
    layout.bands.push({ top: y, bottom: y + rows.length * (label + rowPixels) });
    for (const row of rows) {
      const middle = y + label + rowPixels / 2;
      layout.rows.push({ row, y: middle, labelY: above ? y + label / 2 : middle });
      y += label + rowPixels;
    }
    y += GAP_PIXELS;
  }
  layout.height = y;
  return layout;
}

interface RowChart<Row> {
  title: string;
  layout: RowLayout<Row>;
  /** Room for the values. */
  right: number;
  x: { type: 'log' | 'linear'; domain: Domain; label: string };
  marks: Marks;
}

function rowChart<Row>({ title, layout, right, x, marks }: RowChart<Row>): Element {
  const { width, left, above, labelOf } = layout;
  const pixels = width - left - right;
  const { ticks, domain } = x.type === 'log' ? { ticks: logTicks(x.domain, pixels), domain: x.domain } : linearTicks(x.domain[1], pixels);
  const lines = ticks.flatMap((tick) => layout.bands.map((band) => ({ ...band, tick })));
  return Plot.plot({
    width,
    height: layout.height,
    marginLeft: left,
    marginRight: right,
    marginTop: TOP,
    marginBottom: 0,
    style: STYLE,
    ariaLabel: title,
    x: { type: x.type, domain, axis: null },
    y: { type: 'identity', axis: null },
    marks: [
      Plot.ruleX(lines, { x: 'tick', y1: 'top', y2: 'bottom', stroke: 'var(--grid)' }),
      Plot.axisX(ticks, {
        anchor: 'top',
        text: tickText,
        label: x.label,
        labelAnchor: 'right',
        labelArrow: 'none',
        labelOffset: 40,
        tickSize: 0,
      }),
      Plot.text(layout.headings, {
        ...AT_LEFT,
        y: 'y',
        text: 'title',
        dx: -left,
        fontWeight: 600,
        lineWidth: width / FONT_PIXELS,
        className: 'heading',
      }),
      ...marks,
      Plot.text(layout.rows, {
        ...AT_LEFT,
        y: 'labelY',
        text: ({ row }: Placed<Row>) => labelOf(row),
        dx: -left,
        ...(above && { lineWidth: width / FONT_PIXELS, textOverflow: 'ellipsis' }),
        // Set off from the grid's lines.
        stroke: 'var(--surface)',
        strokeWidth: 4,
        className: 'label',
      }),
    ],
  });
}

const AT_LEFT = { frameAnchor: 'left', textAnchor: 'start', fill: 'currentColor' } as const;

/** Right of the rows, at the edge. */
function values<Row>(rows: readonly Row[], y: (row: Row) => number, text: (row: Row) => string, right: number): Marks[number] {
  return Plot.text(rows as Row[], {
    y,
    text,
    frameAnchor: 'right',
    textAnchor: 'end',
    dx: right,
    fill: 'currentColor',
    className: 'value',
  });
}

/** The paper's figures, set off from what they lie on. */
function paperTicks(ticks: readonly { x: number; y: number; title: string }[]): Marks {
  const rule = (stroke: string, strokeWidth: number, className: string) =>
    Plot.ruleX(ticks, { x: 'x', y1: ({ y }) => y - 9, y2: ({ y }) => y + 9, title: 'title', stroke, strokeWidth, className });
  return [rule('var(--surface)', 6, 'paper-edge'), rule('var(--ink)', 3, 'paper')];
}

/** That a narrow axis is divided into, if need be by closer ticks than others. */
const LEAST_STEPS = 3.8;

/** From 0, and at least two more: the axis is longer than its marks where these would not reach the second. */
function linearTicks(high: number, pixels: number): { ticks: number[]; domain: Domain } {
  const rough = high / Math.max(LEAST_STEPS, pixels / (TICK_PIXELS + 12));
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((times) => times * unit >= rough) ?? 10) * unit;
  const end = Math.max(high, 2 * step);
  return { ticks: Array.from({ length: Math.floor(end / step) + 1 }, (_, at) => at * step), domain: [0, end] };
}
