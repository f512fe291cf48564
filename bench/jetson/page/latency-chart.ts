/** How long calls took, and how much that varied. */
import { figure } from '../../figures';
import { isMeasured, type JetsonRun, type MeasuredRow, type Side } from '../schema';
import type { LatencyRow, LatencySide, Panel, Role } from './chart-data';
import { chartFigure, SIDES } from './chart-figure';
import type { Html } from './html';
import { protocolPanels } from './panels';
import { table } from './table';
import { NOT_MEASURED, PROTOCOL_TITLES, sideTitle, variant, workloadTitle } from './words';

export function latencyPanels(run: JetsonRun): Panel<LatencyRow>[] {
  return protocolPanels('latency', run.comparisons.filter(isMeasured), (row) => latencyRow(row, run));
}

function latencyRow(row: MeasuredRow, run: JetsonRun): LatencyRow {
  return {
    label: variant(row, run),
    flagged: row.flags.length > 0,
    sides: [latencySide('subject', row.subject), latencySide('baseline', row.baseline)],
  };
}

function latencySide(role: Role, side: Side): LatencySide {
  const { min, p5, p25, p75, p95, max } = side.distribution;
  return { role, name: sideTitle(side), median: side.medianMs, min, p5, p25, p75, p95, max };
}

export function latencyChart(run: JetsonRun): Html {
  const measured = run.comparisons.filter(isMeasured);
  const sides = measured.flatMap((row) => [row.subject, row.baseline].map((side) => ({ row, side })));
  return chartFigure({
    id: 'latency',
    question: 'How long does a call take, and how much does that vary?',
    explanation:
      'Milliseconds of one call on a logarithmic scale, left is faster; the number is the median of the rounds’ medians. Boxes hold the middle half of the samples, ' +
      'whiskers reach from the 5th to the 95th percentile, small dots are the shortest and the longest.',
    legend: [
      ...SIDES,
      { mark: 'median', text: 'median' },
      ...(measured.some(({ flags }) => flags.length > 0) ? [{ mark: 'none', text: '* flagged: the tables say why' }] : []),
    ],
    panels: latencyPanels(run),
    room: 'all',
    empty: 'No row was measured.',
    table: table(
      'Milliseconds of one call',
      [
        { title: 'Workload' },
        { title: 'Protocol', text: true },
        { title: 'Device, type, layout', text: true },
        { title: 'Layer', text: true },
        ...['Min', 'p5', 'p25', 'Median', 'p75', 'p90', 'p95', 'p99', 'Max', 'Samples', 'Rounds'].map((title) => ({ title })),
      ],
      sides.map(({ row, side }) => {
        const { distribution: spread, medianMs } = side;
        const shown = (value: number | undefined) => (value === undefined ? NOT_MEASURED : figure(value));
        return [
          workloadTitle(row.id),
          PROTOCOL_TITLES[row.protocol],
          variant(row, run),
          sideTitle(side),
          ...[spread.min, spread.p5, spread.p25, medianMs, spread.p75, spread.p90, spread.p95, spread.p99, spread.max].map(shown),
          spread.samples,
          spread.rounds,
        ];
      }),
    ),
  });
}
