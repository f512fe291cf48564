/** A whole run: every group of rows, then memory; what was measured is kept, whatever comes after. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type DeviceInfo, listDevices, openDevice } from 'wht-layers';
import { figure } from '../figures';
import { isEmulated } from '../gpu/emulated';
import { loadOnnxRuntime } from '../onnx-runtime';
import { type BoardRoot, boardRoot } from '../probes/board-root';
import { takeSnapshot } from '../probes/snapshot';
import type { Progress } from '../progress';
import type { JetsonArguments } from './arguments';
import { copyRate } from './copy-rate';
import { EMULATED, FULL, QUICK } from './effort';
import { meanPower } from './energy';
import { jetsonEnvironment } from './environment';
import { type Group, type GroupSession, measureGroup } from './group';
import { type PlannedGroup, plannedGroups } from './groups';
import { measureMemory } from './memory';
import { writeIdentity, writeModels } from './models';
import { Monitor } from './monitor';
import type { ComparisonResult, DeviceKind, JetsonRun } from './schema';
import type { ModelFile } from './task';
import { titleOf } from './titles';
import { machineState, powerMeter } from './watch';

export interface RunOptions extends Pick<JetsonArguments, 'quick' | 'only' | 'devices' | 'index' | 'threads'> {
  /** Where the probes read the board. */
  root: BoardRoot;
  signal: AbortSignal;
  shown: Progress;
  /** Called whenever something was added. */
  save(run: JetsonRun): void;
}

export async function runJetson(options: RunOptions): Promise<JetsonRun> {
  const { quick, only, index, root, signal, shown, save } = options;
  const start = performance.now();
  const onnxruntime = loadOnnxRuntime();
  const { devices, unavailable } = usable(options);
  const cpu = infoOf('cpu', options);
  const gpu = devices.includes('cuda') ? infoOf('cuda', options) : undefined;
  const emulated = gpu !== undefined && isEmulated(gpu.name);
  const effort = emulated ? EMULATED : quick ? QUICK : FULL;
  // Figures are of this machine, whatever board's tree the probes read.
  const machine = boardRoot({});
  const run: JetsonRun = {
    ...{ schema: 1, harness: 'jetson', quick, started: new Date().toISOString(), seconds: 0 },
    environment: { ...jetsonEnvironment(root, cpu, gpu, onnxruntime), before: takeSnapshot(root) },
    ...{ unavailable, comparisons: [], memory: [], copies: [] },
  };
  const folder = mkdtempSync(join(tmpdir(), 'wht-bench-'));
  const models = new ModelFolder(folder);
  const threads = cpu.threads ?? 1;
  const groups = plannedGroups({
    ...{ only, devices, index, threads, quick, emulated, effort, onnxruntime },
    ...(gpu?.cudnn !== undefined && { cudnn: gpu.cudnn }),
  });
  const keep = () => {
    run.seconds = Math.round((performance.now() - start) / 100) / 10;
    save(run);
  };
  try {
    const meter = emulated ? undefined : powerMeter(machine);
    const idle = meter && (await meanPower(meter, () => new Promise((resolve) => setTimeout(resolve, effort.energyMs))));
    const monitor = new Monitor(machineState(machine));
    // Memory takes about a quarter of the time.
    const steps = groups.length * 1.3;
    for (const [at, planned] of groups.entries()) {
      if (signal.aborted) break;
      const group = await models.complete(planned);
      const title = groupTitle(group);
      const session: GroupSession = {
        ...{ effort, signal, monitor },
        advance: (part) => shown.advance((at + part) / steps, title),
        watched: (work) => monitor.watched(work),
        ...(meter && { meter }),
        ...(idle && { idleMilliwatts: idle.milliwatts }),
      };
      const rows = await measureGroup(group, session);
      run.comparisons.push(...rows);
      for (const each of rows) shown.finished(`${titleOf(each)}, ${each.dtype} ${each.layout}, ${each.protocol}`, outcome(each));
      keep();
    }
    for (const device of devices) {
      if (!signal.aborted) run.copies.push(await copyRate(device, index, device === 'cpu' ? threads : undefined));
    }
    // The paper's, and the GPU's: on the CPU a batch takes what its images take.
    const weighed = groups.filter(
      ({ protocols, device, dtype }) => protocols.includes('paper') || (device === 'cuda' && dtype === 'float32'),
    );
    const identity = onnxruntime instanceof Error ? undefined : writeIdentity(folder);
    for (const [at, planned] of weighed.entries()) {
      if (signal.aborted) break;
      const group = await models.complete(planned);
      const advance = (part: number) =>
        shown.advance((groups.length + 0.3 * groups.length * ((at + part) / weighed.length)) / steps, 'memory');
      run.memory.push(await measureMemory(group, { effort, signal, machine, advance, ...(identity !== undefined && { identity }) }));
      keep();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (signal.aborted) run.interrupted = true;
  run.environment.after = takeSnapshot(root);
  keep();
  return run;
}

/** What can be measured of what was asked for: a GPU where there is one, else the CPU. */
function usable({ devices: asked, index }: RunOptions): { devices: DeviceKind[]; unavailable: JetsonRun['unavailable'] } {
  const gpus = listDevices().filter(({ kind }) => kind === 'cuda');
  const gpu = gpus.find((each) => each.available && each.index === index);
  const reason = gpus.find((each) => each.index === index)?.reason ?? gpus[0]?.reason ?? `there is no GPU number ${index}`;
  const unavailable: JetsonRun['unavailable'] = gpu === undefined ? [{ device: 'cuda', reason }] : [];
  if (asked === undefined) return { devices: gpu === undefined ? ['cpu'] : ['cuda'], unavailable };
  if (!asked.includes('cuda'))
    return { devices: ['cpu'], unavailable: [{ device: 'cuda', reason: 'it was not asked for (--device cpu)' }] };
  return { devices: asked.filter((kind) => kind === 'cpu' || gpu !== undefined), unavailable };
}

function infoOf(kind: DeviceKind, { index, threads }: RunOptions): DeviceInfo {
  const device = openDevice(kind, kind === 'cuda' ? { index } : threads === undefined ? {} : { threads });
  const info = device.info();
  device.close();
  return info;
}

function groupTitle({ workload, shape, device, threads, dtype, protocols }: Group): string {
  const title = titleOf({ id: workload.id, shape, device, ...(threads !== undefined && { threads }) });
  return `${title}, ${protocols.includes('paper') ? "the paper's protocol" : dtype}`;
}

function outcome(row: ComparisonResult): string {
  if ('error' in row) return `failed: ${row.error}`;
  return `${figure(row.speedRatio)} times as fast as ${row.baseline.layer} (${row.baseline.implementation})`;
}

/** Files of onnxruntime's models, each written once. */
class ModelFolder {
  readonly #folder: string;
  readonly #written = new Map<string, ModelFile[]>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async complete({ withModels, ...group }: PlannedGroup): Promise<Group> {
    const { workload, shape } = group;
    if (!withModels) return { ...group, models: [] };
    const runtime = loadOnnxRuntime();
    if (runtime instanceof Error) throw runtime;
    const key = `${workload.id} ${shape.join('x')}`;
    let models = this.#written.get(key);
    if (models === undefined) {
      const own = join(this.#folder, `${this.#written.size}`);
      mkdirSync(own);
      models = await writeModels(workload, shape, runtime, own);
      this.#written.set(key, models);
    }
    return { ...group, models };
  }
}
