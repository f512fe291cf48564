import { describe, expect, it } from 'vitest';
import { blockWht2d, convolution, identity, type OnnxModel, pointwiseConvolution, squeezeExcite } from '../../bench/onnx-models';
import { loadOnnxRuntime, onnxCandidate } from '../../bench/onnx-runtime';
import { uniform } from '../../bench/random';
import type { MapShape } from '../../bench/schema';
import { relativeError } from '../../bench/statistics';

const runtime = loadOnnxRuntime();
const SHAPE: MapShape = [2, 4, 8, 6];
const [N, H, W, C] = SHAPE;
const at = (n: number, h: number, w: number, c: number) => ((n * H + h) * W + w) * C + c;

/** Every n, h, w and c. */
function* positions() {
  for (let n = 0; n < N; n++)
    for (let h = 0; h < H; h++) for (let w = 0; w < W; w++) for (let c = 0; c < C; c++) yield [n, h, w, c] as const;
}

const input = uniform(N * H * W * C, 1);
const value = (values: ArrayLike<number>, index: number) => values[index] as number;

async function expectOutput(model: OnnxModel, expected: ArrayLike<number>): Promise<void> {
  if (runtime instanceof Error) throw runtime;
  const candidate = await onnxCandidate('layer', runtime, model, 1, input, SHAPE);
  try {
    await candidate.run(2);
    expect(relativeError(await candidate.output(), Float32Array.from(expected))).toBeLessThan(1e-6);
  } finally {
    await candidate.release();
  }
}

/** y = kernel * x + bias in float64, straight from the definition. */
function denseConvolution(kernelSize: number, kernel: Float32Array, bias: Float32Array, relu: boolean): Float64Array {
  const pad = (kernelSize - 1) / 2;
  const output = new Float64Array(input.length);
  for (const [n, h, w, o] of positions()) {
    let sum = value(bias, o);
    for (let c = 0; c < C; c++) {
      for (let i = 0; i < kernelSize; i++) {
        for (let j = 0; j < kernelSize; j++) {
          const [row, column] = [h + i - pad, w + j - pad];
          if (row < 0 || row >= H || column < 0 || column >= W) continue;
          sum += value(input, at(n, row, column, c)) * value(kernel, ((o * C + c) * kernelSize + i) * kernelSize + j);
        }
      }
    }
    output[at(n, h, w, o)] = relu ? Math.max(sum, 0) : sum;
  }
  return output;
}

/** One entry of the orthonormal Walsh-Hadamard matrix, by Sylvester's recursion. */
function hadamard(points: number, row: number, column: number): number {
  if (points === 1) return 1;
  const half = points / 2;
  const sign = row >= half && column >= half ? -1 : 1;
  return (sign * hadamard(half, row % half, column % half)) / Math.SQRT2;
}

function denseBlockWht2d(thresholds: Float32Array, weights: Float32Array): Float64Array {
  const output = new Float64Array(input.length);
  for (let n = 0; n < N; n++) {
    for (let c = 0; c < C; c++) {
      for (let p = 0; p < H; p++) {
        for (let q = 0; q < W; q++) {
          let x = 0;
          for (let h = 0; h < H; h++) for (let w = 0; w < W; w++) x += hadamard(H, p, h) * value(input, at(n, h, w, c)) * hadamard(W, q, w);
          const v = x * value(weights, p * W + q);
          const y = Math.tanh(v) * Math.max(Math.abs(v) - value(thresholds, p * W + q), 0);
          for (let h = 0; h < H; h++) {
            for (let w = 0; w < W; w++) output[at(n, h, w, c)] = value(output, at(n, h, w, c)) + hadamard(H, h, p) * y * hadamard(W, w, q);
          }
        }
      }
    }
  }
  return output;
}

describe.skipIf(runtime instanceof Error)('an ONNX model in onnxruntime', () => {
  it.each([
    [3, true],
    [3, false],
    [1, false],
  ])('of a convolution of side %d, ReLU %s, gives what the definition gives', async (kernelSize, relu) => {
    const kernel = uniform(C * C * kernelSize ** 2, 2, -1, 1);
    const bias = uniform(C, 3, -1, 1);
    await expectOutput(convolution(SHAPE, kernelSize, kernel, bias, relu), denseConvolution(kernelSize, kernel, bias, relu));
  });

  it('of a 1x1 convolution as a matrix product gives what the convolution gives', async () => {
    const kernel = uniform(C * C, 2, -1, 1);
    const bias = uniform(C, 3, -1, 1);
    await expectOutput(pointwiseConvolution(SHAPE, kernel, bias), denseConvolution(1, kernel, bias, false));
  });

  it.each(['NHWC', 'NCHW'] as const)('of Squeeze-and-Excite on %s gives what the definition gives', async (layout) => {
    const hidden = 3;
    const parameters = {
      reduceKernel: uniform(hidden * C, 2, -1, 1),
      reduceBias: uniform(hidden, 3, -1, 1),
      expandKernel: uniform(C * hidden, 4, -3, 3),
      expandBias: uniform(C, 5, -3, 3),
    };
    const expected = new Float64Array(input.length);
    for (let n = 0; n < N; n++) {
      const mean = Array.from({ length: C }, () => 0);
      for (const [image, h, w, c] of positions()) if (image === n) mean[c] = value(mean, c) + value(input, at(n, h, w, c)) / (H * W);
      const reduced = Array.from({ length: hidden }, (_, unit) =>
        Math.max(
          mean.reduce((sum, x, c) => sum + x * value(parameters.reduceKernel, unit * C + c), value(parameters.reduceBias, unit)),
          0,
        ),
      );
      for (const [image, h, w, c] of positions()) {
        if (image !== n) continue;
        const z = reduced.reduce(
          (sum, x, unit) => sum + x * value(parameters.expandKernel, c * hidden + unit),
          value(parameters.expandBias, c),
        );
        expected[at(n, h, w, c)] = value(input, at(n, h, w, c)) * Math.min(Math.max(0.2 * z + 0.5, 0), 1);
      }
    }
    await expectOutput(squeezeExcite(SHAPE, layout, parameters), expected);
  });

  it('of the Walsh-Hadamard layer gives what the definition gives', async () => {
    const thresholds = uniform(H * W, 2, 0, 0.4);
    const weights = uniform(H * W, 3, -1.5, 1.5);
    await expectOutput(blockWht2d(SHAPE, thresholds, weights), denseBlockWht2d(thresholds, weights));
  });

  it('of nothing at all starts', async () => {
    if (runtime instanceof Error) throw runtime;
    const session = await runtime.api.InferenceSession.create(identity().bytes);
    const { y } = await session.run({ x: new runtime.api.Tensor('float32', Float32Array.of(7), [1]) });
    expect(y?.data).toEqual(Float32Array.of(7));
  });
});
