/** Whether bytes or arithmetic bound a layer. */
import { figure } from '../../figures';
import { type DeviceKind, isMeasured, type JetsonRun, type MeasuredRow, type Side, WORKLOAD_IDS } from '../schema';
import type { Role, RooflinePanel, RooflinePoint } from './chart-data';
import { chartFigure, SIDES } from './chart-figure';
import type { Html } from './html';
import { table } from './table';
import { bytesText, deviceTitle, NOT_MEASURED, sideTitle, variant, workloadTitle } from './words';

/** As the style sheet and the browser's script draw them. */
const SYMBOLS = ['circle', 'square', 'diamond', 'triangle', 'cross'] as const;

/** Only of layers alone: under other protocols the time is of copies as well. */
function measuredAlone(run: JetsonRun, device: DeviceKind): MeasuredRow[] {
  return run.comparisons.filter(isMeasured).filter((row) => row.protocol === 'throughput' && row.device === device);
}

export function rooflinePanels(run: JetsonRun): RooflinePanel[] {
  return (['cuda', 'cpu'] as const).flatMap((device) => {
    const points = measuredAlone(run, device).flatMap((row) => [point('subject', row, run), point('baseline', row, run)]);
    if (points.length === 0) return [];
    const memoryRoof = roofOf(run, device);
    const highest = Math.max(...points.map((each) => each.rate));
    return [
      {
        id: `plot-roofline-${device}`,
        title: deviceName(device, run),
        explanation: roofText(memoryRoof, highest),
        ...(memoryRoof !== undefined && { memoryRoof }),
        highest,
        points,
      },
    ];
  });
}

/** Of the largest tensor that was copied: smaller ones may lie in a cache. */
function roofOf({ copies }: JetsonRun, device: DeviceKind): number | undefined {
  const [largest] = copies.filter((copy) => copy.device === device).sort((a, b) => b.bytes - a.bytes);
  return largest?.gigabytesPerSecond;
}

function deviceName(device: DeviceKind, run: JetsonRun): string {
  const { gpu, cpu, threads } = run.environment;
  const title = deviceTitle(device, run);
  if (device === 'cpu') return `${title}: ${cpu}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  return gpu === undefined || gpu === title ? title : `${title}: ${gpu}`;
}

function point(role: Role, row: MeasuredRow, run: JetsonRun): RooflinePoint {
  const side = row[role];
  return {
    role,
    name: `${workloadTitle(row.id)}, ${variant(row, run)}: ${sideTitle(side)}`,
    symbol: WORKLOAD_IDS.indexOf(row.id),
    hollow: row.dtype === 'float16',
    intensity: side.operations / side.bytes,
    rate: rate(side),
  };
}

/** GFLOP/s. */
function rate({ operations, medianMs }: Side): number {
  return operations / medianMs / 1e6;
}

export function roofline(run: JetsonRun): Html {
  const rows = (['cuda', 'cpu'] as const).flatMap((device) => measuredAlone(run, device));
  return chartFigure({
    id: 'roofline',
    question: 'Is a layer bound by memory or by arithmetic?',
    explanation:
      'Operations a second against operations for each byte that must be moved, throughput rows only, both scales logarithmic. A point near the sloped roof is as ' +
      'fast as a copy; one above it was served by caches. The flat roof is the highest rate that was measured here, not what the device could do. ' +
      'A mark of one shape and colour stands once for each type and layout that was measured: filled for float32, hollow for float16, NHWC and NCHW alike.',
    legend: [
      ...SIDES,
      ...WORKLOAD_IDS.filter((id) => rows.some((row) => row.id === id)).map((id) => ({
        mark: `symbol ${SYMBOLS[WORKLOAD_IDS.indexOf(id)]}`,
        text: workloadTitle(id),
      })),
      ...(rows.some(({ dtype }) => dtype === 'float16') ? [{ mark: 'dot hollow', text: 'hollow: float16' }] : []),
      { mark: 'roof', text: 'memory: the measured rate of copies' },
      { mark: 'roof dashed', text: 'the highest measured rate' },
    ],
    panels: rooflinePanels(run),
    empty: 'Nothing to draw: no throughput row was measured, and other rows’ times are of copies as well.',
    table: [
      table(
        'Operations and bytes of one call',
        [
          { title: 'Workload' },
          { title: 'Device, type, layout', text: true },
          { title: 'Layer', text: true },
          { title: 'Operations' },
          { title: 'Bytes' },
          { title: 'Operations for each byte' },
          { title: 'GFLOP/s' },
          { title: 'GB/s' },
        ],
        rows.flatMap((row) =>
          [row.subject, row.baseline].map((side) => [
            workloadTitle(row.id),
            variant(row, run),
            sideTitle(side),
            side.operations.toExponential(2),
            bytesText(side.bytes),
            figure(side.operations / side.bytes),
            figure(rate(side)),
            figure(side.bytes / side.medianMs / 1e6),
          ]),
        ),
      ),
      copyTable(run),
    ],
  });
}

function roofText(memoryRoof: number | undefined, highest: number): string {
  const memory = memoryRoof === undefined ? 'Copies were not measured' : `Copies ${figure(memoryRoof)} GB/s`;
  return `${memory}; highest measured rate ${figure(highest)} GFLOP/s.`;
}

function copyTable(run: JetsonRun): Html | undefined {
  if (run.copies.length === 0) return undefined;
  return table(
    'Measured copies',
    [{ title: 'Device' }, { title: 'Threads' }, { title: 'Read and written' }, { title: 'Median ms' }, { title: 'GB/s' }],
    run.copies.map(({ device, threads, bytes, medianMs, gigabytesPerSecond }) => [
      deviceTitle(device, run),
      threads ?? NOT_MEASURED,
      bytesText(bytes),
      figure(medianMs),
      figure(gigabytesPerSecond),
    ]),
  );
}
