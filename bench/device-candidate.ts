import { copy, type Layer } from 'wht-layers';
import type { Candidate } from './candidate';
import type { MapShape } from './schema';

export interface DeviceCandidate extends Candidate {
  /** A plain copy of the same input into the same output: the least time for anything that reads and writes them. */
  readonly copy: Candidate;
  memoryBytes(): number;
}

/**
 * A layer of wht-layers, writing to the same output every time.
 *
 * @param layer on a device of its own, so that the device's memory is the layer's alone
 * @param input NHWC
 */
export function deviceCandidate(name: string, layer: Layer, input: Float32Array, shape: MapShape): DeviceCandidate {
  const { device } = layer;
  const implementation = `wht-layers ${device.info().backend}`;
  const x = device.tensor(input, shape);
  const y = device.zeros(layer.outputShape(shape));
  const repeated = (operation: () => void) => async (times: number) => {
    for (let time = 0; time < times; time++) operation();
    await device.synchronize();
  };
  return {
    layer: name,
    implementation,
    run: repeated(() => layer.forward(x, { out: y })),
    output: () => y.read(),
    memoryBytes() {
      const { peak, workspace } = device.memory();
      return peak + workspace;
    },
    copy: { layer: 'copy', implementation, run: repeated(() => copy(x, { out: y })), output: () => y.read() },
  };
}
