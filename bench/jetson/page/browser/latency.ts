// biome-ignore-all lint/correctness/noUnusedVariables: other scripts of the page use what this one defines.
/** Boxes and whiskers of both sides of each row. */
type LatencyRow = import('../chart-data').LatencyRow;
type LatencySide = import('../chart-data').LatencySide;
type LatencyPanel = import('../chart-data').Panel<LatencyRow>;

const LANE_PIXELS = 16;
const BOX_PIXELS = 6;

function latencyDomain(groups: LatencyPanel['groups']): Domain {
  const sides = groups.flatMap(({ rows }) => rows.flatMap((row) => row.sides));
  return logDomain(sides.flatMap(({ median, min, max }) => [median, min, max]));
}

/** The lanes of a row's sides, below each other around its middle. */
function inLanes<Side>({ row, y }: Placed<{ sides: Side[] }>): (Side & { y: number })[] {
  return row.sides.map((side, at) => ({ ...side, y: y + (at - (row.sides.length - 1) / 2) * LANE_PIXELS }));
}

function drawLatency({ title, groups }: LatencyPanel, width: number): Element {
  const domain = latencyDomain(groups);
  const layout = laidOut({ groups, width, rowPixels: 2 * LANE_PIXELS + 8, tall: true, star: ({ flagged }) => flagged });
  const sides = layout.rows.flatMap((placed) => inLanes<LatencySide>(placed));
  const right = 58;
  const stroke = ({ role }: { role: Role }) => COLOURS[role];
  return rowChart({
    title,
    layout,
    right,
    x: { type: 'log', domain, label: 'milliseconds →' },
    marks: [
      Plot.ruleY(sides, { y: 'y', x1: 'p5', x2: 'p95', stroke, strokeWidth: 1.5, className: 'whisker' }),
      Plot.ruleX(
        sides.flatMap((side) => [side.p5, side.p95].map((x) => ({ ...side, x }))),
        { x: 'x', y1: ({ y }) => y - 3, y2: ({ y }) => y + 3, stroke, strokeWidth: 1.5, className: 'whisker-end' },
      ),
      Plot.dot(
        sides.flatMap((side) => [side.min, side.max].map((x) => ({ ...side, x }))),
        { x: 'x', y: 'y', r: 1.4, fill: stroke, className: 'extreme' },
      ),
      Plot.rect(sides, {
        x1: 'p25',
        x2: 'p75',
        y1: ({ y }) => y - BOX_PIXELS,
        y2: ({ y }) => y + BOX_PIXELS,
        fill: stroke,
        // So that the median stands out.
        fillOpacity: 0.5,
        stroke,
        title: latencyText,
        className: 'box',
      }),
      Plot.ruleX(sides, {
        x: 'median',
        y1: ({ y }) => y - BOX_PIXELS - 1,
        y2: ({ y }) => y + BOX_PIXELS + 1,
        stroke: 'var(--ink)',
        strokeWidth: 1.5,
        className: 'median',
      }),
      values(
        sides,
        ({ y }) => y,
        ({ median }) => `${digits(median)} ms`,
        right,
      ),
    ],
  });
}

function latencyText({ name, median, p5, p95 }: { name: string; median: number; p5: number; p95: number }): string {
  return `${name}: median ${digits(median)} ms, p5 to p95 ${digits(p5)} to ${digits(p95)} ms`;
}
