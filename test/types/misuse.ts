/** Compiled, not run: what would fail when it runs is an error before that. */
import {
  activate,
  add,
  BatchNorm2d,
  BlockWht1d,
  BlockWht2d,
  Conv2d,
  Dense,
  type Device,
  Fwht1d,
  fwht,
  fwht2d,
  HtPerceptron,
  Layer,
  maxPool2d,
  openDevice,
  SqueezeExcite,
  type Tensor,
  type WhtErrorCode,
} from '../../lib/index';

export function devices(device: Device): void {
  // @ts-expect-error no such kind
  openDevice('gpu');
  // @ts-expect-error a misspelt option
  openDevice('cpu', { thread: 2 });
  // @ts-expect-error a number
  openDevice('cpu', { threads: '2' });
  // @ts-expect-error a fact, not a setting
  device.kind = 'cuda';
}

export function tensors(device: Device, x: Tensor): void {
  // @ts-expect-error float32 only
  device.tensor(new Float64Array(4), [4]);
  // @ts-expect-error not a plain array
  device.tensor([1, 2, 3, 4], [4]);
  // @ts-expect-error without a shape
  device.tensor(new Float32Array(4));
  // @ts-expect-error no such dtype
  device.zeros([4], { dtype: 'float64' });
  // @ts-expect-error no such layout
  device.zeros([4], { layout: 'CHWN' });
  // @ts-expect-error a tensor keeps its shape
  x.shape = [1];
  // @ts-expect-error and what is in it
  x.shape[0] = 1;
  // @ts-expect-error a promise is not its values
  const values: Float32Array = x.read();
  void values;
}

export function layers(device: Device, x: Tensor): void {
  // @ts-expect-error without a width
  new BlockWht2d(device, { height: 8 });
  // @ts-expect-error no such ordering
  new BlockWht2d(device, { height: 8, width: 8, ordering: 'walsh' });
  // @ts-expect-error no such threshold
  new BlockWht2d(device, { height: 8, width: 8, threshold: 'hard' });
  // @ts-expect-error not a plain array
  new BlockWht2d(device, { height: 8, width: 8, thresholds: [0, 0] });
  // @ts-expect-error without channels
  new BlockWht1d(device, {});
  // @ts-expect-error an option of the other layer
  new BlockWht1d(device, { inChannels: 8, height: 8 });
  // @ts-expect-error without a kernelSize
  new Conv2d(device, { inChannels: 8, outChannels: 8 });
  // @ts-expect-error no such activation
  new Conv2d(device, { inChannels: 8, outChannels: 8, kernelSize: 3, activation: 'gelu' });
  // @ts-expect-error a bias is values, or whether there is one
  new Conv2d(device, { inChannels: 8, outChannels: 8, kernelSize: 3, bias: 1 });
  // @ts-expect-error all algorithms may be used, or not
  new Conv2d(device, { inChannels: 8, outChannels: 8, kernelSize: 3, inexact: 'winograd' });
  // @ts-expect-error its convolutions are exact
  new SqueezeExcite(device, { channels: 8, hidden: 2, inexact: true });
  // @ts-expect-error no such gate
  new SqueezeExcite(device, { channels: 8, hidden: 2, gate: 'sigmoid' });
  // @ts-expect-error PyTorch's name, not the paper's
  new BatchNorm2d(device, { channels: 8, gamma: new Float32Array(8) });
  // @ts-expect-error without outFeatures
  new Dense(device, { inFeatures: 8 });
  // @ts-expect-error one array for each path
  new HtPerceptron(device, { height: 8, width: 8, channels: 8, paths: 1, thresholds: new Float32Array(64) });
  // @ts-expect-error an option of the block layer
  new Fwht1d(device, { inChannels: 8, blockSize: 8 });
  // @ts-expect-error a device first
  new BlockWht2d({ height: 8, width: 8 });
  // @ts-expect-error what layers have in common is not a layer
  new Layer(device, {});
  const layer = new BlockWht1d(device, { inChannels: 8 });
  // @ts-expect-error a tensor, not values
  layer.forward(new Float32Array(8));
  // @ts-expect-error a misspelt option
  layer.forward(x, { output: x });
  // @ts-expect-error a layer keeps its sizes
  layer.blockSize = 4;
}

export function functions(x: Tensor): void {
  // @ts-expect-error an axis is a number
  fwht(x, { axis: 'channels' });
  // @ts-expect-error no such normalization
  fwht(x, { normalization: 'ortho' });
  // @ts-expect-error planes have no axis to choose
  fwht2d(x, { axis: 1 });
  // @ts-expect-error no such activation
  activate(x, 'gelu');
  // @ts-expect-error without a size
  maxPool2d(x, { stride: 2 });
  // @ts-expect-error without a second operand
  add(x);
  // @ts-expect-error a number or a tensor
  add(x, [1]);
}

// @ts-expect-error no such code
export const code: WhtErrorCode = 'ERR_WHT_UNKNOWN';
