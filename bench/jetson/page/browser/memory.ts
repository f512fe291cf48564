// biome-ignore-all lint/correctness/noUnusedVariables: other scripts of the page use what this one defines.
/** Bars of each account, with the GPU's part and the paper's reduction. */
type MemoryRow = import('../chart-data').MemoryRow;
type MemoryPanel = import('../chart-data').Panel<MemoryRow>;

const MEGABYTE = 1e6;
const BAR_PIXELS = 6;
/** An axis has some length even where all bars are empty. */
const LEAST_MEGABYTES = 0.001;

function drawMemory({ title, groups }: MemoryPanel, width: number): Element {
  const layout = laidOut({ groups, width, rowPixels: 19 });
  const bars = layout.rows.map(({ row, y }) => ({ ...row, y, megabytes: row.bytes / MEGABYTE }));
  const gpu = bars.flatMap(({ gpuBytes, y }) => (gpuBytes === undefined ? [] : [{ y, megabytes: gpuBytes / MEGABYTE }]));
  const papers = bars.flatMap(({ paperBytes, y }) =>
    paperBytes === undefined ? [] : [{ y, x: paperBytes / MEGABYTE, title: `Paper: ${digits(paperBytes / MEGABYTE)} MB` }],
  );
  const told = bars.filter(({ noise }) => noise === undefined);
  const sizes = told.map(({ megabytes }) => megabytes);
  const right = 64;
  const between = (half: number) => ({ y1: ({ y }: { y: number }) => y - half, y2: ({ y }: { y: number }) => y + half });
  return rowChart({
    title,
    layout,
    right,
    x: { type: 'linear', domain: [0, Math.max(LEAST_MEGABYTES, ...sizes)], label: 'MB →' },
    marks: [
      Plot.rect(told, {
        x1: () => 0,
        x2: 'megabytes',
        ...between(BAR_PIXELS),
        fill: ({ role }: MemoryRow) => COLOURS[role],
        title: ({ name, megabytes }: (typeof bars)[number]) => `${name}: ${digits(megabytes)} MB`,
        className: 'bar',
      }),
      Plot.rect(gpu, { x1: () => 0, x2: 'megabytes', ...between(2), fill: 'var(--surface)', className: 'gpu' }),
      ...paperTicks(papers),
      Plot.ruleX(layout.bands, { x: () => 0, y1: 'top', y2: 'bottom', stroke: 'var(--muted)' }),
      Plot.text(
        bars.filter(({ noise }) => noise !== undefined),
        { y: 'y', text: 'noise', frameAnchor: 'left', textAnchor: 'start', dx: 6, fill: 'var(--muted)', className: 'noise' },
      ),
      values(
        told,
        ({ y }) => y,
        ({ megabytes }) => `${digits(megabytes)} MB`,
        right,
      ),
    ],
  });
}
