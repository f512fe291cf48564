/** BlockWht2d against the same function in three passes: a contiguous transform, the threshold, and the transform back. */
import { BlockWht2d, type Device, type Dtype, fwht, type Layout, smoothThreshold, type TransformOptions } from 'wht-layers';
import { interleave } from '../interleave';
import type { MapShape } from '../schema';
import { median, relativeError } from '../statistics';
import { measurement, summary } from '../summary';
import { mapShapes } from './budget';
import type { ComparisonHeader, GpuComparisonResult } from './schema';
import type { GpuSession } from './session';
import { type TensorPair, TensorPairs } from './tensor-pairs';

/** One threshold for all points: a tensor of thresholds would be a third input, which the unfused route would have to read. */
const THRESHOLD = 0.05;
/** Float16 is rounded after each of the three passes. */
const TOLERANCE = { float32: 1e-5, float16: 1e-2 } as const;

export async function measureUnfused(session: GpuSession): Promise<void> {
  const shapes = mapShapes(session.device.info(), session.budget);
  for (const [at, shape] of shapes.entries()) {
    for (const dtype of ['float32', 'float16'] as const) {
      session.log(`unfused: ${dtype} ${shape.join('x')}`);
      // The paper's own batch is bound by launches, of which the unfused route has three.
      const target = at === shapes.length - 1 ? 2 : undefined;
      session.run.comparisons.push(...(await compare(session, shape, dtype, target)));
    }
  }
}

async function compare(session: GpuSession, shape: MapShape, dtype: Dtype, target: number | undefined): Promise<GpuComparisonResult[]> {
  const { device, values, budget, sampling, clock } = session;
  const [n, h, w, c] = shape;
  const layouts = ['NCHW', 'NHWC'] as const;
  const header = (layout: Layout): ComparisonHeader => ({
    id: '2d-vs-unfused',
    ...{ protocol: 'throughput', device: 'cuda', dtype, layout, shape },
    ...(target !== undefined && { target }),
  });
  const input = values.take(n * h * w * c);
  const disposables: { dispose(): void }[] = [];
  const tensors = (dimensions: readonly number[], layout: Layout) => {
    const pairs = new TensorPairs(device, input, dimensions, { dtype, layout }, budget.rotation);
    disposables.push(pairs);
    return pairs;
  };
  try {
    // In natural order, a plane's transform is that of its points in a row, which leaves the unfused route no gaps.
    const rows = tensors([n * c, h * w], 'NHWC');
    const unfusedSide = rows.side(unfused);
    const subjects = layouts.map((layout) => {
      const layer = subject(device, shape, dtype, layout);
      disposables.push(layer);
      const pairs = tensors(layout === 'NHWC' ? [n, h, w, c] : [n, c, h, w], layout);
      return { layout, pairs, side: pairs.side(({ x, y }) => layer.forward(x, { out: y })), copy: pairs.copySide() };
    });
    await expectSameFunction(rows, subjects[0] as (typeof subjects)[0], unfusedSide, dtype);

    const sides = [unfusedSide, ...subjects.flatMap(({ side, copy }) => [side, copy])];
    const samples = await interleave(sides, sampling, () => {}, clock);
    const implementation = `wht-layers ${device.info().backend}`;
    const next = () => samples.shift() as number[];
    const baseline = measurement({ layer: 'fwht, smoothThreshold, fwht', implementation }, next());
    return subjects.map(({ layout, pairs }) => ({
      ...header(layout),
      ...summary(measurement({ layer: 'BlockWht2d', implementation }, next()), [baseline], [], median(next())),
      bytes: pairs.bytes,
      pairs: pairs.pairs.length,
    }));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return layouts.map((layout) => ({ ...header(layout), error: message }));
  } finally {
    for (const each of disposables) each.dispose();
  }
}

function subject(device: Device, [, height, width]: MapShape, dtype: Dtype, layout: Layout): BlockWht2d {
  const thresholds = new Float32Array(height * width).fill(THRESHOLD);
  return new BlockWht2d(device, { height, width, thresholds, dtype, layout });
}

function unfused({ x, y }: TensorPair): void {
  const natural: TransformOptions = { ordering: 'natural', out: y };
  fwht(x, natural);
  smoothThreshold(y, THRESHOLD, { out: y });
  fwht(y, natural);
}

/** Times of different functions would say nothing. The layer is that of NCHW, whose planes are the rows. */
async function expectSameFunction(
  rows: TensorPairs,
  layer: { pairs: TensorPairs; side: { run(times: number): Promise<void> } },
  route: { run(times: number): Promise<void> },
  dtype: Dtype,
): Promise<void> {
  await route.run(1);
  await layer.side.run(1);
  const error = relativeError(await layer.pairs.first.y.read(), await rows.first.y.read());
  // Written so that NaN fails.
  if (!(error < TOLERANCE[dtype])) {
    throw new Error(`Expected BlockWht2d to give the output of the unfused transforms, got a relative error of ${error.toExponential(1)}`);
  }
}
