import type { InferenceSession } from 'onnxruntime-node';
import type { Candidate } from './candidate';
import { channelsFirst, channelsLast } from './channel-order';
import type { OnnxModel } from './onnx-models';
import { isInstalled, requireOptional } from './optional-packages';
import type { MapShape } from './schema';

export interface OnnxRuntime {
  api: typeof import('onnxruntime-node');
  version: string;
}

/** onnxruntime-node, where it and what writes models for it can be used; else why not, and what to do about it. */
export function loadOnnxRuntime(): OnnxRuntime | Error {
  const missing = ['onnxruntime-node', 'onnx-proto'].filter((name) => !isInstalled(name));
  if (missing.length > 0) {
    const what = `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not installed`;
    return new Error(`${what}; "${installCommand()}" adds what is missing`);
  }
  const { version } = requireOptional<{ version: string }>('onnxruntime-node/package.json');
  try {
    return { api: requireOptional<OnnxRuntime['api']>('onnxruntime-node'), version };
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
    const cure = needsOlder(glibcVersion()) ? `; "${installCommand()}" gets one that needs less` : '';
    return new Error(`onnxruntime-node ${version} can't be loaded: ${reason}${cure}`);
  }
}

/** Of a system whose glibc is older, as JetPack 4's: a version whose binaries need only 2.17, and which has no install script. */
const OLDER = 'onnxruntime-node@1.16.3';

/** Present binaries need glibc 2.28. */
function needsOlder(glibc: string | undefined): boolean {
  if (glibc === undefined) return false;
  const [major = 0, minor = 0] = glibc.split('.').map(Number);
  return major < 2 || (major === 2 && minor < 28);
}

/** @param glibc the system's version, e.g. "2.27" */
export function installCommand(glibc = glibcVersion(), platform = `${process.platform} ${process.arch}`): string {
  if (needsOlder(glibc)) return `npm i ${OLDER} onnx-proto`;
  // There its install script downloads hundreds of megabytes for GPUs, which no row needs.
  const skip = platform === 'linux x64' ? 'ONNXRUNTIME_NODE_INSTALL=skip ' : '';
  return `${skip}npm i onnxruntime-node onnx-proto`;
}

/** Undefined where the system has another C library. */
export function glibcVersion(): string | undefined {
  const report: { excludeNetwork?: boolean; getReport(): object } = process.report;
  // Names of open connections' other ends would be looked up.
  report.excludeNetwork = true;
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime;
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
 * @param shape of the input
 * @param outputShape default: as the input's
 */
export async function onnxCandidate(
  layer: string,
  { api, version }: OnnxRuntime,
  model: OnnxModel,
  threads: number,
  input: Float32Array,
  shape: MapShape,
  outputShape = shape,
): Promise<OnnxCandidate> {
  const session = await api.InferenceSession.create(model.bytes, sessionOptions(threads));
  const values = new Float32Array(outputShape.reduce((product, size) => product * size));
  const x = new api.Tensor('float32', model.layout === 'NCHW' ? channelsFirst(input, shape) : input, model.inputShape);
  const y = new api.Tensor('float32', values, model.outputShape);
  return {
    layer,
    implementation: `onnxruntime ${version}`,
    async run(times) {
      for (let time = 0; time < times; time++) await session.run({ x }, { y });
    },
    output: async () => (model.layout === 'NCHW' ? channelsLast(values, outputShape) : values.slice()),
    release: () => session.release(),
  };
}
