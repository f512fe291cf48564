/** How much memory one network takes in a process of its own, which does nothing else: no figure is a time here. */
import { openDevice } from 'wht-layers';
import { answerOnce } from '../../jetson/child/answer-once';
import { loadOnnxRuntime, type OnnxRuntime, sessionOptions } from '../../onnx-runtime';
import { boardRoot } from '../../probes/board-root';
import { readProcessMemory } from '../../probes/process-memory';
import { uniform } from '../../random';
import { contest } from '../contests';
import type { MemoryReport, MemoryTask, NetworkSubject, OnnxSubject } from '../memory-task';
import { networkCandidate } from '../network-candidate';

/** The first forward pass may allocate what the next ones use. */
const PASSES = 3;

async function measure({ identity, threads, subject }: MemoryTask): Promise<MemoryReport> {
  const runtime = identity === undefined ? undefined : await startedRuntime(identity);
  const device = openDevice('cpu', { threads });
  const own = await (async () => {
    if (subject === undefined) return {};
    const { images, inputSize } = subject;
    const input = uniform(images * inputSize ** 2 * 3, 1);
    if (subject.kind === 'network') return runNetwork(subject, input, images);
    return runOnnx(subject, runtime as OnnxRuntime, threads, input);
  })();
  const { peakResidentBytes } = readProcessMemory(boardRoot({}));
  return { peakResidentBytes: peakResidentBytes ?? process.resourceUsage().maxRSS * 1024, ...own };

  async function runNetwork({ network: id, variant, weights }: NetworkSubject, input: Float32Array, images: number) {
    const { make } = contest(id).variants[variant] as { make: ReturnType<typeof contest>['variants'][number]['make'] };
    const network = await make(device, { weights });
    const candidate = networkCandidate(id, network, input, images);
    await candidate.run(PASSES);
    await candidate.output();
    const { current, peak, workspace } = device.memory();
    return {
      device: { peakBytes: peak + workspace, heldBytes: current + workspace, workspaceBytes: workspace },
      plan: network.memory(images),
    };
  }
}

/** So that processes differ by the network alone: a library that only one of them loads would win or lose by its own size. */
async function startedRuntime(identity: string): Promise<OnnxRuntime> {
  const runtime = loadOnnxRuntime();
  if (runtime instanceof Error) throw runtime;
  const { InferenceSession, Tensor } = runtime.api;
  const session = await InferenceSession.create(identity, sessionOptions(1));
  await session.run({ x: new Tensor('float32', new Float32Array(1), [1]) });
  return runtime;
}

/** @param input whose order of values makes no difference to memory */
async function runOnnx(
  { file, optimized, inputShape, outputShape }: OnnxSubject,
  { api }: OnnxRuntime,
  threads: number,
  input: Float32Array,
) {
  const graphOptimizationLevel = optimized ? 'disabled' : 'all';
  const session = await api.InferenceSession.create(file, { ...sessionOptions(threads), graphOptimizationLevel });
  const x = new api.Tensor('float32', input, inputShape);
  const output = new Float32Array(outputShape.reduce((product, size) => product * size));
  const y = new api.Tensor('float32', output, outputShape);
  for (let pass = 0; pass < PASSES; pass++) await session.run({ x }, { y });
  return {};
}

answerOnce(measure);
