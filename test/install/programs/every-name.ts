/** A TypeScript user of every name in the README's table. Prints "ok". */
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
  Fwht1d,
  fwht,
  fwht2d,
  globalAveragePool,
  HtPerceptron,
  type Layer,
  listDevices,
  maxPool2d,
  mobileNetV2,
  mobileNetV3Large,
  multiply,
  type Network,
  type NetworkOptions,
  openDevice,
  resnet20,
  resnet50,
  SqueezeExcite,
  smoothThreshold,
  softThreshold,
  type Tensor,
  WhtError,
  type WhtErrorCode,
} from 'wht-layers';

// A project without @types/node or the DOM has to say what its console is.
declare const console: { log(message: string): void };

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`Expected ${what}`);
}

async function tensors(device: Device): Promise<void> {
  const x: Tensor = device.tensor(new Float32Array([1, 2, 3, 4]), [1, 1, 2, 2] as const, { layout: 'NCHW', hostVisible: true });
  const zeros = device.zeros([4], { dtype: 'float16' });
  check(
    (await zeros.read()).every((value) => value === 0),
    'zeros to be zero',
  );
  const view: Float32Array | Uint16Array = x.view();
  check(view.length === 4, 'a view of four values');
  x.write(new Float32Array([4, 3, 2, 1]));
  check(x.readSync()[0] === 4, 'what was written');
  x.dispose();
  zeros.dispose();
}

async function layers(device: Device): Promise<void> {
  const x = device.zeros([1, 8, 8, 16]);
  const conv = new Conv2d(device, { inChannels: 16, outChannels: 16, kernelSize: 3, activation: 'relu' });
  const algorithms: readonly { name: string }[] = await conv.algorithms([1, 8, 8, 16]);
  check(algorithms.length === 0, 'no algorithms to choose among on the CPU');
  const all: Layer[] = [
    new BlockWht2d(device, { height: 8, width: 8, ordering: 'sequency' }),
    new BlockWht1d(device, { inChannels: 16, outChannels: 16, threshold: 'soft' }),
    conv,
    new SqueezeExcite(device, { channels: 16, hidden: 4, gate: 'hard-sigmoid' }),
    new HtPerceptron(device, { height: 8, width: 8, channels: 16, paths: 2 }),
    new Fwht1d(device, { inChannels: 16, outChannels: 24 }),
  ];
  for (const layer of all) {
    const y: Tensor = layer.forward(x);
    layer.forward(x, { out: y });
    check(y.shape.join() === layer.outputShape(x.shape).join(), 'the shape that was announced');
    const counted: number = layer.parameterCount.total;
    const held = Object.values(layer.parameters).reduce((sum, values) => sum + values.length, 0);
    check(counted === held && layer.macs(x.shape) >= 0, 'parameters to be counted');
    layer.dispose();
  }
  const norm = new BatchNorm2d(device, { channels: 16, epsilon: 1e-3, activation: 'relu' });
  const { trainable, total } = norm.parameterCount;
  check(trainable === 32 && total === 64 && norm.forward(x).shape.join() === '1,8,8,16', 'a batch norm');
  const dense = new Dense(device, { inFeatures: 16, outFeatures: 10 });
  check(dense.forward(globalAveragePool(x)).shape.join() === '1,1,1,10', 'a dense layer');
}

async function functions(device: Device): Promise<void> {
  const x = device.tensor(new Float32Array(16).fill(1), [1, 4, 4, 1]);
  const results: Tensor[] = [
    fwht(x, { axis: 1, blockSize: 4, ordering: 'natural', normalization: 'none' }),
    fwht2d(x),
    smoothThreshold(x, 0.5),
    softThreshold(x, 0.5),
    add(x, x),
    multiply(x, 2),
    globalAveragePool(x),
    copy(x),
    activate(x, 'hard-swish'),
    maxPool2d(x, { size: 3, stride: 2, padding: 1 }),
    averagePool2d(x, { size: 2 }),
    cropOrPad(x, { height: 3, width: 5, channels: 2 }),
  ];
  await device.synchronize();
  const milliseconds: number = await device.elapsed(async () => {
    copy(x);
  });
  check(milliseconds >= 0 && results.length === 12, 'time to pass');
}

async function networks(device: Device): Promise<void> {
  const options: NetworkOptions = { inputSize: 32, classes: 10 };
  const all: Network[] = [
    await resnet20(device, { ...options, variant: 'ht-perceptron', paths: 1 }),
    await resnet50(device, { ...options, variant: 'wht', replacedBlocks: [1] }),
    await mobileNetV2(device, { ...options, variant: 'wht', transform: 'fwht' }),
    await mobileNetV3Large(device, options),
  ];
  const x = device.zeros([1, 32, 32, 3]);
  for (const network of all) {
    const y: Tensor = network.forward(x);
    check(y.shape.join() === '1,10' && network.summary().includes(network.name), 'logits, and a summary');
    const { trainable, total } = network.parameterCount;
    check(trainable < total && network.memory().maps > 0 && network.layers().length > 20, 'parameters, maps and layers');
    network.dispose();
  }
}

function errors(): void {
  try {
    openDevice('cpu', { threads: 1000 });
  } catch (error) {
    if (!(error instanceof WhtError)) throw error;
    const code: WhtErrorCode = error.code;
    check(code === 'ERR_WHT_OPTION', 'the code of the error');
    return;
  }
  check(false, 'an error');
}

async function main(): Promise<void> {
  check(
    listDevices().some(({ kind, available }) => kind === 'cpu' && available),
    'a CPU',
  );
  const device = openDevice('cpu', { threads: 2 });
  const simd: string | undefined = device.info().simd;
  check(simd !== undefined && device.memory().current >= 0, 'a description of the device');
  await tensors(device);
  await layers(device);
  await functions(device);
  await networks(device);
  errors();
  device.close();
  console.log('ok');
}

void main();
