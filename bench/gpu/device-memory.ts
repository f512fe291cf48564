import { type Device, type Layer, openDevice } from 'wht-layers';

/** Bytes of a layer's parameters, input, output and workspace, read on a device of its own. */
export async function deviceMemory(index: number, make: (device: Device) => Layer, shape: readonly number[]): Promise<number> {
  const device = openDevice('cuda', { index });
  try {
    const layer = make(device);
    const { dtype, layout } = layer;
    const x = device.zeros(shape, { dtype, layout });
    const y = device.zeros(layer.outputShape(shape), { dtype, layout });
    layer.forward(x, { out: y });
    await device.synchronize();
    const { peak, workspace } = device.memory();
    return peak + workspace;
  } finally {
    device.close();
  }
}
