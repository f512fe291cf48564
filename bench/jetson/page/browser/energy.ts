// biome-ignore-all lint/correctness/noUnusedVariables: other scripts of the page use what this one defines.
/** Energy of both sides of each row, with and without what the idle board draws. */
type EnergyRow = import('../chart-data').EnergyRow;
type EnergySide = import('../chart-data').EnergySide;
type EnergyPanel = import('../chart-data').Panel<EnergyRow>;

function energyDomain(groups: EnergyPanel['groups']): Domain {
  const sides = groups.flatMap(({ rows }) => rows.flatMap((row) => row.sides));
  return logDomain(sides.flatMap(({ board, aboveIdle }) => [board, aboveIdle ?? board]));
}

function drawEnergy({ title, groups }: EnergyPanel, width: number): Element {
  const domain = energyDomain(groups);
  const layout = laidOut({ groups, width, rowPixels: 2 * LANE_PIXELS + 8, tall: true });
  const sides = layout.rows.flatMap((placed) => inLanes<EnergySide>(placed));
  // A logarithm has no place for an idle board's.
  const aboveIdle = sides.flatMap((side) =>
    side.aboveIdle === undefined || side.aboveIdle <= 0 ? [] : [{ ...side, aboveIdle: side.aboveIdle }],
  );
  const right = 64;
  const colour = ({ role }: { role: Role }) => COLOURS[role];
  return rowChart({
    title,
    layout,
    right,
    x: { type: 'log', domain, label: 'mJ an image →' },
    marks: [
      Plot.ruleY(aboveIdle, { y: 'y', x1: 'aboveIdle', x2: 'board', stroke: colour, strokeWidth: 1.5, className: 'idle' }),
      Plot.dot(aboveIdle, {
        x: 'aboveIdle',
        y: 'y',
        r: 4,
        fill: 'var(--surface)',
        stroke: colour,
        strokeWidth: 2,
        className: 'above-idle',
      }),
      Plot.dot(sides, {
        x: 'board',
        y: 'y',
        r: 4.5,
        fill: colour,
        title: ({ name, board }) => `${name}: ${digits(board)} mJ an image`,
        className: 'board',
      }),
      values(
        sides,
        ({ y }) => y,
        ({ board }) => `${digits(board)} mJ`,
        right,
      ),
    ],
  });
}
