// biome-ignore-all lint/correctness/noUnusedVariables: other scripts of the page use what this one defines.
/** Speed-ups with their intervals, and the paper's. */
type SpeedRow = import('../chart-data').SpeedRow;
type SpeedPanel = import('../chart-data').Panel<SpeedRow>;

function speedDomain(panels: readonly SpeedPanel[]): Domain {
  const rows = panels.flatMap(({ groups }) => groups.flatMap((group) => group.rows));
  return logDomain([1, ...rows.flatMap(({ ratio, interval = [], paper }) => [ratio ?? 1, ...interval, paper ?? 1])]);
}

function drawSpeed({ title, groups }: SpeedPanel, width: number, domain: Domain): Element {
  const layout = laidOut({ groups, width, rowPixels: 22, star: ({ flagged }) => flagged });
  const measured = layout.rows.flatMap(({ row, y }) => (row.ratio === undefined ? [] : [{ ...row, ratio: row.ratio, y }]));
  const bounded = measured.flatMap(({ interval, y }) => (interval === undefined ? [] : [{ low: interval[0], high: interval[1], y }]));
  const papers = layout.rows.flatMap(({ row: { paper }, y }) =>
    paper === undefined ? [] : [{ x: paper, y, title: `Paper: ${digits(paper)}×` }],
  );
  // With intervals where there is room for them.
  const wide = width >= NARROW_PIXELS;
  const right = wide ? 132 : 52;
  const subject = COLOURS.subject;
  return rowChart({
    title,
    layout,
    right,
    x: { type: 'log', domain, label: 'times as fast as the baseline →' },
    marks: [
      Plot.ruleX(layout.bands, { x: () => 1, y1: 'top', y2: 'bottom', stroke: 'var(--ink)', strokeDasharray: '3,3', className: 'unity' }),
      Plot.ruleY(bounded, { y: 'y', x1: 'low', x2: 'high', stroke: subject, strokeWidth: 9, strokeOpacity: 0.4, className: 'interval' }),
      Plot.dot(measured, {
        x: 'ratio',
        y: 'y',
        r: 4,
        fill: ({ flagged }) => (flagged ? 'var(--surface)' : subject),
        stroke: subject,
        strokeWidth: 2,
        title: speedText,
        className: 'ratio',
      }),
      ...paperTicks(papers),
      values(measured, ({ y }) => y, wide ? speedText : ({ ratio }) => `${digits(ratio)}×`, right),
      Plot.text(
        layout.rows.filter(({ row }) => row.ratio === undefined),
        {
          y: 'y',
          text: () => 'failed',
          frameAnchor: 'right',
          textAnchor: 'end',
          dx: right,
          fontStyle: 'italic',
          fill: 'currentColor',
          className: 'failure',
        },
      ),
    ],
  });
}

function speedText({ ratio, interval }: { ratio: number; interval?: readonly [number, number] }): string {
  return interval === undefined ? `${digits(ratio)}×` : `${digits(ratio)}× (${digits(interval[0])} to ${digits(interval[1])})`;
}
