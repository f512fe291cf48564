/** The conformance suite on kernels with mistakes in them: it must fail. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  check,
  cropOrPadCase,
  type LayerCase,
  poolCase,
  sampledBatchNorm2d,
  sampledBlockWht1d,
  sampledBlockWht2d,
  sampledConv2d,
  sampledFwht1d,
} from '../conformance/layer-case';
import { samples } from '../conformance/samples';
import { emulatedCuda } from '../conformance/targets';

const { buildMutant } = require('./mutant.js') as { buildMutant(name: string, build: string, folder: string): string };

const float32 = { dtype: 'float32', layout: 'NHWC' } as const;

const mutants: [mistake: string, layerCase: LayerCase][] = [
  ['a __syncthreads is missing in strided_exchange', sampledBlockWht2d([1, 16, 16, 40])],
  ['a barrier is missing in contiguous_exchange', sampledBlockWht1d([1, 2, 3, 256], { blockSize: 256 })],
  ['the output is scaled by 2', sampledBlockWht2d([1, 8, 8, 40])],
  ['the elements of a vector share a parameter', sampledConv2d([1, 5, 5, 8], { outChannels: 8, kernelSize: 3, activation: 'hard-swish' })],
  ['a strip has its kernel upside down', sampledConv2d([1, 9, 8, 8], { outChannels: 8, groups: 8, kernelSize: 3 })],
  // The DC coefficient passes, and three more are in its vector.
  ['the points of a vector are all unchanged, or none', sampledFwht1d([1, 2, 3, 16])],
  ['the points of a window share a threshold', sampledFwht1d([1, 2, 3, 32], { outChannels: 8 })],
  ['the input is its own residual', sampledBatchNorm2d([2, 4, 4, 32], 'relu', true)],
  ['no largest value is below zero', poolCase('maxPool2d', samples([2, 8, 8, 5]), { size: 2 })],
  ['means are over what lies outside the map too', poolCase('averagePool2d', samples([1, 5, 6, 33]), { size: 3, stride: 1, padding: 2 })],
  ['a cropped map has its rows where they are in the output', cropOrPadCase(samples([2, 5, 7, 9]), { width: 3 })],
];

describe.each(mutants)('the suite notices that %s', (mistake, layerCase) => {
  test(layerCase.name, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wht-mutant-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const library = buildMutant(mistake, resolve('build'), folder);
    vi.stubEnv('WHT_CUDNN_DIR', resolve('build/Release/cudnn-8'));
    // Leaves a depthwise convolution to our kernel.
    if (mistake === 'a strip has its kernel upside down') vi.stubEnv('WHT_STAND_IN_CUDNN_ALGORITHMS', '6');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    for (const order of ['forward', 'reversed']) {
      process.env.WHT_EMULATION_ORDER = order;
      onTestFinished(() => {
        delete process.env.WHT_EMULATION_ORDER;
      });
      using healthy = emulatedCuda('healthy', resolve('build/Release/libwht_cuda_emulated.so')).open();
      await check(healthy, float32, layerCase);
      using device = emulatedCuda('mutant', library).open();
      await expect(check(device, float32, layerCase)).rejects.toThrow('to be less than');
    }
  }, 180_000);
});
