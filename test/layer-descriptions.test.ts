/** What layers say about themselves: shapes, parameters and how many there are, multiplications. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  BatchNorm2d,
  BlockWht1d,
  BlockWht2d,
  Conv2d,
  Dense,
  type Device,
  Fwht1d,
  HtPerceptron,
  openDevice,
  SqueezeExcite,
} from '../lib/index';
import { foldBatchNorm } from '../lib/layers/batch-norm';
import { startThresholds } from './reference/index';
import { relativeError } from './reference/relative-error';

let device: Device;

beforeAll(() => {
  device = openDevice('cpu', { threads: 1 });
});

afterAll(() => device.close());

describe('outputShape', () => {
  test('of a 2D layer: the same map, or one pooled by the stride', () => {
    expect(new BlockWht2d(device, { height: 7, width: 5 }).outputShape([2, 7, 5, 3])).toEqual([2, 7, 5, 3]);
    expect(new BlockWht2d(device, { height: 7, width: 5, stride: 2 }).outputShape([2, 7, 5, 3])).toEqual([2, 4, 3, 3]);
    expect(new BlockWht2d(device, { height: 8, width: 8, stride: 3 }).outputShape([1, 8, 8, 1])).toEqual([1, 2, 2, 1]);
    expect(new BlockWht2d(device, { height: 7, width: 5, layout: 'NCHW' }).outputShape([2, 3, 7, 5])).toEqual([2, 3, 7, 5]);
  });

  test('of a 1D layer: other channels, every stride-th position', () => {
    expect(new BlockWht1d(device, { inChannels: 8, outChannels: 20, stride: 2 }).outputShape([2, 7, 5, 8])).toEqual([2, 4, 3, 20]);
    expect(new BlockWht1d(device, { inChannels: 8, outChannels: 2, layout: 'NCHW' }).outputShape([2, 8, 7, 5])).toEqual([2, 2, 7, 5]);
  });

  test('of a convolution: floor((H − 1)/stride) + 1 rows', () => {
    const shapeFor = (kernelSize: number, stride: number) =>
      new Conv2d(device, { inChannels: 3, outChannels: 4, kernelSize, stride }).outputShape([2, 7, 8, 3]);
    expect(shapeFor(3, 1)).toEqual([2, 7, 8, 4]);
    expect(shapeFor(3, 2)).toEqual([2, 4, 4, 4]);
    expect(shapeFor(5, 3)).toEqual([2, 3, 3, 4]);
    expect(shapeFor(1, 9)).toEqual([2, 1, 1, 4]);
  });

  test('of a dense layer: of as many dimensions as the input', () => {
    const layer = new Dense(device, { inFeatures: 6, outFeatures: 4 });
    expect(layer.outputShape([2, 6])).toEqual([2, 4]);
    expect(layer.outputShape([2, 1, 1, 6])).toEqual([2, 1, 1, 4]);
    expect(new Dense(device, { inFeatures: 6, outFeatures: 4, layout: 'NCHW' }).outputShape([2, 6, 1, 1])).toEqual([2, 4, 1, 1]);
    expect(layer.forward(device.zeros([2, 6])).shape).toEqual([2, 4]);
  });

  test('is that of what forward gives', () => {
    using x = device.zeros([2, 7, 5, 6]);
    const layers = [
      new BlockWht2d(device, { height: 7, width: 5, blockSize: 4, stride: 3 }),
      new BlockWht1d(device, { inChannels: 6, outChannels: 9, stride: 2 }),
      new Conv2d(device, { inChannels: 6, outChannels: 4, kernelSize: 3, stride: 2 }),
      new SqueezeExcite(device, { channels: 6, hidden: 2 }),
      new BatchNorm2d(device, { channels: 6 }),
      new HtPerceptron(device, { height: 7, width: 5, channels: 6, outChannels: 4, paths: 2 }),
      new Fwht1d(device, { inChannels: 6, outChannels: 9 }),
    ];
    for (const layer of layers) expect(layer.forward(x).shape).toEqual(layer.outputShape(x.shape));
  });
});

describe('parameters', () => {
  test('start at the values of the paper', () => {
    const { thresholds, weights } = new BlockWht2d(device, { height: 7, width: 3 }).parameters;
    expect(relativeError(thresholds ?? [], startThresholds(8, 4, 8))).toBeLessThan(1e-7);
    expect(weights).toEqual(new Float32Array(32).fill(1));
    const channels = new BlockWht1d(device, { inChannels: 24 }).parameters;
    expect(relativeError(channels.thresholds ?? [], startThresholds(1, 16, 16))).toBeLessThan(1e-7);
    expect(channels.weights).toEqual(new Float32Array(16).fill(1));
  });

  test('are those that were given, in the order in which they were', () => {
    const thresholds = Float32Array.of(-1, 2, 3, 4);
    const weights = Float32Array.of(5, 6, 7, 8);
    for (const threshold of ['smooth', 'soft'] as const) {
      const layer = new BlockWht2d(device, { height: 2, width: 2, threshold, thresholds, weights, ordering: 'sequency' });
      expect(layer.parameters).toEqual({ thresholds, weights });
    }
  });

  test('are copies on the way in and on the way out', () => {
    const weights = Float32Array.of(1, 2);
    const layer = new BlockWht1d(device, { inChannels: 2, weights });
    weights.fill(9);
    layer.parameters.weights?.fill(9);
    expect(layer.parameters.weights).toEqual(Float32Array.of(1, 2));
  });

  test('have no thresholds where there is no threshold, and no bias where there is none', () => {
    expect(Object.keys(new BlockWht1d(device, { inChannels: 2, threshold: 'none' }).parameters)).toEqual(['weights']);
    const convolution = { inChannels: 2, outChannels: 2, kernelSize: 1 };
    expect(Object.keys(new Conv2d(device, { ...convolution, bias: false }).parameters)).toEqual(['kernel']);
    expect(new Conv2d(device, { ...convolution, bias: true }).parameters.bias).toEqual(new Float32Array(2));
  });

  test('of a convolution start at Glorot-uniform values, the same every time', () => {
    const kernel = () => new Conv2d(device, { inChannels: 16, outChannels: 32, kernelSize: 3 }).parameters.kernel ?? new Float32Array();
    const limit = Math.sqrt(6 / (9 * 16 + 9 * 32));
    const values = kernel();
    expect(values).toEqual(kernel());
    expect(Math.max(...values)).toBeLessThanOrEqual(limit);
    expect(Math.max(...values)).toBeGreaterThan(0.99 * limit);
    expect(Math.min(...values)).toBeLessThan(-0.99 * limit);
    expect(Math.abs(values.reduce((sum, value) => sum + value, 0) / values.length)).toBeLessThan(0.03 * limit);
    expect(new Set(values).size).toBeGreaterThan(0.99 * values.length);
  });
});

describe('parameters of layers that networks have', () => {
  test('a batch norm starts as the identity, but for epsilon', () => {
    const ones = new Float32Array(3).fill(1);
    const zeros = new Float32Array(3);
    expect(new BatchNorm2d(device, { channels: 3 }).parameters).toEqual({ weight: ones, bias: zeros, mean: zeros, variance: ones });
  });

  test('a batch norm folds in float64, with the bias of a convolution before it', () => {
    const one = (value: number) => Float32Array.of(value);
    const given = { weight: one(3), bias: one(0.25), mean: one(1e6), variance: one(4), epsilon: 0 };
    expect(foldBatchNorm(given)).toEqual({ scale: one(1.5), shift: one(0.25 - 1.5e6) });
    // In float32, 1e6 + 0.001 − 1e6 would be 0 or a multiple of 1/16.
    expect(foldBatchNorm({ ...given, precedingBias: one(1e6 + 0.5) })).toEqual({ scale: one(1.5), shift: one(1) });
  });

  test('a 1D layer of arXiv 2104.07085 starts at k/(10·N), from the first coefficient that has a threshold', () => {
    const thresholds = (inChannels: number, outChannels: number) =>
      new Fwht1d(device, { inChannels, outChannels }).parameters.thresholds ?? new Float32Array();
    expect(thresholds(3, 4)).toEqual(Float32Array.of(1 / 40, 2 / 40, 3 / 40));
    expect(thresholds(8, 2)).toEqual(Float32Array.of(4 / 80, 5 / 80, 6 / 80, 7 / 80));
  });

  test('an HT-perceptron has those of each path, as they were given', () => {
    const values = (length: number, start: number) => Float32Array.from({ length }, (_, at) => start - at);
    const kernels = [values(6, 1), values(6, 2)];
    const scalings = [values(4, 3), values(4, 4)];
    const thresholds = [values(4, 1), values(4, 0)];
    const sizes = { height: 2, width: 2, channels: 2, outChannels: 3, paths: 2 };
    expect(new HtPerceptron(device, { ...sizes, kernels, scalings, thresholds }).parameters).toEqual({
      'kernels.0': kernels[0],
      'scalings.0': scalings[0],
      'thresholds.0': thresholds[0],
      'kernels.1': kernels[1],
      'scalings.1': scalings[1],
      'thresholds.1': thresholds[1],
    });
    const start = new HtPerceptron(device, { ...sizes, paths: 1 }).parameters;
    expect(start['scalings.0']).toEqual(new Float32Array(4).fill(1));
    expect(start['thresholds.0']).toEqual(new Float32Array(4));
  });
});

describe('parameterCount', () => {
  test('of a batch norm: its statistics are not trained', () => {
    expect(new BatchNorm2d(device, { channels: 16 }).parameterCount).toEqual({ trainable: 32, total: 64 });
  });

  test('of a dense layer: kernel and bias', () => {
    expect(new Dense(device, { inFeatures: 64, outFeatures: 10 }).parameterCount.total).toBe(650);
    expect(new Dense(device, { inFeatures: 64, outFeatures: 10, bias: false }).parameterCount.total).toBe(640);
  });

  test('of an HT-perceptron: a kernel and two planes for each path', () => {
    const layer = new HtPerceptron(device, { height: 7, width: 30, channels: 3, outChannels: 5, paths: 3 });
    expect(layer.parameterCount.total).toBe(3 * (15 + 2 * 8 * 32));
  });

  test('of the 1D layer of arXiv 2104.07085: N − 1, or N − r', () => {
    expect(new Fwht1d(device, { inChannels: 160, outChannels: 960 }).parameterCount.total).toBe(1023);
    expect(new Fwht1d(device, { inChannels: 960, outChannels: 160 }).parameterCount.total).toBe(1020);
    expect(new Fwht1d(device, { inChannels: 960 }).parameterCount.total).toBe(1023);
    expect(Fwht1d.thresholdCount(960, 320)).toBe(1022);
  });

  test("is 2·P·Q for the 2D layer: the paper's has 128 parameters in 512 bytes, the convolution 37.75 MB", () => {
    expect(new BlockWht2d(device, { height: 8, width: 8 }).parameterCount).toEqual({ trainable: 128, total: 128 });
    const kernel = new Float32Array(1024 * 1024 * 9);
    const convolution = new Conv2d(device, { inChannels: 1024, outChannels: 1024, kernelSize: 3, kernel });
    expect(convolution.parameterCount.total * 4).toBe(37_752_832);
  });

  test('is 2·B for the 1D layer, however many blocks there are', () => {
    expect(new BlockWht1d(device, { inChannels: 96, outChannels: 24, blockSize: 8 }).parameterCount.total).toBe(16);
  });

  test('counts a Squeeze-and-Excite with its biases', () => {
    expect(new SqueezeExcite(device, { channels: 8, hidden: 2 }).parameterCount.total).toBe(16 + 2 + 16 + 8);
  });

  test('of a grouped convolution is smaller by the groups', () => {
    const layer = new Conv2d(device, { inChannels: 8, outChannels: 16, kernelSize: 3, groups: 8, bias: false });
    expect(layer.parameterCount.total).toBe(16 * 9);
  });
});

describe('macs', () => {
  test('of a convolution: one for each output and tap', () => {
    const layer = new Conv2d(device, { inChannels: 1024, outChannels: 1024, kernelSize: 3, kernel: new Float32Array(9 * 2 ** 20) });
    expect(layer.macs([10, 8, 8, 1024])).toBe(10 * 64 * 1024 * 1024 * 9);
  });

  test('of a Walsh-Hadamard layer: the multiplications at each point of the padded spectrum', () => {
    expect(new BlockWht2d(device, { height: 8, width: 8 }).macs([10, 8, 8, 1024])).toBe(2 * 10 * 64 * 1024);
    expect(new BlockWht2d(device, { height: 7, width: 5, threshold: 'soft' }).macs([1, 7, 5, 3])).toBe(64 * 3);
    expect(new BlockWht1d(device, { inChannels: 24, blockSize: 16 }).macs([1, 2, 3, 24])).toBe(2 * 6 * 32);
    expect(new BlockWht1d(device, { inChannels: 16, outChannels: 50, blockSize: 16 }).macs([1, 1, 1, 16])).toBe(2 * 64);
  });

  test('of the layers of networks', () => {
    expect(new BatchNorm2d(device, { channels: 8 }).macs([2, 3, 4, 8])).toBe(2 * 3 * 4 * 8);
    expect(new Dense(device, { inFeatures: 64, outFeatures: 10 }).macs([3, 64])).toBe(3 * 640);
    expect(new HtPerceptron(device, { height: 7, width: 8, channels: 4, outChannels: 5, paths: 2 }).macs([1, 7, 8, 4])).toBe(
      64 * 5 * 5 * 2,
    );
    expect(new Fwht1d(device, { inChannels: 40, outChannels: 12 }).macs([1, 2, 3, 40])).toBe(6 * 60);
  });

  test('of a Squeeze-and-Excite: two dense layers and the scaling', () => {
    expect(new SqueezeExcite(device, { channels: 8, hidden: 2 }).macs([3, 4, 5, 8])).toBe(3 * (2 * 8 * 2 + 4 * 5 * 8));
  });
});
