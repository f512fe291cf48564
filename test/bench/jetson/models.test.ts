import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nativeLayer } from '../../../bench/jetson/child/native-layer';
import { onnxLayer } from '../../../bench/jetson/child/onnx-layer';
import { writeModels } from '../../../bench/jetson/models';
import type { LayerTask, ModelFile } from '../../../bench/jetson/task';
import { loadOnnxRuntime, type OnnxRuntime } from '../../../bench/onnx-runtime';
import type { MapShape } from '../../../bench/schema';
import { relativeError } from '../../../bench/statistics';
import { workload } from '../../../bench/workloads';

const SHAPE: MapShape = [1, 32, 32, 64];
const ID = '2d-32x32-vs-conv3x3';

function present(): OnnxRuntime {
  const runtime = loadOnnxRuntime();
  if (runtime instanceof Error) throw runtime;
  return runtime;
}

/** As version 1.16.3, which a Jetson Nano has: it does not know this option. */
function older({ api, version }: OnnxRuntime): OnnxRuntime {
  const create = (
    bytes: Uint8Array,
    { optimizedModelFilePath: _, ...options }: Parameters<typeof api.InferenceSession.create>[1] & object,
  ) => api.InferenceSession.create(bytes, options);
  return { api: { ...api, InferenceSession: { create } as never }, version };
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wht-models-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function task(role: LayerTask['role'], models: ModelFile[]): LayerTask {
  return {
    ...{ workload: ID, role, device: 'cpu', index: 0, threads: 1, dtype: 'float32', shape: SHAPE, models },
    facts: { backend: 'cpu', emulated: false, memoryTotalBytes: 1 },
  };
}

describe('models of onnxruntime', () => {
  it.each([
    ['a version that keeps optimised models', true, (runtime: OnnxRuntime) => runtime, ['0.onnx', '0.weights']],
    ['an older one', false, older, ['0.onnx']],
  ])('are files that compute the same with %s', async (_, optimized, version, names) => {
    const models = await writeModels(workload(ID), SHAPE, version(present()), folder);
    expect(models).toEqual([expect.objectContaining({ optimized, file: join(folder, '0.onnx') })]);
    expect(readdirSync(folder).sort()).toEqual(names);
    const key = { protocol: 'paper', layout: 'NHWC' } as const;
    const expected = await (await (await nativeLayer(task('baseline', []))).side(key)).output();
    const output = await (await (await onnxLayer(task('onnxruntime', models))).side({ ...key, layout: 'NCHW', model: 0 })).output();
    expect(relativeError(output, expected)).toBeLessThan(1e-6);
  });
});
