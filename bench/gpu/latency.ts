/** How long single small calls take, which the work itself does not show: for information. */
import { performance } from 'node:perf_hooks';
import { BlockWht1d, BlockWht2d, copy, type Device, type Dtype, type Layer } from 'wht-layers';
import type { MapShape } from '../schema';
import { median } from '../statistics';
import { isEmulated } from './emulated';
import type { LatencyResult } from './schema';
import type { GpuSession } from './session';

const SHAPES: readonly MapShape[] = [
  [1, 8, 8, 64],
  [1, 8, 8, 1024],
  [10, 8, 8, 1024],
];

export async function measureLatency(session: GpuSession): Promise<void> {
  const { device, run } = session;
  const emulated = isEmulated(device.info().name);
  session.log('latency');
  for (const shape of emulated ? SHAPES.slice(0, 1) : SHAPES) {
    for (const dtype of ['float32', 'float16'] as const) {
      for (const layer of ['copy', 'BlockWht2d', 'BlockWht1d'] as const) {
        run.latency.push(await measure(session, layer, dtype, shape, emulated ? 2 : 200));
      }
    }
  }
}

async function measure(
  { device, values }: GpuSession,
  layer: 'copy' | 'BlockWht2d' | 'BlockWht1d',
  dtype: Dtype,
  shape: MapShape,
  calls: number,
): Promise<LatencyResult> {
  try {
    const x = device.tensor(values.take(shape.reduce((product, size) => product * size)), shape, { dtype });
    const y = device.zeros(shape, { dtype });
    const made = makeLayer(device, layer, dtype, shape);
    const queue = () => (made === undefined ? copy(x, { out: y }) : made.forward(x, { out: y }));
    const repeat = (times: number) => {
      for (let time = 0; time < times; time++) queue();
    };
    repeat(calls);
    await device.synchronize();
    const roundTrips: number[] = [];
    for (let call = 0; call < calls; call++) {
      const start = performance.now();
      queue();
      await device.synchronize();
      roundTrips.push((performance.now() - start) * 1000);
    }
    const queued: number[] = [];
    for (let sample = 0; sample < 5; sample++) queued.push(((await device.elapsed(() => repeat(calls))) * 1000) / calls);
    for (const each of [x, y, made]) each?.dispose();
    return { layer, dtype, shape, roundTripUs: median(roundTrips), queuedUs: median(queued) };
  } catch (error) {
    return { layer, dtype, shape, error: error instanceof Error ? error.message : String(error) };
  }
}

/** Undefined for the copy, which is none. */
function makeLayer(device: Device, layer: string, dtype: Dtype, [, height, width, channels]: MapShape): Layer | undefined {
  if (layer === 'copy') return undefined;
  return layer === 'BlockWht2d'
    ? new BlockWht2d(device, { height, width, dtype })
    : new BlockWht1d(device, { inChannels: channels, dtype });
}
