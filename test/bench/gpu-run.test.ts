/** The GPU benchmark from its command line, on the emulated backend: its times mean nothing, but all of it runs. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GpuRun } from '../../bench/gpu/schema';

const CUDNN = resolve('build/Release/cudnn-8');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wht-bench-gpu-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function bench(cudnn: string, ...args: string[]) {
  return spawnSync(process.execPath, [resolve('dist/bench/gpu/main.js'), ...args], {
    env: { ...process.env, WHT_CUDA_BACKEND: resolve('build/Release/libwht_cuda_emulated.so'), WHT_CUDNN_DIR: cudnn },
    encoding: 'utf8',
    timeout: 50_000,
  });
}

describe('on an emulated GPU', () => {
  test('everything is measured, and nothing is claimed', () => {
    const json = join(folder, 'run.json');
    const { status, stdout, stderr } = bench(CUDNN, '--json', json, '--points', '64', '--bytes', '65536', '--quick');
    expect(stderr).toMatch(/^EMULATED/);
    expect(stdout).toContain('EMULATED');
    expect(status).toBe(0);

    const run: GpuRun = JSON.parse(readFileSync(json, 'utf8'));
    expect(run.environment).toMatchObject({ gpu: 'Emulated GPU', emulated: true, versions: { cuDNN: '8.2.1' } });
    expect(run.targets).toEqual([]);
    expect(run.comparisons.map(({ id, layout, dtype }) => `${id} ${layout} ${dtype}`)).toEqual([
      ...['2d-vs-conv3x3 NHWC float32', '2d-vs-conv3x3 NCHW float32', '2d-vs-conv3x3 NHWC float16', '2d-vs-conv3x3 NCHW float16'],
      ...['2d-vs-unfused NCHW float32', '2d-vs-unfused NHWC float32', '2d-vs-unfused NCHW float16', '2d-vs-unfused NHWC float16'],
    ]);
    for (const comparison of run.comparisons) {
      if ('error' in comparison) throw new Error(comparison.error);
      expect(comparison.speedRatio).toBeCloseTo(comparison.baseline.medianMs / comparison.subject.medianMs, 10);
      for (const figure of [comparison.baseline.medianMs, comparison.subject.medianMs, comparison.copyMs])
        expect(figure).toBeGreaterThan(0);
    }
    expect(run.algorithms).toHaveLength(4);
    // 6 families, edges of 4, and odd lanes, as float32 and as float16.
    expect(run.kernels).toHaveLength(22);
    for (const kernel of run.kernels) {
      if ('error' in kernel) throw new Error(kernel.error);
      expect(kernel.rate).toBeGreaterThan(0);
    }
    expect(run.latency.every(({ error }) => error === undefined)).toBe(true);
  });

  test('results are not written where measured ones are kept', () => {
    const { status, stderr } = bench(CUDNN, '--json', 'bench/results/emulated.json', '--only', 'latency');
    expect(stderr).toContain(
      'Expected --json to name a file outside bench/results, since the GPU is emulated, got bench/results/emulated.json',
    );
    expect(status).toBe(2);
  });

  test('without cuDNN the comparison fails with the reason, and has no figures', () => {
    const json = join(folder, 'no-cudnn.json');
    const { status, stdout } = bench(resolve('build/Release/cudnn-incomplete'), '--json', json, '--only', 'convolution');
    expect(status).toBe(1);
    expect(stdout).toMatch(/failed: .*cuDNN/);
    const run: GpuRun = JSON.parse(readFileSync(json, 'utf8'));
    for (const comparison of run.comparisons) {
      expect(comparison).toHaveProperty('error', expect.stringContaining('cuDNN could not be loaded'));
      expect(comparison).not.toHaveProperty('speedRatio');
      expect(comparison).not.toHaveProperty('baseline');
    }
  });
});
