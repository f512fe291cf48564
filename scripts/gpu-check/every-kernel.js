#!/usr/bin/env node
/**
 * Runs every kernel of the CUDA backend on small shapes, once: what compute-sanitizer watches. Only cuDNN is left out, since its own kernels
 * would be watched too: of the convolutions there are those that need none of it, which are depthwise, and transpose, which goes between
 * the layouts of tensors and of cuDNN, is missing.
 *
 * Fails where an operation does, or where an output has a value that is no number. What the values are is for the conformance suite.
 *
 *   --count   also say how many operations there are of each kind
 */

const {
  BatchNorm2d,
  BlockWht1d,
  BlockWht2d,
  Conv2d,
  Fwht1d,
  activate,
  add,
  averagePool2d,
  copy,
  cropOrPad,
  fwht,
  fwht2d,
  globalAveragePool,
  maxPool2d,
  multiply,
  openDevice,
  smoothThreshold,
  softThreshold,
} = require('../../dist/index.js');
const { DTYPE, LAYOUT, NONLINEARITY } = require('../../dist/native.js');

const POINTS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096];
/** Points of spectra that are thresholded by themselves: by a kernel that is the same for all of them. */
const SPECTRA = [1, 2, 16, 1024];
const LAYOUTS = ['NHWC', 'NCHW'];
const DTYPES = ['float32', 'float16'];
const ORDERINGS = ['natural', 'sequency', 'dyadic'];
const THRESHOLDS = ['smooth', 'soft', 'none'];
const ACTIVATIONS = ['none', 'relu', 'relu6', 'hard-swish', 'hard-sigmoid', 'keras-hard-sigmoid'];

/** A map's shape in its layout's order. */
function mapShape(layout, [n, h, w, c]) {
  return layout === 'NHWC' ? [n, h, w, c] : [n, c, h, w];
}

/** Numbers that go up and down, of both signs. */
function values(count) {
  return Float32Array.from({ length: count }, (_, at) => ((at * 37) % 101) / 50 - 1);
}

/** A block's sides, as square as can be. */
function sides(points) {
  const width = 2 ** Math.floor(Math.log2(points) / 2);
  return [points / width, width];
}

/** Less by an eighth, or by one. */
function shortened(length) {
  return length - Math.max(1, length / 8);
}

/** Every operation: its kind, and what it does with `input(shape)`, which makes a tensor. */
function* operations(device, dtype, layout) {
  const input = (shape) =>
    device.tensor(values(shape.reduce((product, size) => product * size)), shape, { dtype, ...(shape.length === 4 && { layout }) });
  const map = (n, h, w, c) => input(mapShape(layout, [n, h, w, c]));

  const layer1d = (sizes, options) => {
    const layer = new BlockWht1d(device, { inChannels: sizes[3], dtype, layout, ...options });
    return layer.forward(map(...sizes));
  };
  const layer2d = (sizes, options) => {
    const layer = new BlockWht2d(device, { height: sizes[1], width: sizes[2], dtype, layout, ...options });
    return layer.forward(map(...sizes));
  };

  /** Layers make these ready for themselves. `another` makes a tensor of x's shape. */
  const onSpectrumOf = (x, another, { points, thresholds, nonlinearity, overPlane = false, unchanged = 0, window = 1, adds = false }) => {
    const operation = device.native().prepareSpectralThreshold({
      ...{ dtype: DTYPE[dtype], layout: LAYOUT[layout], overPlane, points, unchanged, window, adds },
      ...{ nonlinearity: NONLINEARITY[nonlinearity], thresholds, weights: values(points) },
    });
    const size = x.dimensions();
    // Layers put a sum where one of its parts was.
    const y = adds ? another() : device.zeros(mapShape(layout, [size.n, size.h, size.w, size.c / window]), { dtype, layout });
    device.submit(operation, y, size, x, adds ? y : undefined);
    operation.release();
    return y;
  };

  for (const operation of [add, multiply, smoothThreshold, softThreshold]) {
    yield ['element by element', () => operation(map(2, 3, 5, 7), 0.25)];
    yield ['element by element', () => operation(map(2, 3, 5, 7), map(2, 3, 5, 7))];
    yield ['element by element', () => operation(map(2, 3, 5, 7), map(2, 1, 1, 7))];
  }
  for (const [h, w, c] of [
    [1, 1, 5],
    [7, 7, 33],
    [16, 16, 64],
  ]) {
    yield ['average', () => globalAveragePool(map(2, h, w, c))];
  }
  for (const activation of ACTIVATIONS) {
    // In vectors, one by one, and in NCHW's runs of positions.
    for (const [h, w, c] of [
      [3, 5, 8],
      [3, 5, 7],
      [4, 4, 7],
    ]) {
      const norm = () => new BatchNorm2d(device, { channels: c, activation, dtype, layout });
      yield ['affine', () => norm().forward(map(2, h, w, c))];
      yield [
        'affine, in place',
        () => {
          const x = map(2, h, w, c);
          return norm().forward(x, { out: x });
        },
      ];
      yield [
        'affine, with a residual',
        () => {
          const [x, residual] = [map(2, h, w, c), map(2, h, w, c)];
          norm().runWithResidual(x, residual, residual, x.dimensions());
          return residual;
        },
      ];
    }
    yield ['activation', () => activate(input([4, 257]), activation)];
    yield ['activation', () => activate(input([3, 7]), activation)];
  }
  for (const pool of [maxPool2d, averagePool2d]) {
    for (const c of [8, 5]) {
      // As a network's after its first convolution, with windows that leave the map on every side; that meet; that leave rows out; the whole map.
      yield ['pooling', () => pool(map(2, 9, 8, c), { size: 3, stride: 2, padding: 1 })];
      yield ['pooling', () => pool(map(2, 7, 9, c), { size: 2 })];
      yield ['pooling', () => pool(map(1, 8, 7, c), { size: 2, stride: 3 })];
      yield ['pooling', () => pool(map(1, 7, 7, c), { size: 7 })];
      yield ['pooling', () => pool(map(1, 2, 3, c), { size: 5, padding: 4 })];
    }
  }
  for (const [from, height, width, channels] of [
    [[2, 7, 7, 8], 8, 8, 8],
    [[2, 8, 8, 8], 7, 7, 8],
    [[2, 3, 5, 6], 3, 5, 16],
    [[2, 3, 5, 16], 3, 5, 6],
    [[1, 3, 8, 5], 9, 4, 2],
    [[2, 4, 4, 12], 6, 8, 4],
  ]) {
    yield ['crop or pad', () => cropOrPad(map(...from), { height, width, channels })];
  }
  for (const [channels, kernelSize, stride] of [1, 2].flatMap((step) => [
    ...[3, 5].flatMap((size) => [
      [8, size, step],
      [7, size, step],
    ]),
    // Sizes that have no strips.
    [8, 7, step],
    [7, 1, step],
  ])) {
    const options = {
      inChannels: channels,
      outChannels: channels,
      groups: channels,
      kernelSize,
      stride,
      activation: 'relu6',
      dtype,
      layout,
    };
    yield ['depthwise', () => new Conv2d(device, options).forward(map(2, 9, 7, channels))];
    yield ['depthwise', () => new Conv2d(device, { ...options, bias: false }).forward(map(1, 2, 3, channels))];
  }
  yield ['copy', () => copy(map(2, 3, 5, 7))];
  yield ['zeros', () => device.zeros([1001], { dtype })];

  for (const points of POINTS) {
    const blockSize = points;
    for (const threshold of THRESHOLDS) {
      yield ['1D, whole blocks', () => layer1d([2, 2, 2, 2 * points], { blockSize, threshold })];
      // No vector divides 9 lanes.
      yield ['1D, odd positions', () => layer1d([1, 3, 3, points], { blockSize, threshold })];
      if (points > 1) yield ['1D, edges', () => layer1d([1, 2, 3, shortened(points)], { blockSize, threshold })];
      if (points > 1) yield ['1D, edges, even positions', () => layer1d([1, 2, 2, shortened(points)], { blockSize, threshold })];
    }
    yield ['1D, stride', () => layer1d([1, 3, 3, points], { blockSize, stride: 2 })];
    yield ['1D, expansion', () => layer1d([1, 2, 2, points + (points >> 1)], { blockSize, outChannels: 3 * points })];
    yield ['1D, expansion, odd positions', () => layer1d([1, 1, 3, points], { blockSize, outChannels: 2 * points + 1 })];
    yield ['1D, projection', () => layer1d([1, 2, 2, 2 * points], { blockSize, outChannels: points })];
    yield [
      '1D, in place',
      () => {
        const x = map(1, 2, 2, points);
        return new BlockWht1d(device, { inChannels: points, blockSize, dtype, layout }).forward(x, { out: x });
      },
    ];

    const [height, width] = sides(points);
    for (const threshold of THRESHOLDS) {
      yield ['2D, whole blocks', () => layer2d([2, height, width, 4], { threshold })];
      yield ['2D, whole blocks, odd channels', () => layer2d([1, height, width, 3], { threshold })];
      for (const [rows, columns] of [
        [shortened(height), width],
        [height, shortened(width)],
        [shortened(height), shortened(width)],
        [shortened(width), shortened(height)],
      ]) {
        if (rows < 1 || columns < 1) continue;
        yield ['2D, edges', () => layer2d([1, rows, columns, 4], { threshold })];
        yield ['2D, edges, odd channels', () => layer2d([1, rows, columns, 3], { threshold })];
      }
      if (height === width) {
        yield ['2D, tiles', () => layer2d([1, 2 * height, 3 * height, 2], { blockSize: height, threshold })];
        yield ['2D, tiles, odd channels', () => layer2d([1, 2 * height, 2 * height, 3], { blockSize: height, threshold })];
        yield ['2D, tiles with edges', () => layer2d([1, height + 1, 2 * height + 1, 3], { blockSize: height, threshold })];
      }
    }
    if (width > 1) yield ['2D, pooled', () => layer2d([1, height, width, 3], { stride: 2 })];
    yield [
      '2D, in place',
      () => {
        const x = map(1, height, width, 3);
        return new BlockWht2d(device, { height, width, dtype, layout }).forward(x, { out: x });
      },
    ];

    for (const ordering of ORDERINGS) {
      yield ['fwht, last axis', () => fwht(input([5, 2 * points]), { blockSize, ordering })];
      yield ['fwht, another axis', () => fwht(input([2, points, 4]), { axis: 1, ordering })];
      yield ['fwht, another axis, odd lanes', () => fwht(input([2, points, 3]), { axis: 1, ordering })];
      yield ['fwht2d', () => fwht2d(map(2, height, width, 2), { ordering })];
      yield ['fwht2d, odd channels', () => fwht2d(map(1, height, width, 3), { ordering })];
    }
  }

  for (const points of SPECTRA) {
    const [height, width] = sides(points);
    const thresholds = Float32Array.from({ length: points }, (_, at) => at / (2 * points));
    const onSpectrum = (sizes, options) => onSpectrumOf(map(...sizes), () => map(...sizes), { points, thresholds, ...options });
    for (const nonlinearity of ['smooth', 'soft']) {
      yield ['threshold of channels', () => onSpectrum([2, 3, 3, points], { nonlinearity, unchanged: 1 })];
      yield ['threshold of channels, sum', () => onSpectrum([1, 2, 2, points], { nonlinearity, adds: true })];
      // As HtPerceptron's, which has a convolution before it.
      for (const channels of [4, 3]) {
        yield ['threshold of a plane', () => onSpectrum([2, height, width, channels], { nonlinearity, overPlane: true })];
        yield ['threshold of a plane, sum', () => onSpectrum([1, height, width, channels], { nonlinearity, overPlane: true, adds: true })];
      }
      if (points === 1) continue;
      for (const window of [2, points]) {
        yield ['threshold and means of channels', () => onSpectrum([1, 3, 3, points], { nonlinearity, window, unchanged: window })];
      }
    }
    const channels1d = (inChannels, outChannels) => () =>
      new Fwht1d(device, { inChannels, outChannels, dtype, layout }).forward(map(1, 2, 3, inChannels));
    yield ['1D over all channels', channels1d(points, points)];
    if (points > 2) yield ['1D over all channels, expansion', channels1d(points / 2 - 1 || 1, points - 1)];
    if (points > 2) yield ['1D over all channels, projection', channels1d(points - 1, points / 2 - 1 || 1)];
  }

  for (const blockSize of [8192, 65536]) {
    yield ['1D, large blocks', () => layer1d([1, 1, 2, blockSize], { blockSize })];
    for (const ordering of ORDERINGS) yield ['fwht, large blocks', () => fwht(input([2, blockSize]), { ordering })];
  }
  for (const [height, width] of [
    [128, 64],
    [64, 128],
    [256, 256],
  ]) {
    yield ['2D, large blocks', () => layer2d([1, height, width, 2])];
    yield ['2D, large blocks with edges', () => layer2d([1, height - 1, width - 3, 2])];
  }

  yield [
    'host-visible tensors',
    async () => {
      const shape = mapShape(layout, [1, 3, 5, 7]);
      const x = device.tensor(values(105), shape, { dtype, layout, hostVisible: true });
      const y = device.zeros(shape, { dtype, layout, hostVisible: true });
      await device.synchronize();
      x.view()[0] = 0;
      copy(x, { out: y });
      return add(y, x);
    },
  ];
}

async function main() {
  process.env.WHT_CUDNN_DIR = 'none';
  const device = openDevice('cuda');
  const counts = new Map();
  const failures = [];
  for (const dtype of DTYPES) {
    for (const layout of LAYOUTS) {
      let at = 0;
      for (const [kind, run] of operations(device, dtype, layout)) {
        const name = `${kind} (${dtype}, ${layout}, operation ${at++})`;
        try {
          const y = await run();
          const result = await y.read();
          if (!result.every(Number.isFinite)) failures.push(`${name}: a value of the output is no number`);
        } catch (error) {
          failures.push(`${name}: ${error.message}`);
          // After a fault on a GPU nothing runs any more.
          if (error.code === 'ERR_WHT_CUDA') throw new Error(failures.join('\n'));
        }
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
      }
    }
  }
  const { name } = device.info();
  device.close();
  if (failures.length > 0) throw new Error(failures.join('\n'));
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (process.argv.includes('--count')) for (const [kind, count] of counts) console.log(`${String(count).padStart(5)}  ${kind}`);
  console.log(`${total} operations ran on ${name}`);
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
