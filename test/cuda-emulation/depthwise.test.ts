/** Our own kernel for depthwise convolution, which the stand-in for cuDNN leaves no other choice, or which there is without any cuDNN. */
import { resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Conv2d, type Device } from '../../lib/index';
import { check, download, type LayerCase, sampledConv2d, upload } from '../conformance/layer-case';
import { ACTIVATIONS } from '../conformance/option-values';
import { parameters, samples } from '../conformance/samples';
import { emulatedCuda, onEveryVariant } from '../conformance/targets';
import { runNode } from '../lifecycle/child-process';
import { denseArray, type MapShape } from '../reference/dense-array';
import { relativeError } from '../reference/relative-error';

const depthwise = (shape: MapShape, options: Omit<Parameters<typeof sampledConv2d>[1], 'outChannels' | 'groups'>) =>
  sampledConv2d(shape, { outChannels: shape[3], groups: shape[3], ...options });

const cases: LayerCase[] = [
  // Vectors of channels and single ones; strips that end with the map, before it and beyond it; sizes that have no strips.
  ...[1, 3, 5, 7].flatMap((kernelSize) =>
    [1, 2, 3].flatMap((stride) => [
      depthwise([2, 9, 7, 16], { kernelSize, stride }),
      depthwise([2, 8, 5, 17], { kernelSize, stride }),
      depthwise([1, 17, 6, 4], { kernelSize, stride, bias: false }),
    ]),
  ),
  // Maps smaller than the kernel, and than the stride.
  depthwise([2, 1, 1, 8], { kernelSize: 5 }),
  depthwise([2, 2, 3, 3], { kernelSize: 5, stride: 2 }),
  depthwise([1, 2, 3, 4], { kernelSize: 7 }),
  depthwise([1, 2, 3, 4], { kernelSize: 3, stride: 9 }),
  // More than a block of threads, and one channel, which is a group too.
  depthwise([2, 24, 19, 24], { kernelSize: 3 }),
  depthwise([1, 30, 40, 1], { kernelSize: 3 }),
  // A large kernel, whose sum has many terms.
  depthwise([1, 31, 31, 4], { kernelSize: 31 }),
  ...ACTIVATIONS.flatMap((activation) => [
    depthwise([1, 6, 6, 8], { kernelSize: 3, activation }),
    depthwise([1, 6, 6, 7], { kernelSize: 3, stride: 3, activation, bias: false }),
  ]),
];

const open = () => emulatedCuda('emulated', resolve('build/Release/libwht_cuda_emulated.so')).open();

// The first convolution loads cuDNN, and the stand-in reads its variables whenever it is called.
beforeEach(() => {
  vi.stubEnv('WHT_CUDNN_DIR', resolve('build/Release/cudnn-8'));
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe.each(['forward', 'reversed'])('threads run %s', (order) => {
  let device: Device;
  beforeAll(() => {
    device = open();
  });
  afterAll(() => device.close());
  beforeEach(() => {
    vi.stubEnv('WHT_EMULATION_ORDER', order);
    // Winograd's alone, which layers must not use.
    vi.stubEnv('WHT_STAND_IN_CUDNN_ALGORITHMS', '6');
  });

  onEveryVariant((variant) => {
    for (const layerCase of cases) test(layerCase.name, () => check(device, variant, layerCase));

    test.each([1, 2, 3])('NaN reaches the windows it is in and no others (stride %d)', async (stride) => {
      const { x, run, reference, tolerance } = depthwise([1, 9, 8, 8], { kernelSize: 3, stride, activation: 'relu' });
      const data = x.data.slice();
      data[Math.floor(data.length * 0.3)] = Number.NaN;
      const input = denseArray(x.shape, data);
      const expected = reference(input).data;
      using tensor = upload(device, input, variant, true);
      using output = run(tensor);
      const { data: actual } = await download(output, true);
      expect(expected.some(Number.isNaN)).toBe(true);
      expect(Array.from(actual, Number.isNaN)).toEqual(Array.from(expected, Number.isNaN));
      const finite = (_: number, at: number) => Number.isFinite(expected[at]);
      expect(relativeError(actual.filter(finite), expected.filter(finite))).toBeLessThan(tolerance[variant.dtype]);
    });

    test('is in the table, as what is used', async () => {
      using layer = new Conv2d(device, { inChannels: 8, outChannels: 8, groups: 8, kernelSize: 3, activation: 'relu6', ...variant });
      const table = await layer.algorithms([1, 8, 8, 8]);
      expect(table.filter(({ chosen }) => chosen)).toMatchObject([
        { name: 'DEPTHWISE', fused: true, layout: variant.layout, workspace: 0 },
      ]);
    });

    test('is not for other convolutions', async () => {
      using twoOutputs = new Conv2d(device, { inChannels: 4, outChannels: 8, groups: 4, kernelSize: 3, inexact: true, ...variant });
      const shape = variant.layout === 'NHWC' ? [1, 8, 8, 4] : [1, 4, 8, 8];
      expect((await twoOutputs.algorithms(shape)).map(({ name }) => name)).not.toContain('DEPTHWISE');
    });
  });
});

test('is used where it is faster than what cuDNN may do', async () => {
  vi.stubEnv('WHT_STAND_IN_CUDNN_FASTEST', '7');
  vi.stubEnv('WHT_STAND_IN_CUDNN_DELAY', '30');
  using device = open();
  using layer = new Conv2d(device, { inChannels: 8, outChannels: 8, groups: 8, kernelSize: 3 });
  const table = await layer.algorithms([1, 8, 8, 8]);
  expect(table[0]).toMatchObject({ name: 'DEPTHWISE', chosen: true });
  expect(table.filter(({ milliseconds }) => milliseconds !== undefined).map(({ name }) => name)).toContain('IMPLICIT_GEMM');
});

describe('a scale', () => {
  onEveryVariant((variant) => {
    test.each([
      ['depthwise', 6, 6],
      ['grouped', 2, 8],
      ['whole', 1, 8],
    ])('is in the %s kernel, which is given back without it', async (_, groups, outChannels) => {
      using device = open();
      const kernel = parameters(((outChannels * 6) / groups) * 9, -1, 1);
      const scale = parameters(outChannels, -2, 2, 3);
      const bias = parameters(outChannels, -1, 1, 4);
      for (const activation of ['relu', 'none'] as const) {
        const options = { inChannels: 6, outChannels, groups, kernelSize: 3, bias, activation, ...variant };
        using scaled = new Conv2d(device, { ...options, kernel, scale });
        expect(scaled.parameters).toEqual({ kernel, scale, bias });
        const perOutput = kernel.length / outChannels;
        using plain = new Conv2d(device, { ...options, kernel: kernel.map((w, at) => w * (scale[Math.floor(at / perOutput)] as number)) });
        using x = upload(device, samples([2, 5, 6, 6]), variant, true);
        const [actual, expected] = [await scaled.forward(x).read(), await plain.forward(x).read()];
        expect(relativeError(Float64Array.from(actual), Float64Array.from(expected))).toBeLessThan(
          variant.dtype === 'float32' ? 1e-6 : 2e-3,
        );
      }
    });
  });
});

test('without cuDNN, depthwise convolutions work, and others say what they lack', async () => {
  // A process keeps the cuDNN that it has loaded, so this is another.
  const { code, stdout, stderr } = await runNode(
    [
      '-e',
      `const wht = require(require('node:path').resolve('dist'));
      const device = wht.openDevice('cuda');
      const kernel = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0, 1, 0, 0, 0, 0);
      const scale = Float32Array.of(2, 3);
      const bias = Float32Array.of(0.5, -100);
      const options = { inChannels: 2, outChannels: 2, kernelSize: 3, scale, bias, activation: 'relu', kernel };
      const layer = new wht.Conv2d(device, { ...options, groups: 2 });
      const y = layer.forward(device.tensor(Float32Array.of(1, 50, 1, 20), [1, 1, 2, 2])).readSync();
      let refused;
      try { new wht.Conv2d(device, { ...options, kernel: new Float32Array(36) }); } catch (error) { refused = error.code; }
      layer.algorithms([1, 1, 2, 2]).then((table) =>
        console.log(JSON.stringify({ y: [...y], given: [...layer.parameters.kernel], bias: [...layer.parameters.bias], table, refused })));`,
    ],
    {
      WHT_CUDA_BACKEND: resolve('build/Release/libwht_cuda_emulated.so'),
      // Where the loader finds one, it must be left out.
      WHT_CUDNN_DIR: 'none',
      LD_LIBRARY_PATH: resolve('build/Release/cudnn-8'),
    },
  );
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    // 2 (5 + 6) + 0.5, 2 (4 + 5) + 0.5; 3 * 50 - 100, and below 0.
    y: [22.5, 50, 18.5, 0],
    given: [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0, 1, 0, 0, 0, 0],
    bias: [0.5, -100],
    table: [],
    refused: 'ERR_WHT_NO_CUDNN',
  });
});
