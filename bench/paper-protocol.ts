/** The paper's protocol: each layer in fresh processes of its own, taking turns; see paper-child.ts for what one does. */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDevice } from 'wht-layers';
import { expectAgreement } from './agreement';
import type { Comparison, Measured, Session } from './comparison';
import { convolution, identity } from './onnx-models';
import { loadOnnxRuntime, type OnnxRuntime, sessionOptions } from './onnx-runtime';
import { paperConvolution } from './paper-convolution';
import { PAPER_IMAGE, PAPER_IMAGES, type PaperLayer, type PaperModels, type PaperReport, type PaperTask } from './paper-task';
import type { Unavailable } from './schema';
import { median } from './statistics';
import { measurement, summary } from './summary';

const [, HEIGHT, WIDTH, CHANNELS] = PAPER_IMAGE;

export const paperProtocol: Comparison = {
  id: '2d-vs-conv3x3',
  protocol: 'paper',
  shape: [PAPER_IMAGES, HEIGHT, WIDTH, CHANNELS],
  threads: 1,
  paper: { speedRatio: 24, memoryReduction: 0.1951 },
  measure,
};

async function measure({ effort, signal, advance }: Session): Promise<Measured> {
  const directory = mkdtempSync(join(tmpdir(), 'wht-bench-'));
  try {
    const runtime = loadOnnxRuntime();
    const unavailable: Unavailable[] = [];
    let models: PaperModels | undefined;
    if (runtime instanceof Error) unavailable.push({ layer: 'Conv2d 3x3', implementation: 'onnxruntime', error: runtime.message });
    else models = await writeModels(directory, runtime);

    const layers: PaperLayer[] = models === undefined ? ['BlockWht2d', 'Conv2d'] : ['BlockWht2d', 'Conv2d', 'onnxruntime'];
    const reports = new Map(layers.map((layer): [PaperLayer, PaperReport[]] => [layer, []]));
    for (let turn = 0; turn < effort.processes * layers.length; turn++) {
      advance(turn / (effort.processes * layers.length));
      const layer = layers[turn % layers.length] as PaperLayer;
      reports.get(layer)?.push(await inProcess({ layer, loops: effort.loops, ...(models && { models }) }, signal));
    }
    return compared(reports, unavailable, runtime instanceof Error ? '' : `onnxruntime ${runtime.version}`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function compared(reports: Map<PaperLayer, PaperReport[]>, unavailable: Unavailable[], onnxruntime: string): Measured {
  const device = openDevice('cpu', { threads: 1 });
  const whtLayers = `wht-layers ${device.info().backend}`;
  device.close();
  const reportsOf = (layer: PaperLayer) => reports.get(layer) ?? [];
  const names = {
    BlockWht2d: { layer: 'BlockWht2d', implementation: whtLayers },
    Conv2d: { layer: 'Conv2d 3x3', implementation: whtLayers },
    onnxruntime: { layer: 'Conv2d 3x3', implementation: onnxruntime },
  };
  const measured = (layer: PaperLayer) => {
    const own = reportsOf(layer);
    return measurement(
      names[layer],
      own.flatMap(({ loops }) => loops),
      { memoryBytes: median(own.map(({ peakBytes }) => peakBytes)), firstCallMs: median(own.map(({ firstCallMs }) => firstCallMs)) },
    );
  };
  const baselines = [...reports.keys()].filter((layer) => layer !== 'BlockWht2d');
  const expected = reportsOf('Conv2d')[0]?.output as Float32Array;
  for (const layer of baselines) {
    for (const { output } of reportsOf(layer)) expectAgreement(names[layer], output, names.Conv2d, expected);
  }
  const copyMs = median(reportsOf('BlockWht2d').flatMap(({ copyLoops }) => copyLoops));
  return summary(measured('BlockWht2d'), baselines.map(measured), unavailable, copyMs);
}

/**
 * The paper's TensorFlow Lite loads a model that was converted beforehand, and maps its weights from the file. onnxruntime gets the same: a
 * model optimised for this machine, its weights in a file beside it. Its process is then half as large at its peak, and no slower.
 */
async function writeModels(directory: string, { api }: OnnxRuntime): Promise<PaperModels> {
  const device = openDevice('cpu', { threads: 1 });
  const { kernel, bias } = paperConvolution(device).parameters as Record<'kernel' | 'bias', Float32Array>;
  device.close();
  const models = { convolution: join(directory, 'convolution.onnx'), identity: join(directory, 'identity.onnx') };
  writeFileSync(models.identity, identity().bytes);
  const session = await api.InferenceSession.create(convolution(PAPER_IMAGE, 3, kernel, bias, true).bytes, {
    ...sessionOptions(1),
    optimizedModelFilePath: models.convolution,
    extra: { session: { optimized_model_external_initializers_file_name: 'convolution.weights' } },
  });
  await session.release();
  return models;
}

function inProcess(task: PaperTask, signal: AbortSignal): Promise<PaperReport> {
  return new Promise((resolve, reject) => {
    const child = fork(join(__dirname, 'paper-child.js'), {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      signal,
    });
    let report: PaperReport | undefined;
    let complaint = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    child.once('message', (message: PaperReport) => {
      report = message;
    });
    child.once('error', reject);
    child.once('close', (code, killedBy) => {
      if (report !== undefined && code === 0) return resolve(report);
      const end = killedBy === null ? `exit code ${code}` : killedBy;
      reject(new Error(`Expected the process of ${task.layer} to report and exit, got ${end}${complaint && `: ${complaint.trim()}`}`));
    });
    child.send(task);
  });
}
