import type { InferenceSession } from 'onnxruntime-node';
import type { Candidate } from './candidate';
import { channelsFirst, channelsLast } from './channel-order';
import type { OnnxModel } from './onnx-models';
import type { MapShape } from './schema';

export interface OnnxRuntime {
  api: typeof import('onnxruntime-node');
  version: string;
}

/**
 * onnxruntime-node, or why it can't be loaded. Its present binaries need glibc 2.28, which JetPack 4's Ubuntu 18.04 does not have;
 * those of version 1.16.3 need 2.17.
 */
export function loadOnnxRuntime(): OnnxRuntime | Error {
  try {
    return { api: require('onnxruntime-node'), version: require('onnxruntime-node/package.json').version };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/**
 * The options with which onnxruntime is fastest. Its idle threads spin by default, which costs the next side of a comparison its cores; switching
 * that off made it slower, so the harness pauses between sides instead.
 */
export function sessionOptions(threads: number): InferenceSession.SessionOptions {
  return { intraOpNumThreads: threads, interOpNumThreads: 1, logSeverityLevel: 3 };
}

export interface OnnxCandidate extends Candidate {
  release(): Promise<void>;
}

/**
 * A model in onnxruntime, writing to the same output every time. The input is rearranged beforehand to the layout that the model takes.
 *
 * @param input NHWC
 * @param shape of input and output
 */
export async function onnxCandidate(
  layer: string,
  { api, version }: OnnxRuntime,
  model: OnnxModel,
  threads: number,
  input: Float32Array,
  shape: MapShape,
): Promise<OnnxCandidate> {
  const session = await api.InferenceSession.create(model.bytes, sessionOptions(threads));
  const values = new Float32Array(input.length);
  const x = new api.Tensor('float32', model.layout === 'NCHW' ? channelsFirst(input, shape) : input, model.inputShape);
  const y = new api.Tensor('float32', values, model.outputShape);
  return {
    layer,
    implementation: `onnxruntime ${version}`,
    async run(times) {
      for (let time = 0; time < times; time++) await session.run({ x }, { y });
    },
    output: async () => (model.layout === 'NCHW' ? channelsLast(values, shape) : values.slice()),
    release: () => session.release(),
  };
}
