/** The memory of each implementation of a layer, by three accounts, each in fresh processes that run one after the other. */
import type { BoardRoot } from '../probes/board-root';
import type { SystemMemory } from '../probes/schema';
import { readSystemMemory } from '../probes/system-memory';
import type { Unavailable } from '../schema';
import { median } from '../statistics';
import type { Effort } from './effort';
import type { Group } from './group';
import type { MemoryReport, MemoryTask } from './memory-task';
import { oneAnswer } from './one-answer';
import type { MemoryAccounts, MemoryComparison } from './schema';
import type { ModelFile, Role } from './task';

export interface MemorySession {
  effort: Effort;
  signal: AbortSignal;
  /** The machine that is measured. */
  machine: BoardRoot;
  /** The model that makes onnxruntime start; absent where there is none. */
  identity?: string;
  advance(part: number): void;
}

/** Of the group's first layout and float32. */
export async function measureMemory(group: Group, session: MemorySession): Promise<MemoryComparison> {
  const { workload, device, shape, models, unavailable } = group;
  const contenders: { role: Role; models: ModelFile[]; layer: string; implementation: string }[] = [
    { role: 'subject', models: [], layer: workload.subject.name, implementation: `wht-layers ${device}` },
    { role: 'baseline', models: [], layer: workload.baseline.name, implementation: `wht-layers ${device}` },
    ...models.map((model) => ({ role: 'onnxruntime' as const, models: [model], layer: model.name, implementation: 'onnxruntime' })),
  ];
  const found: (MemoryAccounts | Unavailable)[] = [];
  for (const [at, { role, models: own, layer, implementation }] of contenders.entries()) {
    if (session.signal.aborted) break;
    session.advance(at / contenders.length);
    try {
      found.push(await accounts(taskOf(group, role, own), session));
    } catch (error) {
      if (session.signal.aborted) break;
      found.push({ layer, implementation, error: error instanceof Error ? error.message : String(error) });
    }
  }
  const [subject = { layer: workload.subject.name, implementation: `wht-layers ${device}`, error: 'was interrupted' }, ...baselines] =
    found;
  const paper = isPaper(group);
  return {
    id: workload.id,
    protocol: paper ? 'paper' : 'copies',
    ...{ device, shape },
    ...(paper && workload.paper && { paper: workload.paper }),
    subject,
    baselines: [...baselines, ...unavailable],
  };
}

function isPaper({ protocols }: Group): boolean {
  return protocols.includes('paper');
}

function taskOf(group: Group, role: Role, models: ModelFile[]): Omit<MemoryTask, 'identity' | 'cudnn'> {
  const { workload, device, index, threads, facts, shape } = group;
  const protocol = isPaper(group) ? 'paper' : 'copies';
  return {
    workload: workload.id,
    protocol,
    role,
    device,
    ...{ index, facts },
    dtype: 'float32',
    shape,
    models,
    ...(threads !== undefined && { threads }),
  };
}

interface Observed extends MemoryReport {
  before: SystemMemory;
}

async function accounts(
  task: Omit<MemoryTask, 'identity' | 'cudnn'>,
  { effort, signal, machine, identity }: MemorySession,
): Promise<MemoryAccounts> {
  const observe = async (count: number, loaded: Pick<MemoryTask, 'identity' | 'cudnn'>) => {
    const observed: Observed[] = [];
    for (let time = 0; time < count; time++) observed.push(await observeOne({ ...task, ...loaded }, machine, signal));
    return observed;
  };
  const shared = await observe(effort.memoryProcesses.shared, {
    ...(task.device === 'cpu' && identity !== undefined && { identity }),
    cudnn: task.device === 'cuda',
  });
  const own = await observe(effort.memoryProcesses.own, { cudnn: false });
  const [first] = shared;
  if (first === undefined) throw new Error('Expected at least one process');
  const layerBytes = shared.flatMap((each) => each.layerBytes ?? []);
  const pss = shared.flatMap((each) => each.pssBytes ?? []);
  const nvMap = shared.flatMap((each) => nvMapBytes(each) ?? []);
  const falls = shared.flatMap(({ before, availableBytes }) =>
    before.availableBytes === undefined || availableBytes === undefined ? [] : [before.availableBytes - availableBytes],
  );
  return {
    ...{ layer: first.layer, implementation: first.implementation },
    ...(layerBytes.length > 0 && { layerBytes: Math.max(...layerBytes) }),
    peakBytes: median(shared.map(peakBytes)),
    ...(own.length > 0 && { ownPeakBytes: median(own.map(peakBytes)) }),
    ...(nvMap.length > 0 && { nvMapBytes: median(nvMap) }),
    ...(pss.length > 0 && { pssBytes: median(pss) }),
    ...(falls.length > 0 && { availableFallBytes: median(falls) }),
    libraries: { shared: librariesOf(shared), ...(own.length > 0 && { own: librariesOf(own) }) },
  };
}

function librariesOf(observed: readonly Observed[]): string[] {
  return [...new Set(observed.flatMap(({ libraries }) => libraries))];
}

function peakBytes(observed: Observed): number {
  return observed.peakResidentBytes + (nvMapBytes(observed) ?? 0);
}

/** What the GPU of a Jetson has allocated for the process: the growth of what it has for all. */
function nvMapBytes({ before, nvMapUsedBytes }: Observed): number | undefined {
  return before.nvMapUsedBytes === undefined || nvMapUsedBytes === undefined
    ? undefined
    : Math.max(0, nvMapUsedBytes - before.nvMapUsedBytes);
}

async function observeOne(task: MemoryTask, machine: BoardRoot, signal: AbortSignal): Promise<Observed> {
  const before = await settledMemory(machine);
  const report = await oneAnswer<MemoryReport>('memory-main.js', task, signal);
  const swapped = (report.swapUsedBytes ?? 0) - (before.swapUsedBytes ?? 0);
  if (swapped > 0) throw new Error(`void: swap grew by ${(swapped / 1e6).toFixed(1)} MB while it was measured: close other programs`);
  return { ...report, before };
}

const SETTLED_BYTES = 1e6;
const SETTLE_TRIES = 20;
const SETTLE_MS = 100;

/** Once the memory of the process before has come back. */
async function settledMemory(machine: BoardRoot): Promise<SystemMemory> {
  let before = readSystemMemory(machine);
  for (let time = 0; time < SETTLE_TRIES; time++) {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const now = readSystemMemory(machine);
    const change = Math.abs((now.availableBytes ?? 0) - (before.availableBytes ?? 0));
    before = now;
    if (change < SETTLED_BYTES) break;
  }
  return before;
}
