/** The memory of each network, in fresh processes that run one after the other. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { oneAnswer } from '../jetson/one-answer';
import { identity, type OnnxModel } from '../onnx-models';
import { type OnnxRuntime, sessionOptions } from '../onnx-runtime';
import { packageRoot } from '../package-root';
import { median } from '../statistics';
import type { MemoryReport, MemoryTask, OnnxSubject } from './memory-task';
import type { RowMemory } from './schema';

/** From dist wherever this runs: a child process knows no TypeScript. */
const SCRIPT = () => join(packageRoot(), 'dist/bench/networks/child/memory-main.js');

/** @param processes how many to take the median of */
export async function memoryOf(task: MemoryTask, processes: number, signal: AbortSignal): Promise<RowMemory> {
  const reports: MemoryReport[] = [];
  for (let at = 0; at < processes; at++) reports.push(await oneAnswer<MemoryReport>(SCRIPT(), task, signal));
  const [{ device, plan } = {} as MemoryReport] = reports;
  return {
    peakResidentBytes: median(reports.map(({ peakResidentBytes }) => peakResidentBytes)),
    processes,
    ...(device && { device }),
    ...(plan && { plan }),
  };
}

/** The least that makes onnxruntime start. */
export function writeIdentity(folder: string): string {
  const file = join(folder, 'identity.onnx');
  writeFileSync(file, identity().bytes);
  return file;
}

/**
 * A model as it is deployed where memory counts: optimised for this machine beforehand, its weights mapped from a file beside it, as our own network maps its own.
 *
 * @param name of the file, without an ending
 */
export async function writeOptimized(
  { bytes, inputShape, outputShape }: OnnxModel,
  { api }: OnnxRuntime,
  folder: string,
  name: string,
): Promise<OnnxSubject> {
  const file = join(folder, `${name}.onnx`);
  const session = await api.InferenceSession.create(bytes, {
    ...sessionOptions(1),
    optimizedModelFilePath: file,
    extra: { session: { optimized_model_external_initializers_file_name: `${name}.weights` } },
  });
  await session.release();
  // Older versions write none, 1.16.3 among them.
  const optimized = existsSync(file);
  if (!optimized) writeFileSync(file, bytes);
  return { kind: 'onnx', file, optimized, inputShape, outputShape };
}
