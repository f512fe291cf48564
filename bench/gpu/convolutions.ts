/** BlockWht2d in the place of a 3x3 convolution, against the fastest that cuDNN has. */
import { BlockWht2d, type Conv2d, type Device, type Dtype, type Layout } from 'wht-layers';
import { interleave } from '../interleave';
import type { MapShape, Measurement, Unavailable } from '../schema';
import { median } from '../statistics';
import { measurement, summary } from '../summary';
import { paperConvolution } from '../workloads';
import { fastestAlgorithm } from './baseline';
import { mapShapes } from './budget';
import { deviceMemory } from './device-memory';
import type { AlgorithmTable, ComparisonHeader, GpuComparisonResult } from './schema';
import type { GpuSession } from './session';
import { TensorPairs } from './tensor-pairs';

interface Precision {
  dtype: Dtype;
  tf32?: true;
}

const PAPER = { speedRatio: 24, memoryReduction: 0.1951 };

export async function measureConvolutions(session: GpuSession): Promise<void> {
  const info = session.device.info();
  for (const shape of mapShapes(info, session.budget)) {
    for (const precision of precisions(info.computeCapability)) {
      session.log(`convolution: ${precision.dtype}${precision.tf32 ? ' with TF32' : ''} ${shape.join('x')}`);
      session.run.comparisons.push(...(await compare(session, shape, precision)));
    }
  }
}

/** Float32 without rounding is what layers promise; the others show what giving that up gains. GPUs before Ampere have no TF32. */
function precisions(computeCapability = '0'): Precision[] {
  const roundable = Number(computeCapability) >= 8;
  return [{ dtype: 'float32' }, ...(roundable ? [{ dtype: 'float32', tf32: true } as const] : []), { dtype: 'float16' }];
}

/** The layer in both layouts, each against what is fastest in either. */
async function compare(session: GpuSession, shape: MapShape, precision: Precision): Promise<GpuComparisonResult[]> {
  const layouts = ['NHWC', 'NCHW'] as const;
  const header = (layout: Layout): ComparisonHeader => ({
    id: '2d-vs-conv3x3',
    ...{ protocol: 'throughput', device: 'cuda', ...precision, layout, shape, paper: PAPER },
    // The promise is made for float32 as it is.
    ...(precision.dtype === 'float32' && precision.tf32 === undefined && { target: PAPER.speedRatio }),
  });
  const contests: Contest[] = [];
  try {
    for (const layout of layouts) contests.push(await prepare(session, shape, precision, layout));
    return await takeTurns(session, contests, header);
  } catch (error) {
    return layouts.map((layout) => ({ ...header(layout), error: messageOf(error) }));
  } finally {
    for (const contest of contests) contest.dispose();
  }
}

/** The layer, and the convolution where there is one, on tensors of one layout. */
interface Contest {
  layout: Layout;
  pairs: TensorPairs;
  layer: BlockWht2d;
  layerBytes: number;
  convolution?: { layer: Conv2d; table: AlgorithmTable; bytes: number };
  unavailable: Unavailable[];
  dispose(): void;
}

async function prepare(session: GpuSession, [n, h, w, c]: MapShape, precision: Precision, layout: Layout): Promise<Contest> {
  const { device, values, budget, index, run } = session;
  const { dtype } = precision;
  const shape = layout === 'NHWC' ? [n, h, w, c] : [n, c, h, w];
  const makeLayer = (on: Device) => new BlockWht2d(on, { height: h, width: w, dtype, layout });
  const makeConvolution = (on: Device) => paperConvolution(on, [n, h, w, c], { ...precision, layout });

  const contest: Contest = {
    layout,
    layerBytes: await deviceMemory(index, makeLayer, shape),
    pairs: new TensorPairs(device, values.take(n * h * w * c), shape, { dtype, layout }, budget.rotation),
    layer: makeLayer(device),
    unavailable: [],
    dispose() {
      for (const each of [contest.pairs, contest.layer, contest.convolution?.layer]) each?.dispose();
    },
  };
  // cuDNN may have nothing for one layout and all for the other.
  try {
    const layer = makeConvolution(device);
    const table: AlgorithmTable = { ...precision, layout, shape: [n, h, w, c], algorithms: await layer.algorithms(shape) };
    run.algorithms.push(table);
    contest.convolution = { layer, table, bytes: await deviceMemory(index, makeConvolution, shape) };
  } catch (error) {
    contest.unavailable.push({ layer: 'Conv2d 3x3', implementation: `${cudnnName(device)} ${layout}`, error: messageOf(error) });
  }
  return contest;
}

async function takeTurns(
  { device, sampling, clock }: GpuSession,
  contests: readonly Contest[],
  header: (layout: Layout) => ComparisonHeader,
): Promise<GpuComparisonResult[]> {
  const sides = contests.flatMap(({ pairs, layer, convolution }) => [
    pairs.side(({ x, y }) => layer.forward(x, { out: y })),
    pairs.copySide(),
    ...(convolution === undefined ? [] : [pairs.side(({ x, y }) => convolution.layer.forward(x, { out: y }))]),
  ]);
  const samples = await interleave(sides, sampling, () => {}, clock);
  const next = () => samples.shift() as number[];
  const measured = contests.map(({ layout, convolution, ...contest }) => ({
    ...contest,
    layout,
    subject: measurement({ layer: 'BlockWht2d', implementation: `wht-layers ${device.info().backend}` }, next(), {
      memoryBytes: contest.layerBytes,
    }),
    copyMs: median(next()),
    convolutions:
      convolution === undefined
        ? []
        : [
            measurement({ layer: 'Conv2d 3x3', implementation: `${cudnnName(device)} ${layout} as Conv2d chose` }, next(), {
              memoryBytes: convolution.bytes,
            }),
          ],
  }));

  const tables = contests.flatMap(({ convolution }) => (convolution === undefined ? [] : [convolution.table]));
  const fastest = fastestAlgorithm(tables, cudnnName(device));
  const baselines: Measurement[] = [...(fastest === undefined ? [] : [fastest]), ...measured.flatMap(({ convolutions }) => convolutions)];
  const unavailable = contests.flatMap((contest) => contest.unavailable);
  return measured.map(({ layout, subject, copyMs, pairs }) => ({
    ...header(layout),
    ...summary(subject, baselines, unavailable, copyMs),
    bytes: pairs.bytes,
    pairs: pairs.pairs.length,
  }));
}

function cudnnName(device: Device): string {
  return `cuDNN ${device.info().cudnn ?? '(not found)'}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
