/** How much memory one layer takes in a process of its own, which does nothing else: no figure is a time here. */
import { readFileSync } from 'node:fs';
import { Conv2d, openDevice } from 'wht-layers';
import { loadOnnxRuntime, sessionOptions } from '../../onnx-runtime';
import { boardRoot } from '../../probes/board-root';
import { readProcessMemory } from '../../probes/process-memory';
import { readSystemMemory } from '../../probes/system-memory';
import type { MemoryReport, MemoryTask } from '../memory-task';
import { answerOnce } from './answer-once';
import { IMAGES } from './images';
import { nativeLayer } from './native-layer';
import { onnxLayer } from './onnx-layer';

async function measure(task: MemoryTask): Promise<MemoryReport> {
  await loadWhateverTheLayer(task);
  const made = await (task.role === 'onnxruntime' ? onnxLayer(task) : nativeLayer(task));
  const [model] = task.models;
  const side = await made.side({ protocol: task.protocol, layout: model?.layout ?? 'NHWC', model: 0 });
  await side.run(2 * IMAGES);
  // Of this machine, whatever board's tree WHT_BOARD_ROOT names.
  const machine = boardRoot({});
  const { peakResidentBytes, pssBytes } = readProcessMemory(machine);
  const { availableBytes, nvMapUsedBytes, swapUsedBytes } = readSystemMemory(machine);
  const layerBytes = made.memoryBytes?.();
  return {
    ...{ layer: side.layer, implementation: side.implementation },
    ...(layerBytes !== undefined && { layerBytes }),
    libraries: mappedLibraries(),
    peakResidentBytes: peakResidentBytes ?? process.resourceUsage().maxRSS * 1024,
    ...(pssBytes !== undefined && { pssBytes }),
    ...(availableBytes !== undefined && { availableBytes }),
    ...(nvMapUsedBytes !== undefined && { nvMapUsedBytes }),
    ...(swapUsedBytes !== undefined && { swapUsedBytes }),
  };
}

/** Which of the large ones this process has. */
function mappedLibraries(): string[] {
  try {
    const maps = readFileSync('/proc/self/maps', 'latin1');
    return ['cudnn', 'onnxruntime'].filter((name) => maps.includes(`lib${name}`));
  } catch {
    return [];
  }
}

/**
 * So that processes differ by the layer alone: a library that only one of them loads would win or lose by its own size. Each is started as well, which takes
 * more memory than its files.
 */
async function loadWhateverTheLayer({ identity, cudnn, index, role }: MemoryTask): Promise<void> {
  if (identity !== undefined) {
    const runtime = loadOnnxRuntime();
    if (runtime instanceof Error) throw runtime;
    const { InferenceSession, Tensor } = runtime.api;
    const session = await InferenceSession.create(identity, sessionOptions(1));
    await session.run({ x: new Tensor('float32', new Float32Array(1), [1]) });
    // The other way round as well.
    if (role === 'onnxruntime') openDevice('cpu', { threads: 1 });
  }
  if (cudnn) {
    const device = openDevice('cuda', { index });
    const x = device.zeros([1, 4, 4, 4]);
    await new Conv2d(device, { inChannels: 4, outChannels: 4, kernelSize: 3 }).forward(x).read();
    device.close();
  }
}

answerOnce(measure);
