/** Compiled, not run: what users write has the types that they expect. */
import { expectTypeOf } from 'vitest';
import {
  activate,
  add,
  averagePool2d,
  BatchNorm2d,
  BlockWht1d,
  BlockWht2d,
  Conv2d,
  copy,
  cropOrPad,
  Dense,
  type Device,
  type DeviceInfo,
  type DeviceListing,
  type Dtype,
  Fwht1d,
  fwht,
  fwht2d,
  globalAveragePool,
  HtPerceptron,
  type Layer,
  type Layout,
  listDevices,
  type MemoryUse,
  maxPool2d,
  multiply,
  openDevice,
  type ParameterCount,
  SqueezeExcite,
  smoothThreshold,
  softThreshold,
  type Tensor,
  WhtError,
  type WhtErrorCode,
} from '../../lib/index';

export async function devices(): Promise<void> {
  expectTypeOf(openDevice()).toEqualTypeOf<Device>();
  expectTypeOf(openDevice('cpu', { threads: 2 })).toEqualTypeOf<Device>();
  expectTypeOf(listDevices()).toEqualTypeOf<DeviceListing[]>();
  using device = openDevice('auto');
  expectTypeOf(device.kind).toEqualTypeOf<'cpu' | 'cuda'>();
  expectTypeOf(device.info()).toEqualTypeOf<DeviceInfo>();
  expectTypeOf(device.info().cudnn).toEqualTypeOf<string | undefined>();
  expectTypeOf(device.memory()).toEqualTypeOf<MemoryUse>();
  expectTypeOf(device.synchronize()).resolves.toBeVoid();
  expectTypeOf(await device.elapsed(async () => {})).toBeNumber();
}

export async function tensors(device: Device): Promise<void> {
  using tensor = device.tensor(new Float32Array(4), [1, 2, 2, 1] as const, { dtype: 'float16', layout: 'NCHW' });
  expectTypeOf(tensor).toEqualTypeOf<Tensor>();
  expectTypeOf(tensor.shape).toEqualTypeOf<readonly number[]>();
  expectTypeOf(tensor.dtype).toEqualTypeOf<Dtype>();
  expectTypeOf(tensor.layout).toEqualTypeOf<Layout>();
  expectTypeOf(await tensor.read()).toEqualTypeOf<Float32Array>();
  expectTypeOf(tensor.readSync()).toEqualTypeOf<Float32Array>();
  expectTypeOf(tensor.view()).toEqualTypeOf<Float32Array | Uint16Array>();
}

export function layers(device: Device, x: Tensor): void {
  const every: Layer[] = [
    new BlockWht2d(device, { height: 8, width: 8 }),
    new BlockWht1d(device, { inChannels: 64, outChannels: 16, ordering: 'natural', threshold: 'none' }),
    new Conv2d(device, { inChannels: 3, outChannels: 4, kernelSize: 3, bias: false, activation: 'relu6' }),
    new Conv2d(device, { inChannels: 3, outChannels: 4, kernelSize: 3, tf32: true, inexact: true }),
    new SqueezeExcite(device, { channels: 8, hidden: 2, gate: 'hard-sigmoid' }),
    new BatchNorm2d(device, { channels: 8, weight: new Float32Array(8), epsilon: 1e-3, activation: 'relu' }),
    new Dense(device, { inFeatures: 8, outFeatures: 2, bias: false }),
    new HtPerceptron(device, { height: 8, width: 8, channels: 8, paths: 1, thresholds: [new Float32Array(64)] }),
    new Fwht1d(device, { inChannels: 8, ordering: 'natural' }),
  ];
  for (const layer of every) {
    expectTypeOf(layer.forward(x)).toEqualTypeOf<Tensor>();
    expectTypeOf(layer.forward(x, { out: x })).toEqualTypeOf<Tensor>();
    expectTypeOf(layer.outputShape([1, 8, 8, 3])).toEqualTypeOf<readonly number[]>();
    expectTypeOf(layer.macs(x.shape)).toBeNumber();
    expectTypeOf(layer.parameters).toEqualTypeOf<Readonly<Record<string, Float32Array>>>();
    expectTypeOf(layer.parameterCount).toEqualTypeOf<ParameterCount>();
  }
}

export function functions(x: Tensor): void {
  expectTypeOf(fwht(x, { axis: -1, blockSize: 8, ordering: 'dyadic', normalization: 'none', out: x })).toEqualTypeOf<Tensor>();
  expectTypeOf(fwht2d(x)).toEqualTypeOf<Tensor>();
  expectTypeOf(add(x, 1)).toEqualTypeOf<Tensor>();
  expectTypeOf(multiply(x, x, { out: x })).toEqualTypeOf<Tensor>();
  expectTypeOf(smoothThreshold(x, x)).toEqualTypeOf<Tensor>();
  expectTypeOf(softThreshold(x, 0.5)).toEqualTypeOf<Tensor>();
  expectTypeOf(globalAveragePool(x)).toEqualTypeOf<Tensor>();
  expectTypeOf(copy(x)).toEqualTypeOf<Tensor>();
  expectTypeOf(activate(x, 'relu6', { out: x })).toEqualTypeOf<Tensor>();
  expectTypeOf(maxPool2d(x, { size: 2 })).toEqualTypeOf<Tensor>();
  expectTypeOf(averagePool2d(x, { size: 3, stride: 1, padding: 1 })).toEqualTypeOf<Tensor>();
  expectTypeOf(cropOrPad(x, { channels: 8 })).toEqualTypeOf<Tensor>();
}

export function errors(error: unknown): WhtErrorCode | undefined {
  if (!(error instanceof WhtError)) return undefined;
  expectTypeOf(error).toMatchTypeOf<Error>();
  return error.code;
}
