/** What an image costs in energy, where the board tells. */
import { figure } from '../../figures';
import { type Energy, isMeasured, type JetsonRun, type MeasuredRow, type Side } from '../schema';
import type { EnergyRow, EnergySide, Panel, Role } from './chart-data';
import { chartFigure } from './chart-figure';
import type { Html } from './html';
import { protocolPanels } from './panels';
import { table } from './table';
import { NOT_MEASURED, PROTOCOL_TITLES, sideTitle, variant, workloadTitle } from './words';

function withEnergy(run: JetsonRun): MeasuredRow[] {
  return run.comparisons.filter(isMeasured).filter((row) => energySides(row).length > 0);
}

/** The baseline's is a slower one's where that of the fastest is not known. */
function energySides({ subject, baseline, others }: MeasuredRow): { role: Role; side: Side; energy: Energy }[] {
  const sides: { role: Role; side: Side }[] = [
    { role: 'subject', side: subject },
    ...[baseline, ...others].flatMap((side) => ('energy' in side ? [{ role: 'baseline' as const, side }] : [])).slice(0, 1),
  ];
  return sides.flatMap(({ role, side }) => (side.energy === undefined ? [] : [{ role, side, energy: side.energy }]));
}

export function energyPanels(run: JetsonRun): Panel<EnergyRow>[] {
  return protocolPanels('energy', withEnergy(run), (row) => energyRow(row, run), 'paper');
}

function energyRow(row: MeasuredRow, run: JetsonRun): EnergyRow {
  return { label: variant(row, run), sides: energySides(row).map(energySide) };
}

function energySide({ role, side, energy: { perImageMj, aboveIdlePerImageMj } }: ReturnType<typeof energySides>[number]): EnergySide {
  return { role, name: sideTitle(side), board: perImageMj, ...(aboveIdlePerImageMj !== undefined && { aboveIdle: aboveIdlePerImageMj }) };
}

export function energyChart(run: JetsonRun): Html {
  return chartFigure({
    id: 'energy',
    question: 'How much energy does an image take?',
    explanation:
      'Millijoule of the whole board for each image on a logarithmic scale, left is less; the number is the filled dot’s. What the idle board draws is part of it, ' +
      'and taken off for the hollow dot.',
    legend: [
      { mark: 'dot subject', text: 'WHT layer' },
      { mark: 'dot baseline', text: 'the fastest baseline whose energy is known' },
      { mark: 'dot hollow', text: 'without what the idle board draws' },
    ],
    panels: energyPanels(run),
    room: 'third',
    empty: `Energy was not measured: ${whyNot(run)}.`,
    table: table(
      'Energy',
      [
        { title: 'Workload' },
        { title: 'Protocol', text: true },
        { title: 'Device, type, layout', text: true },
        { title: 'Layer', text: true },
        { title: 'mJ an image' },
        { title: 'above idle' },
        { title: 'Mean power' },
        { title: 'Rail', text: true },
        { title: 'Readings' },
      ],
      withEnergy(run).flatMap((row) =>
        energySides(row).map(({ side, energy }) => [
          workloadTitle(row.id),
          PROTOCOL_TITLES[row.protocol],
          variant(row, run),
          sideTitle(side),
          ...energyCells(energy),
        ]),
      ),
    ),
  });
}

function energyCells({ perImageMj, aboveIdlePerImageMj, milliwatts, rail, readings }: Energy): (string | number)[] {
  const aboveIdle = aboveIdlePerImageMj === undefined ? NOT_MEASURED : figure(aboveIdlePerImageMj);
  return [figure(perImageMj), aboveIdle, `${figure(milliwatts / 1000)} W`, rail, readings];
}

function whyNot({ environment: { before, recorded } }: JetsonRun): string {
  if (recorded !== undefined) return 'the power rails are those of the recorded board, not of the machine that was timed';
  return before !== undefined && before.rails.length > 0
    ? 'the board’s power rails could be read, but no row ran while they gave enough readings'
    : 'no power rail could be read on this machine';
}
