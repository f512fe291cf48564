/**
 * Whatever is wrong with a call, it throws a WhtError that names what is wrong and says what was expected and what came, and the device works on
 * as before.
 */
import vm from 'node:vm';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
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
  maxPool2d,
  multiply,
  openDevice,
  SqueezeExcite,
  smoothThreshold,
  softThreshold,
  type Tensor,
  WhtError,
  type WhtErrorCode,
} from '../lib/index';
import { denseArray } from './reference/dense-array';
import { blockWht2d } from './reference/index';
import { relativeError } from './reference/relative-error';

let device: Device;
let otherDevice: Device;
let closedDevice: Device;
/** A map of 2x4x4x8. */
let x: Tensor;
let half: Tensor;
let nchw: Tensor;
let elsewhere: Tensor;
let disposed: Tensor;
let orphan: Tensor;

const SHAPE = [2, 4, 4, 8];
const VALUES = Float32Array.from({ length: 256 }, (_, at) => Math.fround(Math.sin(at)));

beforeAll(() => {
  device = openDevice('cpu', { threads: 1 });
  otherDevice = openDevice('cpu', { threads: 1 });
  closedDevice = openDevice('cpu', { threads: 1 });
  x = device.tensor(VALUES, SHAPE);
  half = device.zeros(SHAPE, { dtype: 'float16' });
  nchw = device.zeros(SHAPE, { layout: 'NCHW' });
  elsewhere = otherDevice.zeros(SHAPE);
  disposed = device.zeros(SHAPE);
  disposed.dispose();
  orphan = closedDevice.zeros(SHAPE);
  closedDevice.close();
});

afterEach(() => {
  vi.unstubAllEnvs();
});

afterAll(async () => {
  using layer = new BlockWht2d(device, { height: 4, width: 4 });
  using y = layer.forward(x);
  const expected = blockWht2d(denseArray(SHAPE, VALUES), { height: 4, width: 4 });
  expect(relativeError(await y.read(), expected.data)).toBeLessThan(1e-6);
  device.close();
  otherDevice.close();
});

type Row = readonly [title: string, call: () => unknown, code: WhtErrorCode, names: string];

async function expectError(call: () => unknown, code: WhtErrorCode, names: string): Promise<void> {
  let thrown: unknown;
  try {
    await call();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(WhtError);
  const { code: actualCode, message, name } = thrown as WhtError;
  expect({ code: actualCode, name }, message).toEqual({ code, name: 'WhtError' });
  expect(message).toMatch(/^Expected .+, got .+$/s);
  expect(message.split(/[^\w]+/)).toEqual(expect.arrayContaining(names.split(' ')));
  // Short enough to read, whatever came.
  expect(message.length).toBeLessThan(300);
}

function rejects(title: string, rows: () => readonly Row[]): void {
  describe(title, () => {
    for (const [name, call, code, names] of rows()) test(name, () => expectError(call, code, names));
  });
}

/** As far as TypeScript is concerned; what JavaScript users pass is anything. */
const wrong = <T>(value: unknown) => value as T;

const detached = new Float32Array(256);
structuredClone(detached.buffer, { transfer: [detached.buffer] });

const NOT_SIZES: readonly unknown[] = [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 40, '8', 8n, null, true, [8], {}];

/** One row for each wrong value of an option that is an integer from 1. */
function sizes(name: string, construct: (value: never) => unknown): Row[] {
  return [0, ...NOT_SIZES].map((value) => [
    `${name}: ${typeof value === 'bigint' ? '8n' : JSON.stringify(value)} (${typeof value})`,
    () => construct(wrong(value)),
    'ERR_WHT_OPTION',
    name,
  ]);
}

rejects('openDevice', () => [
  [
    'averages over blocks of a huge map',
    () => new BlockWht2d(device, { height: 4096, width: 4096, blockSize: 8, stride: 3 }),
    'ERR_WHT_OPTION',
    'stride 8x8 3',
  ],
  ['an index on the CPU', () => openDevice('cpu', { index: 1 }), 'ERR_WHT_OPTION', 'index 1'],
  ['an unknown kind', () => openDevice(wrong('gpu')), 'ERR_WHT_OPTION', 'kind'],
  ['a kind that is no string', () => openDevice(wrong(null)), 'ERR_WHT_OPTION', 'kind'],
  ['null options', () => openDevice('cpu', wrong(null)), 'ERR_WHT_OPTION', 'options'],
  ['an array of options', () => openDevice('cpu', wrong([])), 'ERR_WHT_OPTION', 'options'],
  ['an unknown option', () => openDevice('cpu', wrong({ thread: 2 })), 'ERR_WHT_OPTION', 'options thread'],
  ...sizes('threads', (threads) => openDevice('cpu', { threads })),
  ['too many threads', () => openDevice('cpu', { threads: 257 }), 'ERR_WHT_OPTION', 'threads'],
  ['a negative index', () => openDevice('cpu', { index: -1 }), 'ERR_WHT_OPTION', 'index'],
]);

describe('the environment', () => {
  test.each([
    ['WHT_DEVICE', 'gpu', 'auto'],
    ['WHT_SIMD', 'sse', 'cpu'],
    ['WHT_THREADS', 'many', 'cpu'],
    ['WHT_THREADS', '0', 'cpu'],
    ['WHT_THREADS', '1.5', 'cpu'],
  ] as const)('%s=%s', (name, value, kind) => {
    vi.stubEnv(name, value);
    return expectError(() => openDevice(kind), 'ERR_WHT_OPTION', name);
  });
});

rejects('device.tensor and device.zeros', () => [
  ['Float64Array data', () => device.tensor(wrong(new Float64Array(256)), SHAPE), 'ERR_WHT_OPTION', 'data Float32Array Float64Array'],
  ['a plain array', () => device.tensor(wrong([1, 2, 3]), [3]), 'ERR_WHT_OPTION', 'data Float32Array'],
  ['a Buffer', () => device.tensor(wrong(Buffer.alloc(1024)), SHAPE), 'ERR_WHT_OPTION', 'data Float32Array'],
  ['no data', () => device.tensor(wrong(undefined), SHAPE), 'ERR_WHT_OPTION', 'data Float32Array'],
  [
    'an object that claims to be one',
    () => device.tensor(Object.create(Float32Array.prototype), SHAPE),
    'ERR_WHT_OPTION',
    'data Float32Array',
  ],
  [
    'an array that overstates its length',
    () =>
      device.tensor(
        new (class extends Float32Array {
          override get length() {
            return 256;
          }
        })(3),
        SHAPE,
      ),
    'ERR_WHT_OPTION',
    'data 3 256',
  ],
  ['too few values', () => device.tensor(new Float32Array(255), SHAPE), 'ERR_WHT_OPTION', 'data 255 256'],
  ['too many values', () => device.tensor(new Float32Array(257), SHAPE), 'ERR_WHT_OPTION', 'data 257 256'],
  ['a detached buffer', () => device.tensor(detached, SHAPE), 'ERR_WHT_OPTION', 'data 0 256'],
  ['no shape', () => device.tensor(VALUES, wrong(undefined)), 'ERR_WHT_SHAPE', 'shape'],
  ['a shape that is a number', () => device.zeros(wrong(256)), 'ERR_WHT_SHAPE', 'shape'],
  ['a shape that is a typed array', () => device.zeros(wrong(Int32Array.of(2, 2))), 'ERR_WHT_SHAPE', 'shape'],
  ['a shape without dimensions', () => device.zeros([]), 'ERR_WHT_SHAPE', 'shape'],
  ['too many dimensions', () => device.zeros([1, 1, 1, 1, 1, 1, 1, 1, 1]), 'ERR_WHT_SHAPE', 'shape'],
  ['a shape with a hole', () => device.zeros(wrong(Array(2))), 'ERR_WHT_SHAPE', 'shape'],
  ...NOT_SIZES.filter((value) => value !== 2 ** 40).map(
    (value): Row => [`a dimension of ${typeof value} ${value}`, () => device.zeros([2, wrong(value)]), 'ERR_WHT_SHAPE', 'shape'],
  ),
  ['too many elements', () => device.zeros([2 ** 16, 2 ** 15]), 'ERR_WHT_SHAPE', 'shape elements'],
  ['a dimension too large', () => device.zeros([2 ** 40]), 'ERR_WHT_SHAPE', 'shape elements'],
  ['an unknown dtype', () => device.zeros(SHAPE, { dtype: wrong('float64') }), 'ERR_WHT_OPTION', 'dtype float32 float64'],
  ['a null dtype', () => device.zeros(SHAPE, { dtype: wrong(null) }), 'ERR_WHT_OPTION', 'dtype'],
  ['an inherited name as dtype', () => device.zeros(SHAPE, { dtype: wrong('toString') }), 'ERR_WHT_OPTION', 'dtype'],
  ['an unknown layout', () => device.tensor(VALUES, SHAPE, { layout: wrong('nhwc') }), 'ERR_WHT_OPTION', 'layout NHWC nhwc'],
  ['hostVisible that is no boolean', () => device.zeros(SHAPE, { hostVisible: wrong(1) }), 'ERR_WHT_OPTION', 'hostVisible'],
  ['an unknown option', () => device.zeros(SHAPE, wrong({ type: 'float16' })), 'ERR_WHT_OPTION', 'options zeros type'],
  ['null options', () => device.tensor(VALUES, SHAPE, wrong(null)), 'ERR_WHT_OPTION', 'options tensor null'],
  ['elapsed without a function', () => device.elapsed(wrong(3)), 'ERR_WHT_OPTION', 'fn'],
]);

rejects('tensors', () => [
  ['write: Float64Array', () => x.write(wrong(new Float64Array(256))), 'ERR_WHT_OPTION', 'data Float32Array'],
  ['write: another length', () => x.write(new Float32Array(3)), 'ERR_WHT_OPTION', 'data 256 3'],
  ['write: detached', () => x.write(detached), 'ERR_WHT_OPTION', 'data 256 0'],
  ['view() without hostVisible', () => x.view(), 'ERR_WHT_OPTION', 'hostVisible'],
]);

rejects('BlockWht2d', () => [
  ...sizes('height', (height) => new BlockWht2d(device, { height, width: 4 })),
  ...sizes('width', (width) => new BlockWht2d(device, { height: 4, width })),
  ...sizes('blockSize', (blockSize) => new BlockWht2d(device, { height: 4, width: 4, blockSize })),
  ...sizes('stride', (stride) => new BlockWht2d(device, { height: 4, width: 4, stride })),
  ['no options', () => new BlockWht2d(device, wrong(undefined)), 'ERR_WHT_OPTION', 'height'],
  ['null options', () => new BlockWht2d(device, wrong(null)), 'ERR_WHT_OPTION', 'options BlockWht2d'],
  [
    'an unknown option',
    () => new BlockWht2d(device, wrong({ height: 4, width: 4, order: 'natural' })),
    'ERR_WHT_OPTION',
    'BlockWht2d order',
  ],
  ['blockSize 3', () => new BlockWht2d(device, { height: 4, width: 4, blockSize: 3 }), 'ERR_WHT_OPTION', 'blockSize power of two 3'],
  ['blockSize 512', () => new BlockWht2d(device, { height: 4, width: 4, blockSize: 512 }), 'ERR_WHT_OPTION', 'blockSize 256 512'],
  ['a block too large', () => new BlockWht2d(device, { height: 300, width: 200 }), 'ERR_WHT_OPTION', 'height width blockSize 300x200'],
  ['a map too large', () => new BlockWht2d(device, { height: 2 ** 31 - 1, width: 1, blockSize: 8 }), 'ERR_WHT_OPTION', 'height width'],
  ['a stride past the map', () => new BlockWht2d(device, { height: 4, width: 4, stride: 5 }), 'ERR_WHT_OPTION', 'stride'],
  [
    'an unknown ordering',
    () => new BlockWht2d(device, { height: 4, width: 4, ordering: wrong('walsh') }),
    'ERR_WHT_OPTION',
    'ordering walsh',
  ],
  [
    'an unknown threshold',
    () => new BlockWht2d(device, { height: 4, width: 4, threshold: wrong('hard') }),
    'ERR_WHT_OPTION',
    'threshold hard',
  ],
  [
    'thresholds of another length',
    () => new BlockWht2d(device, { height: 4, width: 4, thresholds: new Float32Array(15) }),
    'ERR_WHT_OPTION',
    'thresholds 16 4x4 15',
  ],
  [
    'weights of another length',
    () => new BlockWht2d(device, { height: 3, width: 4, weights: new Float32Array(12) }),
    'ERR_WHT_OPTION',
    'weights 16 12',
  ],
  [
    'thresholds as a plain array',
    () => new BlockWht2d(device, { height: 1, width: 1, thresholds: wrong([0]) }),
    'ERR_WHT_OPTION',
    'thresholds Float32Array',
  ],
  [
    'weights as a Float64Array',
    () => new BlockWht2d(device, { height: 1, width: 1, weights: wrong(new Float64Array(1)) }),
    'ERR_WHT_OPTION',
    'weights Float32Array',
  ],
  [
    'a NaN threshold',
    () => new BlockWht2d(device, { height: 1, width: 2, thresholds: Float32Array.of(0, Number.NaN) }),
    'ERR_WHT_OPTION',
    'thresholds finite NaN 1',
  ],
  [
    'an infinite weight',
    () => new BlockWht2d(device, { height: 1, width: 1, weights: Float32Array.of(-1 / 0) }),
    'ERR_WHT_OPTION',
    'weights finite Infinity',
  ],
  ['detached weights', () => new BlockWht2d(device, { height: 16, width: 16, weights: detached }), 'ERR_WHT_OPTION', 'weights 256 0'],
  [
    "thresholds with 'none'",
    () => new BlockWht2d(device, { height: 1, width: 1, threshold: 'none', thresholds: Float32Array.of(0) }),
    'ERR_WHT_OPTION',
    'thresholds none',
  ],
  ['a dtype', () => new BlockWht2d(device, { height: 4, width: 4, dtype: wrong('int8') }), 'ERR_WHT_OPTION', 'dtype int8'],
  ['a layout', () => new BlockWht2d(device, { height: 4, width: 4, layout: wrong('CHWN') }), 'ERR_WHT_OPTION', 'layout CHWN'],
  ['no device', () => new BlockWht2d(wrong(undefined), { height: 4, width: 4 }), 'ERR_WHT_OPTION', 'device'],
  ['a device that is an object', () => new BlockWht2d(wrong({}), { height: 4, width: 4 }), 'ERR_WHT_OPTION', 'device'],
]);

rejects('BlockWht1d', () => [
  ...sizes('inChannels', (inChannels) => new BlockWht1d(device, { inChannels })),
  ...sizes('outChannels', (outChannels) => new BlockWht1d(device, { inChannels: 8, outChannels })),
  ...sizes('blockSize', (blockSize) => new BlockWht1d(device, { inChannels: 8, blockSize })),
  ...sizes('stride', (stride) => new BlockWht1d(device, { inChannels: 8, stride })),
  ['blockSize 12', () => new BlockWht1d(device, { inChannels: 24, blockSize: 12 }), 'ERR_WHT_OPTION', 'blockSize power of two 12'],
  ['blockSize 2^17', () => new BlockWht1d(device, { inChannels: 8, blockSize: 2 ** 17 }), 'ERR_WHT_OPTION', 'blockSize 65536'],
  [
    'thresholds of another length',
    () => new BlockWht1d(device, { inChannels: 24, thresholds: new Float32Array(24) }),
    'ERR_WHT_OPTION',
    'thresholds 16 24',
  ],
  ['NaN weights', () => new BlockWht1d(device, { inChannels: 1, weights: Float32Array.of(Number.NaN) }), 'ERR_WHT_OPTION', 'weights NaN'],
  [
    'an option of the other layer',
    () => new BlockWht1d(device, wrong({ inChannels: 8, height: 4 })),
    'ERR_WHT_OPTION',
    'BlockWht1d height',
  ],
]);

rejects('Conv2d', () => [
  ...sizes('inChannels', (inChannels) => new Conv2d(device, { inChannels, outChannels: 4, kernelSize: 3 })),
  ...sizes('outChannels', (outChannels) => new Conv2d(device, { inChannels: 4, outChannels, kernelSize: 3 })),
  ...sizes('kernelSize', (kernelSize) => new Conv2d(device, { inChannels: 4, outChannels: 4, kernelSize })),
  ...sizes('stride', (stride) => new Conv2d(device, { inChannels: 4, outChannels: 4, kernelSize: 3, stride })),
  ...sizes('groups', (groups) => new Conv2d(device, { inChannels: 4, outChannels: 4, kernelSize: 3, groups })),
  [
    'tf32 that is no boolean',
    () => new Conv2d(device, { inChannels: 4, outChannels: 4, kernelSize: 3, tf32: 1 as never }),
    'ERR_WHT_OPTION',
    'tf32 true false 1',
  ],
  [
    'inexact that is no boolean',
    () => new Conv2d(device, { inChannels: 4, outChannels: 4, kernelSize: 3, inexact: 'yes' as never }),
    'ERR_WHT_OPTION',
    'Expected inexact true false yes',
  ],
  ['an even kernelSize', () => new Conv2d(device, { inChannels: 4, outChannels: 4, kernelSize: 2 }), 'ERR_WHT_OPTION', 'kernelSize odd 2'],
  [
    'groups that do not divide inChannels',
    () => new Conv2d(device, { inChannels: 4, outChannels: 6, kernelSize: 3, groups: 3 }),
    'ERR_WHT_OPTION',
    'groups inChannels 3',
  ],
  [
    'groups that do not divide outChannels',
    () => new Conv2d(device, { inChannels: 6, outChannels: 4, kernelSize: 3, groups: 3 }),
    'ERR_WHT_OPTION',
    'groups outChannels 3',
  ],
  [
    'a kernel of another length',
    () => new Conv2d(device, { inChannels: 4, outChannels: 4, kernelSize: 3, kernel: new Float32Array(143) }),
    'ERR_WHT_OPTION',
    'kernel 144 143',
  ],
  ['a kernel too large', () => new Conv2d(device, { inChannels: 65536, outChannels: 65536, kernelSize: 3 }), 'ERR_WHT_OPTION', 'kernel'],
  [
    'a bias of another length',
    () => new Conv2d(device, { inChannels: 4, outChannels: 4, kernelSize: 1, bias: new Float32Array(3) }),
    'ERR_WHT_OPTION',
    'bias 4 3',
  ],
  [
    'a bias that is a number',
    () => new Conv2d(device, { inChannels: 4, outChannels: 4, kernelSize: 1, bias: wrong(0) }),
    'ERR_WHT_OPTION',
    'bias Float32Array',
  ],
  [
    'a null bias',
    () => new Conv2d(device, { inChannels: 4, outChannels: 4, kernelSize: 1, bias: wrong(null) }),
    'ERR_WHT_OPTION',
    'bias null',
  ],
  [
    'an unknown activation',
    () => new Conv2d(device, { inChannels: 4, outChannels: 4, kernelSize: 1, activation: wrong('gelu') }),
    'ERR_WHT_OPTION',
    'activation gelu',
  ],
  [
    'an unknown option',
    () => new Conv2d(device, wrong({ inChannels: 4, outChannels: 4, kernelSize: 1, padding: 1 })),
    'ERR_WHT_OPTION',
    'Conv2d padding',
  ],
]);

rejects('SqueezeExcite', () => [
  ...sizes('channels', (channels) => new SqueezeExcite(device, { channels, hidden: 2 })),
  ...sizes('hidden', (hidden) => new SqueezeExcite(device, { channels: 8, hidden })),
  [
    'an unknown gate',
    () => new SqueezeExcite(device, { channels: 8, hidden: 2, gate: wrong('sigmoid') }),
    'ERR_WHT_OPTION',
    'gate sigmoid',
  ],
  [
    'reduceKernel',
    () => new SqueezeExcite(device, { channels: 8, hidden: 2, reduceKernel: new Float32Array(15) }),
    'ERR_WHT_OPTION',
    'reduceKernel 16 15',
  ],
  [
    'reduceBias',
    () => new SqueezeExcite(device, { channels: 8, hidden: 2, reduceBias: new Float32Array(8) }),
    'ERR_WHT_OPTION',
    'reduceBias 2 8',
  ],
  [
    'expandKernel',
    () => new SqueezeExcite(device, { channels: 8, hidden: 2, expandKernel: wrong([]) }),
    'ERR_WHT_OPTION',
    'expandKernel Float32Array',
  ],
  [
    'expandBias',
    () => new SqueezeExcite(device, { channels: 8, hidden: 2, expandBias: new Float32Array(2) }),
    'ERR_WHT_OPTION',
    'expandBias 8 2',
  ],
]);

rejects('forward', () => {
  const layer = () => new BlockWht2d(device, { height: 4, width: 4 });
  return [
    ['no input', () => layer().forward(wrong(undefined)), 'ERR_WHT_OPTION', 'x Tensor undefined'],
    ['values instead of a tensor', () => layer().forward(wrong(VALUES)), 'ERR_WHT_OPTION', 'x Tensor Float32Array'],
    ['an output outside of options', () => layer().forward(x, wrong(x)), 'ERR_WHT_OPTION', 'options of forward out Tensor'],
    ['another rank', () => layer().forward(device.zeros([4, 4, 8])), 'ERR_WHT_SHAPE', 'x 4 dimensions'],
    ['another map', () => layer().forward(device.zeros([2, 4, 5, 8])), 'ERR_WHT_SHAPE', 'x 4x4 4x5'],
    ['other channels, 1D', () => new BlockWht1d(device, { inChannels: 9 }).forward(x), 'ERR_WHT_SHAPE', 'x channels 9 8'],
    [
      'other channels, convolution',
      () => new Conv2d(device, { inChannels: 9, outChannels: 1, kernelSize: 1 }).forward(x),
      'ERR_WHT_SHAPE',
      'x channels 9 8',
    ],
    [
      'other channels, Squeeze-and-Excite',
      () => new SqueezeExcite(device, { channels: 9, hidden: 1 }).forward(x),
      'ERR_WHT_SHAPE',
      'x channels 9 8',
    ],
    [
      'nothing to squeeze',
      () => new SqueezeExcite(device, { channels: 8, hidden: 1 }).forward(device.zeros([1, 0, 4, 8])),
      'ERR_WHT_SHAPE',
      'x position',
    ],
    ['another dtype', () => layer().forward(half), 'ERR_WHT_SHAPE', 'x dtype float32 float16'],
    ['another layout', () => layer().forward(nchw), 'ERR_WHT_SHAPE', 'x layout NHWC NCHW'],
    ["another device's tensor", () => layer().forward(elsewhere), 'ERR_WHT_DEVICE', 'x device'],
    ['a disposed tensor', () => layer().forward(disposed), 'ERR_WHT_DISPOSED', 'x disposed'],
    ['null options', () => layer().forward(x, wrong(null)), 'ERR_WHT_OPTION', 'options forward'],
    ['an unknown option', () => layer().forward(x, wrong({ output: x })), 'ERR_WHT_OPTION', 'forward output'],
    ['out: no tensor', () => layer().forward(x, { out: wrong(VALUES) }), 'ERR_WHT_OPTION', 'out Tensor'],
    ['out: null', () => layer().forward(x, { out: wrong(null) }), 'ERR_WHT_OPTION', 'out Tensor null'],
    ['out: another shape', () => layer().forward(x, { out: device.zeros([2, 4, 4, 7]) }), 'ERR_WHT_SHAPE', 'out shape'],
    ['out: another dtype', () => layer().forward(x, { out: half }), 'ERR_WHT_SHAPE', 'out dtype'],
    ['out: another layout', () => layer().forward(x, { out: nchw }), 'ERR_WHT_SHAPE', 'out layout'],
    ['out: another device', () => layer().forward(x, { out: elsewhere }), 'ERR_WHT_DEVICE', 'out device'],
    ['out: disposed', () => layer().forward(x, { out: disposed }), 'ERR_WHT_DISPOSED', 'out disposed'],
    [
      'in place with a convolution',
      () => new Conv2d(device, { inChannels: 8, outChannels: 8, kernelSize: 3 }).forward(x, { out: x }),
      'ERR_WHT_OPTION',
      'out Conv2d x',
    ],
    [
      'in place with a stride, 2D',
      () => {
        const one = device.zeros([1, 1, 1, 8]);
        return new BlockWht2d(device, { height: 1, width: 1, blockSize: 2, stride: 2 }).forward(one, { out: one });
      },
      'ERR_WHT_OPTION',
      'out BlockWht2d x',
    ],
    [
      'in place with a stride, 1D',
      () => {
        const one = device.zeros([1, 1, 1, 8]);
        return new BlockWht1d(device, { inChannels: 8, stride: 2 }).forward(one, { out: one });
      },
      'ERR_WHT_OPTION',
      'out BlockWht1d x',
    ],
    [
      'a layer that was disposed',
      () => {
        const dead = layer();
        dead.dispose();
        return dead.forward(x);
      },
      'ERR_WHT_DISPOSED',
      'BlockWht2d disposed',
    ],
    ['outputShape of another rank', () => layer().outputShape([4, 4]), 'ERR_WHT_SHAPE', 'shape 4 dimensions'],
    ['outputShape of no shape', () => layer().outputShape(wrong('4x4')), 'ERR_WHT_SHAPE', 'shape'],
    ['macs of another map', () => layer().macs([1, 5, 4, 1]), 'ERR_WHT_SHAPE', '4x4 5x4'],
    [
      'an output too large',
      () => new Conv2d(device, { inChannels: 1, outChannels: 2 ** 20, kernelSize: 1 }).outputShape([1, 64, 32, 1]),
      'ERR_WHT_SHAPE',
      'elements',
    ],
  ];
});

rejects('BatchNorm2d', () => [
  ...sizes('channels', (channels) => new BatchNorm2d(device, { channels })),
  ...(['weight', 'bias', 'mean', 'variance'] as const).flatMap((name): Row[] => [
    [
      `${name} of another length`,
      () => new BatchNorm2d(device, { channels: 8, [name]: new Float32Array(7) }),
      'ERR_WHT_OPTION',
      `${name} 8 7`,
    ],
    [
      `a NaN ${name}`,
      () => new BatchNorm2d(device, { channels: 1, [name]: Float32Array.of(Number.NaN) }),
      'ERR_WHT_OPTION',
      `${name} finite`,
    ],
  ]),
  ['a negative variance', () => new BatchNorm2d(device, { channels: 2, variance: Float32Array.of(1, -1) }), 'ERR_WHT_OPTION', 'variance 1'],
  [
    'nothing to divide by',
    () => new BatchNorm2d(device, { channels: 1, variance: new Float32Array(1), epsilon: 0 }),
    'ERR_WHT_OPTION',
    'variance',
  ],
  ...[-1, Number.NaN, Number.POSITIVE_INFINITY, '1e-5', null].map(
    (epsilon): Row => [
      `epsilon ${epsilon}`,
      () => new BatchNorm2d(device, { channels: 1, epsilon: wrong(epsilon) }),
      'ERR_WHT_OPTION',
      'epsilon',
    ],
  ),
  ['an unknown activation', () => new BatchNorm2d(device, { channels: 1, activation: wrong('gelu') }), 'ERR_WHT_OPTION', 'activation gelu'],
  ['an unknown option', () => new BatchNorm2d(device, wrong({ channels: 1, gamma: 1 })), 'ERR_WHT_OPTION', 'BatchNorm2d gamma'],
  ['other channels', () => new BatchNorm2d(device, { channels: 7 }).forward(x), 'ERR_WHT_SHAPE', 'x 7 8'],
]);

rejects('Dense', () => [
  ...sizes('inFeatures', (inFeatures) => new Dense(device, { inFeatures, outFeatures: 1 })),
  ...sizes('outFeatures', (outFeatures) => new Dense(device, { inFeatures: 1, outFeatures })),
  [
    'a kernel of another length',
    () => new Dense(device, { inFeatures: 3, outFeatures: 2, kernel: new Float32Array(5) }),
    'ERR_WHT_OPTION',
    'kernel 6 2x3 5',
  ],
  ['a kernel too large', () => new Dense(device, { inFeatures: 2 ** 16, outFeatures: 2 ** 16 }), 'ERR_WHT_OPTION', 'kernel 65536x65536'],
  [
    'a bias of another length',
    () => new Dense(device, { inFeatures: 3, outFeatures: 2, bias: new Float32Array(3) }),
    'ERR_WHT_OPTION',
    'bias 2 3',
  ],
  [
    'an option of the convolution',
    () => new Dense(device, wrong({ inFeatures: 3, outFeatures: 2, stride: 1 })),
    'ERR_WHT_OPTION',
    'Dense stride',
  ],
  ['a map of many positions', () => new Dense(device, { inFeatures: 8, outFeatures: 2 }).forward(x), 'ERR_WHT_SHAPE', 'x 2 4x4'],
  ['three dimensions', () => new Dense(device, { inFeatures: 8, outFeatures: 2 }).outputShape([1, 2, 8]), 'ERR_WHT_SHAPE', 'shape 2 4'],
  ['other features', () => new Dense(device, { inFeatures: 8, outFeatures: 2 }).forward(device.zeros([2, 7])), 'ERR_WHT_SHAPE', 'x 8 7'],
  [
    'in place',
    () => {
      const square = device.zeros([2, 3]);
      return new Dense(device, { inFeatures: 3, outFeatures: 3 }).forward(square, { out: square });
    },
    'ERR_WHT_OPTION',
    'out Dense',
  ],
  ['another dtype', () => new Dense(device, { inFeatures: 8, outFeatures: 2 }).forward(half), 'ERR_WHT_SHAPE', 'x dtype'],
]);

rejects('HtPerceptron', () => {
  const given = { height: 4, width: 4, channels: 8, paths: 2 };
  return [
    ...(['height', 'width', 'channels', 'outChannels', 'paths'] as const).flatMap((name) =>
      sizes(name, (value) => new HtPerceptron(device, { ...given, [name]: value })),
    ),
    ['a plane too large', () => new HtPerceptron(device, { ...given, height: 300, width: 200 }), 'ERR_WHT_OPTION', 'height width 300x200'],
    ['kernels too large', () => new HtPerceptron(device, { ...given, channels: 2 ** 16 }), 'ERR_WHT_OPTION', 'kernels 65536x65536'],
    [
      'kernels for other paths',
      () => new HtPerceptron(device, { ...given, kernels: [new Float32Array(64)] }),
      'ERR_WHT_OPTION',
      'kernels 2 1',
    ],
    [
      'kernels as one array',
      () => new HtPerceptron(device, { ...given, kernels: wrong(new Float32Array(128)) }),
      'ERR_WHT_OPTION',
      'kernels 2',
    ],
    [
      'a kernel of another length',
      () => new HtPerceptron(device, { ...given, kernels: [new Float32Array(64), new Float32Array(63)] }),
      'ERR_WHT_OPTION',
      'kernels 1 64 8x8 63',
    ],
    ['a hole among the scalings', () => new HtPerceptron(device, { ...given, scalings: wrong(Array(2)) }), 'ERR_WHT_OPTION', 'scalings 0'],
    [
      'a NaN threshold',
      () => new HtPerceptron(device, { ...given, paths: 1, thresholds: [new Float32Array(16).fill(Number.NaN)] }),
      'ERR_WHT_OPTION',
      'thresholds 0 finite NaN',
    ],
    ['an unknown ordering', () => new HtPerceptron(device, { ...given, ordering: wrong('walsh') }), 'ERR_WHT_OPTION', 'ordering walsh'],
    [
      'an unknown normalization',
      () => new HtPerceptron(device, { ...given, normalization: wrong('none') }),
      'ERR_WHT_OPTION',
      'normalization none',
    ],
    [
      'an unknown rule for negative thresholds',
      () => new HtPerceptron(device, { ...given, negativeThresholds: wrong('relu') }),
      'ERR_WHT_OPTION',
      'negativeThresholds relu',
    ],
    ['another map', () => new HtPerceptron(device, { ...given, height: 5 }).forward(x), 'ERR_WHT_SHAPE', 'x 5x4 4x4'],
    ['other channels', () => new HtPerceptron(device, { ...given, channels: 7 }).forward(x), 'ERR_WHT_SHAPE', 'x 7 8'],
  ];
});

rejects('Fwht1d', () => [
  ...sizes('inChannels', (inChannels) => new Fwht1d(device, { inChannels })),
  ...sizes('outChannels', (outChannels) => new Fwht1d(device, { inChannels: 8, outChannels })),
  ['too many channels', () => new Fwht1d(device, { inChannels: 2 ** 17 }), 'ERR_WHT_OPTION', 'inChannels 65536'],
  [
    'a threshold for the DC coefficient',
    () => new Fwht1d(device, { inChannels: 8, thresholds: new Float32Array(8) }),
    'ERR_WHT_OPTION',
    'thresholds 7 8',
  ],
  ['an unknown ordering', () => new Fwht1d(device, { inChannels: 8, ordering: wrong('walsh') }), 'ERR_WHT_OPTION', 'ordering walsh'],
  ['an option of the block layer', () => new Fwht1d(device, wrong({ inChannels: 8, blockSize: 8 })), 'ERR_WHT_OPTION', 'Fwht1d blockSize'],
  ['other channels', () => new Fwht1d(device, { inChannels: 7 }).forward(x), 'ERR_WHT_SHAPE', 'x 7 8'],
]);

rejects('functions', () => [
  ['activate: an unknown activation', () => activate(x, wrong('gelu')), 'ERR_WHT_OPTION', 'activation gelu'],
  ['activate: out of another shape', () => activate(x, 'relu', { out: device.zeros([256]) }), 'ERR_WHT_SHAPE', 'out shape'],
  ...sizes('size', (size) => maxPool2d(x, { size })),
  ...sizes('stride', (stride) => averagePool2d(x, { size: 2, stride })),
  ['maxPool2d: no options', () => maxPool2d(x, wrong(undefined)), 'ERR_WHT_OPTION', 'size'],
  ['maxPool2d: padding of a whole window', () => maxPool2d(x, { size: 2, padding: 2 }), 'ERR_WHT_OPTION', 'padding 1 2'],
  ['maxPool2d: an unknown option', () => maxPool2d(x, wrong({ kernelSize: 2 })), 'ERR_WHT_OPTION', 'maxPool2d kernelSize'],
  ['maxPool2d of a vector', () => maxPool2d(device.zeros([16]), { size: 1 }), 'ERR_WHT_SHAPE', 'x 4 dimensions'],
  ['maxPool2d: a window larger than the map', () => maxPool2d(x, { size: 5 }), 'ERR_WHT_SHAPE', 'x 5x5 4x4'],
  ['averagePool2d: larger even with padding', () => averagePool2d(x, { size: 7, padding: 1 }), 'ERR_WHT_SHAPE', 'x 5x5 4x4'],
  ['averagePool2d of no positions', () => averagePool2d(device.zeros([1, 0, 4, 1]), { size: 3, padding: 2 }), 'ERR_WHT_SHAPE', 'x 0x4'],
  ['averagePool2d in place', () => averagePool2d(x, { size: 1, out: x }), 'ERR_WHT_OPTION', 'out averagePool2d'],
  ...sizes('height', (height) => cropOrPad(x, { height })),
  ...sizes('width', (width) => cropOrPad(x, { width })),
  ...sizes('channels', (channels) => cropOrPad(x, { channels })),
  ['cropOrPad in place', () => cropOrPad(x, { out: x }), 'ERR_WHT_OPTION', 'out cropOrPad'],
  ['cropOrPad of a vector', () => cropOrPad(device.zeros([16])), 'ERR_WHT_SHAPE', 'x 4 dimensions'],
  ['cropOrPad: too large', () => cropOrPad(x, { height: 2 ** 20, width: 2 ** 20 }), 'ERR_WHT_SHAPE', 'elements'],
  ['fwht of no tensor', () => fwht(wrong([1, 2])), 'ERR_WHT_OPTION', 'x Tensor'],
  ['fwht: null options', () => fwht(x, wrong(null)), 'ERR_WHT_OPTION', 'options fwht'],
  ['fwht: an unknown option', () => fwht(x, wrong({ dim: 1 })), 'ERR_WHT_OPTION', 'fwht dim'],
  ['fwht: an axis past the last', () => fwht(x, { axis: 4 }), 'ERR_WHT_OPTION', 'axis 4'],
  ['fwht: an axis before the first', () => fwht(x, { axis: -5 }), 'ERR_WHT_OPTION', 'axis'],
  ['fwht: half an axis', () => fwht(x, { axis: 0.5 }), 'ERR_WHT_OPTION', 'axis'],
  ['fwht: an axis of no power of two', () => fwht(device.zeros([12])), 'ERR_WHT_SHAPE', 'axis x 12 blockSize'],
  ['fwht: an axis too long', () => fwht(device.zeros([2 ** 17])), 'ERR_WHT_SHAPE', 'axis x 131072'],
  ['fwht: blockSize that does not divide', () => fwht(device.zeros([12]), { blockSize: 8 }), 'ERR_WHT_SHAPE', 'axis blockSize 8 12'],
  ['fwht: blockSize of no power of two', () => fwht(device.zeros([12]), { blockSize: 6 }), 'ERR_WHT_OPTION', 'blockSize 6'],
  ['fwht: an unknown ordering', () => fwht(x, { ordering: wrong('paley') }), 'ERR_WHT_OPTION', 'ordering paley'],
  ['fwht: an unknown normalization', () => fwht(x, { normalization: wrong('ortho') }), 'ERR_WHT_OPTION', 'normalization ortho'],
  ['fwht: out of another shape', () => fwht(x, { out: device.zeros([256]) }), 'ERR_WHT_SHAPE', 'out shape'],
  ['fwht2d of a vector', () => fwht2d(device.zeros([16])), 'ERR_WHT_SHAPE', 'x 4 dimensions'],
  ['fwht2d: a height of no power of two', () => fwht2d(device.zeros([1, 3, 4, 1])), 'ERR_WHT_SHAPE', 'height x 3'],
  ['fwht2d: a width of no power of two', () => fwht2d(device.zeros([1, 4, 3, 1])), 'ERR_WHT_SHAPE', 'width x 3'],
  ['fwht2d: a plane too large', () => fwht2d(device.zeros([1, 512, 256, 1])), 'ERR_WHT_SHAPE', 'plane 512x256'],
  ['fwht2d: an axis', () => fwht2d(x, wrong({ axis: 1 })), 'ERR_WHT_OPTION', 'fwht2d axis'],
  ['add: no second operand', () => add(x, wrong(undefined)), 'ERR_WHT_OPTION', 'b number Tensor'],
  ['add: NaN', () => add(x, Number.NaN), 'ERR_WHT_OPTION', 'b NaN'],
  ['add: a string', () => add(x, wrong('1')), 'ERR_WHT_OPTION', 'b number'],
  ['add: no first operand', () => add(wrong(1), x), 'ERR_WHT_OPTION', 'a Tensor'],
  ['add: another shape', () => add(x, device.zeros([2, 4, 8, 4])), 'ERR_WHT_SHAPE', 'b shape'],
  ['add: one value for each channel, but for too few images', () => add(x, device.zeros([1, 1, 1, 8])), 'ERR_WHT_SHAPE', 'b shape'],
  ['add: another dtype', () => add(x, half), 'ERR_WHT_SHAPE', 'b dtype'],
  ['add: another layout', () => add(x, nchw), 'ERR_WHT_SHAPE', 'b NHWC NCHW'],
  ['multiply: another device', () => multiply(x, elsewhere), 'ERR_WHT_DEVICE', 'b device'],
  [
    'multiply: into the operand that is broadcast',
    () => {
      const b = device.zeros([1, 1, 1, 8]);
      return multiply(device.zeros([1, 4, 4, 8]), b, { out: b });
    },
    'ERR_WHT_SHAPE',
    'out shape',
  ],
  ['smoothThreshold: NaN', () => smoothThreshold(x, Number.NaN), 'ERR_WHT_OPTION', 't NaN'],
  ['softThreshold: a plain array', () => softThreshold(x, wrong([1])), 'ERR_WHT_OPTION', 't number Tensor'],
  ['softThreshold: an unknown option', () => softThreshold(x, 1, wrong({ inplace: true })), 'ERR_WHT_OPTION', 'softThreshold inplace'],
  ['globalAveragePool of a vector', () => globalAveragePool(device.zeros([16])), 'ERR_WHT_SHAPE', 'x 4 dimensions'],
  ['globalAveragePool of no positions', () => globalAveragePool(device.zeros([1, 4, 0, 2])), 'ERR_WHT_SHAPE', 'x position'],
  ['globalAveragePool in place', () => globalAveragePool(x, { out: x }), 'ERR_WHT_SHAPE', 'out shape'],
  ['copy to another dtype', () => copy(x, { out: half }), 'ERR_WHT_SHAPE', 'out dtype'],
  ['copy of a disposed tensor', () => copy(disposed), 'ERR_WHT_DISPOSED', 'x disposed'],
  ['copy from another device', () => copy(elsewhere, { out: x }), 'ERR_WHT_DEVICE', 'out device'],
]);

rejects('what was disposed or closed', () => [
  ['reading a disposed tensor', () => disposed.read(), 'ERR_WHT_DISPOSED', 'tensor disposed'],
  ['reading it synchronously', () => disposed.readSync(), 'ERR_WHT_DISPOSED', 'tensor disposed'],
  ['writing to it', () => disposed.write(VALUES), 'ERR_WHT_DISPOSED', 'tensor disposed'],
  ['viewing it', () => disposed.view(), 'ERR_WHT_DISPOSED', 'tensor disposed'],
  ['reading a tensor of a closed device', () => orphan.read(), 'ERR_WHT_DISPOSED', 'device closed'],
  ['writing to it', () => orphan.write(VALUES), 'ERR_WHT_DISPOSED', 'device closed'],
  ['copying it', () => copy(orphan), 'ERR_WHT_DISPOSED', 'x disposed'],
  ['a tensor on a closed device', () => closedDevice.tensor(VALUES, SHAPE), 'ERR_WHT_DISPOSED', 'device closed'],
  ['zeros on a closed device', () => closedDevice.zeros(SHAPE), 'ERR_WHT_DISPOSED', 'device closed'],
  ['a layer on a closed device', () => new BlockWht1d(closedDevice, { inChannels: 8 }), 'ERR_WHT_DISPOSED', 'device closed'],
  ['info of a closed device', () => closedDevice.info(), 'ERR_WHT_DISPOSED', 'device closed'],
  ['memory of a closed device', () => closedDevice.memory(), 'ERR_WHT_DISPOSED', 'device closed'],
  ['waiting for a closed device', () => closedDevice.synchronize(), 'ERR_WHT_DISPOSED', 'device closed'],
  ['timing a closed device', () => closedDevice.elapsed(() => {}), 'ERR_WHT_DISPOSED', 'device closed'],
]);

describe('what looks wrong and is not', () => {
  test('a Float32Array of another realm, as under Jest', async () => {
    using tensor = device.tensor(vm.runInNewContext('Float32Array.of(1, 2, 3)'), [3]);
    expect([...(await tensor.read())]).toEqual([1, 2, 3]);
  });

  test('options that are undefined', () => {
    expect(device.zeros([1], wrong({ dtype: undefined, layout: undefined })).dtype).toBe('float32');
  });

  test('a subclass of Float32Array', async () => {
    class Values extends Float32Array {}
    using tensor = device.tensor(Values.of(1, 2), [2]);
    expect([...(await tensor.read())]).toEqual([1, 2]);
  });
});
