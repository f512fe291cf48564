#!/usr/bin/env node
/**
 * Runs every kernel of the CUDA backend on small shapes, once: what compute-sanitizer watches. Only convolutions are left out, since cuDNN's own
 * kernels would be watched too, and with them the kernels that convolutions alone use (depthwise, transpose).
 *
 * Fails where an operation does, or where an output has a value that is no number. What the values are is for the conformance suite.
 *
 *   --count   also say how many operations there are of each kind
 */

const {
  activate,
  add,
  averagePool2d,
  BatchNorm2d,
  BlockWht1d,
  BlockWht2d,
  copy,
  cropOrPad,
  Fwht1d,
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
const LAYOUTS = ['NHWC', 'NCHW'];
const DTYPES = ['float32', 'float16'];
const ORDERINGS = ['natural', 'sequency', 'dyadic'];
const THRESHOLDS = ['smooth', 'soft', 'none'];

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

/** What an HT-perceptron does with a spectrum, whose convolutions are left out here. */
function planeThreshold(device, x, sum, dtype, layout) {
  const native = device.native();
  const points = 16;
  const operation = native.prepareSpectralThreshold({
    dtype: DTYPE[dtype],
    layout: LAYOUT[layout],
    overPlane: true,
    points,
    unchanged: 0,
    window: 1,
    adds: true,
    nonlinearity: NONLINEARITY.soft,
    thresholds: new Float32Array(points).fill(0.25),
    weights: values(points),
  });
  device.submit(operation, sum, x.dimensions(), x, sum);
  return sum;
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
  // Channels that vectors of 4 divide, and that they don't.
  for (const c of [8, 7]) {
    yield ['activation', () => activate(map(2, 3, 5, c), 'hard-swish')];
    yield ['batch norm', () => new BatchNorm2d(device, { channels: c, activation: 'relu6', dtype, layout }).forward(map(2, 4, 4, c))];
    yield [
      'batch norm with residual',
      () => {
        const x = map(2, 3, 5, c);
        new BatchNorm2d(device, { channels: c, dtype, layout }).runWithResidual(x, map(2, 3, 5, c), x, { n: 2, h: 3, w: 5, c });
        return x;
      },
    ];
    yield ['pooling', () => maxPool2d(map(2, 7, 6, c), { size: 3, stride: 2, padding: 1 })];
    yield ['pooling', () => averagePool2d(map(2, 7, 6, c), { size: 2 })];
    yield ['crop or pad', () => cropOrPad(map(2, 7, 6, c), { height: 8, width: 4, channels: 2 * c })];
    yield ['spectral threshold of planes', () => planeThreshold(device, map(2, 4, 4, c), map(2, 4, 4, c), dtype, layout)];
    yield [
      'spectral threshold of channels',
      () => new Fwht1d(device, { inChannels: c, outChannels: 4 * c, dtype, layout }).forward(map(1, 3, 3, c)),
    ];
    yield [
      'spectral threshold with averages',
      () => new Fwht1d(device, { inChannels: 4 * c, outChannels: c, dtype, layout }).forward(map(1, 3, 3, 4 * c)),
    ];
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
