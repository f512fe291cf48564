/** The baselines' layers as files for onnxruntime. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDevice } from 'wht-layers';
import { identity } from '../onnx-models';
import { type OnnxRuntime, sessionOptions } from '../onnx-runtime';
import type { MapShape } from '../schema';
import type { Workload } from '../workloads';
import type { ModelFile } from './task';

/**
 * The paper's TensorFlow Lite loads a model that was converted beforehand, and maps its weights from the file. onnxruntime gets the same: a
 * model optimised for this machine, its weights in a file beside it. Its process is then half as large at its peak, and no slower.
 *
 * @param folder where the files go; nothing else may be in it
 */
export async function writeModels({ baseline }: Workload, shape: MapShape, { api }: OnnxRuntime, folder: string): Promise<ModelFile[]> {
  const device = openDevice('cpu', { threads: 1 });
  try {
    const layer = baseline.make(device, shape);
    const files: ModelFile[] = [];
    for (const [at, { name, model }] of baseline.models(shape, layer.parameters).entries()) {
      const file = join(folder, `${at}.onnx`);
      const session = await api.InferenceSession.create(model.bytes, {
        ...sessionOptions(1),
        optimizedModelFilePath: file,
        extra: { session: { optimized_model_external_initializers_file_name: `${at}.weights` } },
      });
      await session.release();
      // Older versions write none, 1.16.3 among them.
      const optimized = existsSync(file);
      if (!optimized) writeFileSync(file, model.bytes);
      const { layout, inputShape, outputShape } = model;
      const operations = baseline.operations(layer, shape);
      files.push({ name, file, optimized, layout, inputShape, outputShape, operations, parameterBytes: 4 * layer.parameterCount.total });
    }
    return files;
  } finally {
    device.close();
  }
}

/** The least that makes onnxruntime start. */
export function writeIdentity(folder: string): string {
  const file = join(folder, 'identity.onnx');
  writeFileSync(file, identity().bytes);
  return file;
}
