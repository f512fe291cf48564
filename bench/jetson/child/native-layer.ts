import { Conv2d, copy, type Device, type Layer, type Layout, openDevice, type Tensor } from 'wht-layers';
import { channelsFirst, channelsLast } from '../../channel-order';
import { deviceClock, emulatedClock } from '../../gpu/device-clock';
import { isEmulated } from '../../gpu/emulated';
import { TensorPairs } from '../../gpu/tensor-pairs';
import { uniform } from '../../random';
import type { MapShape } from '../../schema';
import { type Clock, SYSTEM_CLOCK } from '../../turn';
import { type Contender, workload } from '../../workloads';
import type { LayerTask, SideKey } from '../task';
import { IMAGES, type TimedLayer, type TimedSide } from './timed-layer';

/** A layer of wht-layers. */
export async function nativeLayer({ workload: id, role, device: kind, index, threads, dtype, shape }: LayerTask): Promise<TimedLayer> {
  const device = openDevice(kind, kind === 'cuda' ? { index } : threads === undefined ? {} : { threads });
  const { subject, baseline } = workload(id);
  const contender: Contender = role === 'subject' ? subject : baseline;
  const info = device.info();
  const images = sourceImages(shape);
  const layers = new Map<Layout, Layer>();
  const layerOf = (layout: Layout) => {
    const layer = layers.get(layout) ?? contender.make(device, shape, { dtype, layout });
    layers.set(layout, layer);
    return layer;
  };

  return {
    async side(key) {
      const layer = layerOf(key.layout);
      const parameters = layer.parameterCount.total * (dtype === 'float16' && layer instanceof Conv2d ? 2 : 4);
      const operate = (x: Tensor, out: Tensor) => (key.copy ? copy(x, { out }) : layer.forward(x, { out }));
      // Others are awaited by JavaScript, whose clock it is then.
      const clock = kind === 'cuda' && key.protocol === 'throughput' ? await gpuClock(device, info.name, shape) : SYSTEM_CLOCK;
      const mode = sideMode(device, key, { images, shape, dtype, operate, clock, rotationBytes: rotationBytes(kind, info) });
      return {
        ...mode,
        layer: key.copy ? 'copy' : contender.name,
        implementation: `wht-layers ${info.backend}`,
        images: shape[0],
        operations: key.copy ? 0 : contender.operations(layer, shape),
        bytes: 2 * mode.tensorBytes + (key.copy ? 0 : parameters),
      };
    },
    memoryBytes() {
      const { peak, workspace } = device.memory();
      return peak + workspace;
    },
    ...(kind === 'cuda' &&
      role === 'baseline' && {
        async algorithms(layout) {
          const layer = layerOf(layout);
          // Squeeze-and-Excite is no convolution, and cuDNN has it as nothing else.
          const algorithms = layer instanceof Conv2d ? await layer.algorithms(memoryOrder(shape, layout)) : [];
          return { dtype, layout, shape, algorithms };
        },
      }),
  };
}

function gpuClock(device: Device, name: string, shape: MapShape): Promise<Clock> | Clock {
  return isEmulated(name) ? emulatedClock(device) : deviceClock(device, 8 * shape.reduce((product, size) => product * size));
}

/** All pairs of input and output together: past the cache of a GPU, which grows with its memory, and no burden on a small board. */
function rotationBytes(kind: LayerTask['device'], { name, memoryTotal }: { name: string; memoryTotal: number }): number {
  return kind === 'cpu' || isEmulated(name) ? 0 : Math.min(2 ** 30, memoryTotal / 64);
}

/** Several where a call takes one, as the authors' loop had; uniform in [0, 1) as theirs. */
function sourceImages(shape: MapShape): Float32Array[] {
  const size = shape.reduce((product, length) => product * length);
  return Array.from({ length: shape[0] === 1 ? IMAGES : 1 }, (_, at) => uniform(size, at + 1));
}

function memoryOrder([n, h, w, c]: MapShape, layout: Layout): readonly number[] {
  return layout === 'NHWC' ? [n, h, w, c] : [n, c, h, w];
}

interface ModeContext {
  images: readonly Float32Array[];
  shape: MapShape;
  dtype: LayerTask['dtype'];
  operate(x: Tensor, out: Tensor): void;
  clock: Clock;
  rotationBytes: number;
}

type Mode = Pick<TimedSide, 'run' | 'clock' | 'awaited' | 'output'> & { tensorBytes: number };

function sideMode(device: Device, { protocol, layout }: SideKey, context: ModeContext): Mode {
  const { images, shape, dtype, operate, clock, rotationBytes: bytes } = context;
  const inputs = images.map((image) => (layout === 'NHWC' ? image : channelsFirst(image, shape)));
  const dimensions = memoryOrder(shape, layout);
  const storage = { dtype, layout };
  const firstImage = async (values: Float32Array) => {
    const one: MapShape = [1, shape[1], shape[2], shape[3]];
    const image = values.slice(0, values.length / shape[0]);
    return layout === 'NHWC' ? image : channelsLast(image, one);
  };

  if (protocol === 'throughput') {
    const pairs = new TensorPairs(device, inputs[0] as Float32Array, dimensions, storage, bytes);
    const queue = pairs.side(({ x, y }) => operate(x, y));
    return {
      tensorBytes: pairs.bytes / 2,
      awaited: false,
      clock,
      async run(times) {
        await queue.run(times);
        // The device's own clock waits by itself.
        if (clock.elapsed === undefined) await device.synchronize();
      },
      async output() {
        const { x, y } = pairs.first;
        operate(x, y);
        return firstImage(await y.read());
      },
    };
  }

  const x = device.tensor(inputs[0] as Float32Array, dimensions, { ...storage, hostVisible: protocol === 'host-visible' });
  const y = device.zeros(dimensions, { ...storage, hostVisible: protocol !== 'copies' });
  let next = 0;
  const nextInput = () => inputs[next++ % inputs.length] as Float32Array;
  // Values as the tensor stores them: who fills its memory in place does so in its own format.
  const stored = protocol === 'host-visible' ? x.view().slice() : undefined;
  const received = protocol === 'copies' ? undefined : y.view().slice();
  const call = async () => {
    if (stored === undefined) x.write(nextInput());
    else x.view().set(stored as Float32Array);
    operate(x, y);
    if (received === undefined) {
      await y.read();
      return;
    }
    await device.synchronize();
    // TensorFlow Lite's callers get a copy too, from a C library that keeps its memory. A new array in JavaScript costs more than this layer, in
    // pages that are touched for the first time or not, as the garbage collector has it; rows with copies have that.
    received.set(y.view());
  };
  return {
    tensorBytes: x.byteLength,
    awaited: true,
    clock: SYSTEM_CLOCK,
    async run(times) {
      for (let time = 0; time < times; time++) await call();
    },
    async output() {
      x.write(inputs[0] as Float32Array);
      operate(x, y);
      return firstImage(await y.read());
    },
  };
}
