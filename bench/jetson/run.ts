/** A whole run: every group of rows, then memory; what was measured is kept, whatever comes after. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { DeviceInfo, DeviceListing } from 'wht-layers';
import { figure } from '../figures';
import { isEmulated } from '../gpu/emulated';
import { loadOnnxRuntime } from '../onnx-runtime';
import { type BoardRoot, boardRoot } from '../probes/board-root';
import { takeSnapshot } from '../probes/snapshot';
import type { Progress } from '../progress';
import type { MapShape, WorkloadId } from '../schema';
import type { JetsonArguments } from './arguments';
import { type DeviceChoice, whyNoGpu } from './device-choice';
import { EMULATED, FULL, QUICK } from './effort';
import { meanPower } from './energy';
import { jetsonEnvironment } from './environment';
import { errand } from './errands';
import { type Group, type GroupSession, measureGroup } from './group';
import { type PlannedGroup, plannedGroups } from './groups';
import { measureMemory } from './memory';
import { writeIdentity } from './models';
import { Monitor } from './monitor';
import type { ComparisonResult, DeviceKind, JetsonRun } from './schema';
import type { DeviceFacts, ModelFile } from './task';
import { DEVICE_NAMES, titleOf } from './titles';
import { machineState, powerMeter } from './watch';

export interface RunOptions extends Pick<JetsonArguments, 'quick' | 'only' | 'devices' | 'index' | 'threads'> {
  /** Every device, and why it can't be used. */
  listing: readonly DeviceListing[];
  /** Where the probes read the board. */
  root: BoardRoot;
  signal: AbortSignal;
  shown: Progress;
  /** Called whenever something was added. */
  save(run: JetsonRun): void;
}

export async function runJetson(options: RunOptions): Promise<JetsonRun> {
  const { quick, index, root, signal, shown, save } = options;
  const start = performance.now();
  const onnxruntime = loadOnnxRuntime();
  const { devices, unavailable } = usable(options);
  const choice = (kind: DeviceKind): DeviceChoice => ({ kind, index, ...(options.threads !== undefined && { threads: options.threads }) });
  const cpu = await errand<'describe'>({ kind: 'describe', device: choice('cpu') }, signal);
  const gpu = devices.includes('cuda') ? await errand<'describe'>({ kind: 'describe', device: choice('cuda') }, signal) : undefined;
  const emulated = gpu !== undefined && isEmulated(gpu.name);
  const effort = emulated ? EMULATED : quick ? QUICK : FULL;
  // Figures are of this machine, whatever board's tree the probes read.
  const machine = boardRoot({});
  const run: JetsonRun = {
    ...{ schema: 1, harness: 'jetson', quick, started: new Date().toISOString(), seconds: 0 },
    environment: { ...jetsonEnvironment(root, cpu, gpu, onnxruntime), before: takeSnapshot(root) },
    unavailable,
    ...(onnxruntime instanceof Error && { withoutOnnxruntime: onnxruntime.message }),
    ...{ comparisons: [], memory: [], copies: [] },
  };
  const keep = () => {
    run.seconds = Math.round((performance.now() - start) / 100) / 10;
    save(run);
  };
  const groups = plannedGroups({
    ...{ only: options.only, devices, index, threads: cpu.threads ?? 1, quick, emulated, effort },
    onnxruntime: !(onnxruntime instanceof Error),
    facts: { cpu: factsOf(cpu), ...(gpu && { cuda: factsOf(gpu) }) },
  });
  // Memory takes about a quarter of the time.
  const steps = groups.length * 1.3;
  const folder = mkdtempSync(join(tmpdir(), 'wht-bench-'));
  try {
    const models = new ModelFolder(folder, signal);
    const monitor = new Monitor(machineState(machine));
    const meter = emulated ? undefined : powerMeter(machine);
    const idle = meter && (await meanPower(meter, () => new Promise((resolve) => setTimeout(resolve, effort.energyMs))));
    await addCopyRates(run, devices.map(choice), signal);
    for (const [at, planned] of groups.entries()) {
      if (signal.aborted) break;
      const group = await models.complete(planned);
      if (group.models.some(({ optimized }) => !optimized)) remark(run, UNOPTIMIZED);
      const title = groupTitle(group);
      const session: GroupSession = {
        ...{ effort, signal, monitor },
        advance: (part) => shown.advance((at + part) / steps, title),
        ...(meter && { meter }),
        ...(idle && { idleMilliwatts: idle.milliwatts }),
      };
      const rows = await measureGroup(group, session);
      run.comparisons.push(...rows);
      for (const each of rows) shown.finished(`${titleOf(each)}, ${each.dtype} ${each.layout}, ${each.protocol}`, outcome(each));
      keep();
    }
    await addCopyRates(run, devices.map(choice), signal);
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
      const memory = await measureMemory(group, { effort, signal, machine, advance, ...(identity !== undefined && { identity }) });
      if (!signal.aborted) run.memory.push(memory);
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

const UNOPTIMIZED =
  "This version of onnxruntime can't keep a model that it has optimised: each of its processes does that anew, and the memory that it takes counts.";

function remark(run: JetsonRun, text: string): void {
  run.remarks = [...new Set([...(run.remarks ?? []), text])];
}

/** What can be measured of what was asked for: a GPU where there is one, else the CPU. */
function usable({ devices: asked, index, listing }: RunOptions): { devices: DeviceKind[]; unavailable: JetsonRun['unavailable'] } {
  const reason = whyNoGpu(listing, index);
  const unavailable: JetsonRun['unavailable'] = reason === undefined ? [] : [{ device: 'cuda', reason }];
  if (asked === undefined) return { devices: reason === undefined ? ['cuda'] : ['cpu'], unavailable };
  if (!asked.includes('cuda'))
    return { devices: ['cpu'], unavailable: [{ device: 'cuda', reason: 'it was not asked for (--device cpu)' }] };
  return { devices: asked.filter((kind) => kind === 'cpu' || reason === undefined), unavailable };
}

function factsOf({ backend, name, memoryTotal, cudnn }: DeviceInfo): DeviceFacts {
  return { backend, emulated: isEmulated(name), memoryTotalBytes: memoryTotal, ...(cudnn !== undefined && { cudnn }) };
}

/** The faster of what was measured so far and now: a neighbour can only slow a copy. What can't be copied has no rate, and the rows stand without it. */
async function addCopyRates(run: JetsonRun, devices: readonly DeviceChoice[], signal: AbortSignal): Promise<void> {
  for (const device of devices) {
    if (signal.aborted) return;
    try {
      const rate = await errand<'copyRate'>({ kind: 'copyRate', device }, signal);
      const before = run.copies.find((copy) => copy.device === device.kind);
      if (before !== undefined && before.medianMs <= rate.medianMs) continue;
      run.copies = [...run.copies.filter((copy) => copy !== before), rate];
    } catch (error) {
      const message = `The rate of a copy on the ${DEVICE_NAMES[device.kind]} could not be measured: ${(error as Error).message}.`;
      if (!signal.aborted) remark(run, message);
    }
  }
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
  readonly #signal: AbortSignal;
  readonly #written = new Map<string, Promise<ModelFile[]>>();

  constructor(folder: string, signal: AbortSignal) {
    this.#folder = folder;
    this.#signal = signal;
  }

  /** The group with its models, or with the reason why there are none. */
  async complete({ withModels, ...group }: PlannedGroup): Promise<Group> {
    if (!withModels) return { ...group, models: [] };
    const { workload, shape } = group;
    try {
      return { ...group, models: await this.#models(workload.id, shape) };
    } catch (error) {
      const failed = { layer: workload.baseline.name, implementation: 'onnxruntime', error: (error as Error).message };
      return { ...group, models: [], unavailable: [...group.unavailable, failed] };
    }
  }

  #models(workload: WorkloadId, shape: MapShape): Promise<ModelFile[]> {
    const key = `${workload} ${shape.join('x')}`;
    let models = this.#written.get(key);
    if (models === undefined) {
      const folder = join(this.#folder, `${this.#written.size}`);
      mkdirSync(folder);
      models = errand<'models'>({ kind: 'models', workload, shape, folder }, this.#signal);
      this.#written.set(key, models);
    }
    return models;
  }
}
