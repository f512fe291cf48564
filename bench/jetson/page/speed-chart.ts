/** How many times as fast as the baseline each row is. */
import { type ComparisonResult, isMeasured, type JetsonRun } from '../schema';
import type { Panel, SpeedRow } from './chart-data';
import { chartFigure } from './chart-figure';
import type { Html } from './html';
import { protocolPanels } from './panels';
import { failure, table } from './table';
import { intervalText, NOT_MEASURED, PROTOCOL_TITLES, paperTimes, times, variant, workloadTitle } from './words';

/** Of protocols of which something was measured; what failed has its place beside it. */
export function speedPanels(run: JetsonRun): Panel<SpeedRow>[] {
  const measured = new Set(run.comparisons.filter(isMeasured).map(({ protocol }) => protocol));
  const rows = run.comparisons.filter(({ protocol }) => measured.has(protocol));
  return protocolPanels('speed', rows, (row) => speedRow(row, run), 'paper');
}

function speedRow(row: ComparisonResult, run: JetsonRun): SpeedRow {
  const label = variant(row, run);
  const paper = row.paper && { paper: row.paper.speedRatio };
  if (!isMeasured(row)) return { label, ...paper, flagged: false };
  const { speedRatio, speedRatioInterval, flags } = row;
  return {
    label,
    ratio: speedRatio,
    ...(speedRatioInterval && { interval: speedRatioInterval }),
    ...paper,
    flagged: flags.length > 0,
  };
}

export function speedChart(run: JetsonRun): Html {
  const panels = speedPanels(run);
  const drawn = panels.flatMap((panel) => panel.groups.flatMap(({ rows }) => rows));
  return chartFigure({
    id: 'speed',
    question: 'How many times as fast as the baseline is the WHT layer?',
    explanation:
      'The baseline’s time over the layer’s, the median of the rounds’ ratios, on a logarithmic scale: right of 1 the layer is faster. Bars are intervals of 95 % confidence. ' +
      'Each protocol asks a question of its own; ratios of different ones do not compare.',
    legend: [
      { mark: 'dot subject', text: 'measured' },
      { mark: 'interval subject', text: '95 % confidence' },
      { mark: 'unity', text: '1: as fast as the baseline' },
      ...(drawn.some(({ flagged }) => flagged) ? [{ mark: 'dot subject hollow', text: '* flagged: the tables say why' }] : []),
      ...(drawn.some(({ paper }) => paper !== undefined)
        ? [{ mark: 'tick', text: 'the paper’s figure, where it was measured in this way' }]
        : []),
    ],
    panels,
    room: 'third',
    empty: 'No row was measured.',
    table: table(
      'Speed-up by workload and protocol',
      [
        { title: 'Workload' },
        { title: 'Protocol', text: true },
        { title: 'Device, type, layout', text: true },
        { title: 'Speed-up' },
        { title: '95 % confidence' },
        { title: 'Paper' },
      ],
      run.comparisons.map((row) => [
        workloadTitle(row.id),
        PROTOCOL_TITLES[row.protocol],
        variant(row, run),
        ...(isMeasured(row)
          ? [times(row.speedRatio), row.speedRatioInterval ? intervalText(row.speedRatioInterval) : NOT_MEASURED]
          : [failure(row.error), NOT_MEASURED]),
        row.paper ? paperTimes(row.paper) : NOT_MEASURED,
      ]),
    ),
  });
}
