// biome-ignore-all lint/correctness/noUnusedVariables: other scripts of the page use what this one defines.
/** Rates below the roofs that were measured. */
type RooflinePoint = import('../chart-data').RooflinePoint;
type RooflinePanel = import('../chart-data').RooflinePanel;

interface Frame {
  x: Domain;
  y: Domain;
}

const SYMBOLS = ['circle', 'square', 'diamond', 'triangle', 'cross'] as const;

/** All panels have the same scales. */
function rooflineFrame(panels: readonly RooflinePanel[]): Frame {
  const points = panels.flatMap((panel) => panel.points);
  const x = logDomain(points.map(({ intensity }) => intensity));
  const roofs = panels.flatMap(({ memoryRoof, highest }) => (memoryRoof === undefined ? [highest] : [highest, memoryRoof * x[0]]));
  return { x, y: logDomain([...points.map(({ rate }) => rate), ...roofs]) };
}

function drawRoofline({ title, memoryRoof, highest, points }: RooflinePanel, width: number, { x, y }: Frame): Element {
  const height = Math.round(Math.min(420, Math.max(280, width * 0.75)));
  const margins = { marginLeft: 52, marginRight: 12, marginTop: 30, marginBottom: 44 };
  const xTicks = logTicks(x, width - margins.marginLeft - margins.marginRight);
  const yTicks = logTicks(y, height - margins.marginTop - margins.marginBottom);
  // Each roof where it is the lower one.
  const ridge = memoryRoof === undefined ? x[0] : Math.min(x[1], Math.max(x[0], highest / memoryRoof));
  return Plot.plot({
    width,
    height,
    ...margins,
    style: STYLE,
    ariaLabel: title,
    x: { type: 'log', domain: x, axis: null },
    y: { type: 'log', domain: y, axis: null },
    symbol: { type: 'identity' },
    r: { type: 'identity' },
    marks: [
      Plot.ruleX(xTicks, { stroke: 'var(--grid)' }),
      Plot.ruleY(yTicks, { stroke: 'var(--grid)' }),
      Plot.axisX(xTicks, {
        text: tickText,
        label: 'operations for each byte →',
        labelAnchor: 'right',
        labelArrow: 'none',
        labelOffset: 40,
        tickSize: 0,
      }),
      Plot.axisY(yTicks, { text: tickText, label: '↑ GFLOP/s', labelArrow: 'none', tickSize: 0 }),
      ...(memoryRoof === undefined
        ? []
        : [
            Plot.line(
              [x[0], ridge].map((intensity) => [intensity, intensity * memoryRoof]),
              { stroke: 'var(--ink)', strokeWidth: 2, className: 'memory-roof' },
            ),
          ]),
      Plot.line(
        [ridge, x[1]].map((intensity) => [intensity, highest]),
        { stroke: 'var(--ink)', strokeWidth: 2, strokeDasharray: '6,4', className: 'highest-roof' },
      ),
      Plot.dot(points, {
        x: 'intensity',
        y: 'rate',
        r: ({ hollow }: RooflinePoint) => (hollow ? 4.75 : 5.5),
        symbol: ({ symbol }: RooflinePoint) => SYMBOLS[symbol] ?? 'star',
        fill: ({ role, hollow }: RooflinePoint) => (hollow ? 'var(--surface)' : COLOURS[role]),
        stroke: ({ role, hollow }: RooflinePoint) => (hollow ? COLOURS[role] : 'var(--surface)'),
        strokeWidth: 1.5,
        title: ({ name, intensity, rate }: RooflinePoint) => `${name}: ${digits(rate)} GFLOP/s at ${digits(intensity)} operations a byte`,
        className: 'point',
      }),
    ],
  });
}
