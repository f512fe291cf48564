import { Conv2d, copy, type Device, type Layout, type Tensor } from 'wht-layers';
import { deviceClock, emulatedClock } from '../../gpu/device-clock';
import { TensorPairs } from '../../gpu/tensor-pairs';
import type { MapShape } from '../../schema';
import { type Clock, SYSTEM_CLOCK } from '../../turn';
import { type Contender, workload } from '../../workloads';
import { openChosen } from '../device-choice';
import type { Protocol } from '../schema';
import type { LayerTask, SideKey } from '../task';
import { firstImage, sourceImages } from './images';
import type { TimedLayer, TimedSide } from './timed-layer';

/** A layer of wht-layers, on tensors that the sides of a protocol and layout share. */
export async function nativeLayer(task: LayerTask): Promise<TimedLayer> {
  const { workload: id, role, device: kind, index, threads, dtype, shape, facts } = task;
  const device = openChosen({ kind, index, ...(threads !== undefined && { threads }) });
  const { subject, baseline } = workload(id);
  const contender: Contender = role === 'subject' ? subject : baseline;
  const layerOf = once((layout: Layout) =>
    contender.make(device, shape, { dtype, layout, ...(role === 'baseline' && kind === 'cuda' && { inexact: true }) }),
  );
  const inputsOf = once((layout: Layout) => sourceImages(shape, layout));
  const clock = once((): Promise<Clock> | Clock => (facts.emulated ? emulatedClock(device) : deviceClock(device, headStartBytes(shape))));
  const tensors = new Map<string, Tensors>();

  return {
    async side(key) {
      const layer = layerOf(key.layout);
      const shared = tensors.get(nameOf(key)) ?? makeTensors(device, key, task, inputsOf(key.layout));
      tensors.set(nameOf(key), shared);
      const operate = (x: Tensor, out: Tensor) => (key.copy ? copy(x, { out }) : layer.forward(x, { out }));
      // Others are awaited by JavaScript, whose clock it is then.
      const timedBy = kind === 'cuda' && key.protocol === 'throughput' ? await clock('') : SYSTEM_CLOCK;
      const parameterBytes = layer.parameterCount.total * (dtype === 'float16' && layer instanceof Conv2d ? 2 : 4);
      return {
        ...shared.side(operate, timedBy),
        layer: key.copy ? 'copy' : contender.name,
        implementation: role === 'baseline' && facts.cudnn !== undefined ? `cuDNN ${facts.cudnn}` : `wht-layers ${facts.backend}`,
        images: shape[0],
        operations: key.copy ? 0 : contender.operations(layer, shape),
        bytes: 2 * shared.tensorBytes + (key.copy ? 0 : parameterBytes),
      };
    },
    release(protocol) {
      for (const [name, each] of tensors) {
        if (!name.startsWith(protocol)) continue;
        each.dispose();
        tensors.delete(name);
      }
    },
    memoryBytes() {
      const { peak, workspace } = device.memory();
      return peak + workspace;
    },
  };
}

function nameOf({ protocol, layout }: SideKey): string {
  return `${protocol} ${layout}`;
}

/** Made when it is first wanted. */
function once<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key) as V;
  };
}

/** About what a call moves, but no burden on a small board. */
function headStartBytes(shape: MapShape): number {
  return Math.min(2 ** 25, 8 * shape.reduce((product, size) => product * size));
}

/** All pairs of input and output together: past the cache of a GPU, which grows with its memory, and no burden on a small board. */
function rotationBytes({ device, facts }: LayerTask): number {
  return device === 'cpu' || facts.emulated ? 0 : Math.min(2 ** 30, facts.memoryTotalBytes / 64);
}

type Operate = (x: Tensor, out: Tensor) => void;

/** Input and output of one protocol and layout. */
interface Tensors {
  /** Of one. */
  tensorBytes: number;
  side(operate: Operate, clock: Clock): Pick<TimedSide, 'run' | 'finish' | 'clock' | 'awaited' | 'output'>;
  dispose(): void;
}

function makeTensors(device: Device, { protocol, layout }: SideKey, task: LayerTask, inputs: readonly Float32Array[]): Tensors {
  const { shape, dtype } = task;
  const [n, h, w, c] = shape;
  const dimensions = layout === 'NHWC' ? [n, h, w, c] : [n, c, h, w];
  const first = (values: Float32Array) => firstImage(values, shape, layout);
  const make = protocol === 'throughput' ? rotatingTensors : awaitedTensors(protocol);
  return make(device, dimensions, { dtype, layout }, inputs, first, rotationBytes(task));
}

type Make = (
  device: Device,
  dimensions: readonly number[],
  storage: Pick<LayerTask, 'dtype'> & { layout: Layout },
  inputs: readonly Float32Array[],
  first: (values: Float32Array) => Float32Array,
  rotationBytes: number,
) => Tensors;

/** Calls are queued together, on one pair after the other. */
const rotatingTensors: Make = (device, dimensions, storage, inputs, first, rotation) => {
  const pairs = new TensorPairs(device, inputs[0] as Float32Array, dimensions, storage, rotation);
  return {
    tensorBytes: pairs.bytes / 2,
    dispose: () => pairs.dispose(),
    side(operate, clock) {
      const queue = pairs.side(({ x, y }) => operate(x, y));
      return {
        awaited: false,
        clock,
        async run(times) {
          await queue.run(times);
          // The device's own clock waits by itself.
          if (clock.elapsed === undefined) await device.synchronize();
        },
        finish: () => device.synchronize(),
        async output() {
          const { x, y } = pairs.first;
          operate(x, y);
          return first(await y.read());
        },
      };
    },
  };
};

/** Each call brings an input and takes the output, by the protocol's way. */
function awaitedTensors(protocol: Protocol): Make {
  return (device, dimensions, storage, inputs, first) => {
    const x = device.tensor(inputs[0] as Float32Array, dimensions, { ...storage, hostVisible: protocol === 'host-visible' });
    const y = device.zeros(dimensions, { ...storage, hostVisible: protocol !== 'copies' });
    let next = 0;
    const nextInput = () => inputs[next++ % inputs.length] as Float32Array;
    // Values as the tensor stores them: who fills its memory in place does so in its own format.
    const stored = protocol === 'host-visible' ? x.view().slice() : undefined;
    const received = protocol === 'copies' ? undefined : y.view().slice();
    const call = async (operate: Operate) => {
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
      dispose() {
        x.dispose();
        y.dispose();
      },
      side: (operate) => ({
        awaited: true,
        clock: SYSTEM_CLOCK,
        async run(times) {
          for (let time = 0; time < times; time++) await call(operate);
        },
        finish: async () => {},
        async output() {
          x.write(inputs[0] as Float32Array);
          operate(x, y);
          return first(await y.read());
        },
      }),
    };
  };
}
