/** The rows that share their processes: a workload's on one device, in one dtype; and the paper's protocol. */
import type { Dtype, Layout } from 'wht-layers';
import { expectAgreement } from '../agreement';
import type { MapShape, Unavailable } from '../schema';
import type { Workload } from '../workloads';
import { attempt, type Contestant, type ContestSession, contest, contestant } from './contest';
import type { Rounds } from './effort';
import { measureEnergy, type PowerMeter } from './energy';
import { LayerProcess } from './layer-process';
import type { Findings, Monitor } from './monitor';
import { fastestFirst, precise, row } from './rows';
import type { ComparisonResult, DeviceKind, Energy, MeasuredRow, Protocol, RowHeader, Side } from './schema';
import type { DeviceFacts, LayerTask, ModelFile, Role } from './task';

export interface Group {
  workload: Workload;
  device: DeviceKind;
  /** Which GPU. */
  index: number;
  threads?: number;
  facts: DeviceFacts;
  dtype: Dtype;
  shape: MapShape;
  protocols: readonly Protocol[];
  layouts: readonly Layout[];
  rounds: Rounds;
  /** The baseline in onnxruntime; empty where that has nothing to compare. */
  models: readonly ModelFile[];
  /** Why there is no onnxruntime. */
  unavailable: readonly Unavailable[];
}

export interface GroupSession extends Pick<ContestSession, 'effort' | 'signal' | 'advance'> {
  monitor: Monitor;
  meter?: PowerMeter;
  idleMilliwatts?: number;
}

/** Outputs of the same function in two layouts or implementations; float16 is rounded to 11 bits where it is stored. */
const TOLERANCE = { float32: 1e-5, float16: 5e-3 } as const;
/** cuDNN's fastest algorithms are not exact. A wrong kernel or layout is off by far more. */
const INEXACT_TOLERANCE = { float32: 1e-2, float16: 5e-2 } as const;

/** One protocol after the other: the tensors of all together would not fit a small board. */
export async function measureGroup(group: Group, session: GroupSession): Promise<ComparisonResult[]> {
  const processes = new Map<Role, LayerProcess>();
  const processOf = (role: Role) => {
    const process = processes.get(role) ?? new LayerProcess(taskOf(group, role), session.signal);
    processes.set(role, process);
    return process;
  };
  const rows: ComparisonResult[] = [];
  try {
    for (const [at, protocol] of group.protocols.entries()) {
      if (session.signal.aborted) break;
      const advance = (part: number) => session.advance((at + part) / group.protocols.length);
      rows.push(...(await measureProtocol(group, protocol, processOf, { ...session, advance })));
      for (const process of processes.values()) await release(process, protocol);
    }
  } finally {
    for (const process of processes.values()) process.restart();
  }
  return rows;
}

function taskOf({ workload, device, index, threads, facts, dtype, shape, models }: Group, role: Role): LayerTask {
  return {
    workload: workload.id,
    ...{ role, device, index, facts, dtype, shape },
    ...(threads !== undefined && { threads }),
    models: role === 'onnxruntime' ? [...models] : [],
  };
}

/** One that has ended holds nothing. */
async function release(process: LayerProcess, protocol: Protocol): Promise<void> {
  if (!process.running) return;
  try {
    await process.ask<'release'>({ kind: 'release', protocol });
  } catch {
    process.restart();
  }
}

async function measureProtocol(
  group: Group,
  protocol: Protocol,
  processOf: (role: Role) => LayerProcess,
  session: GroupSession,
): Promise<ComparisonResult[]> {
  const { dtype, device, layouts, models, unavailable, rounds } = group;
  const { monitor, signal, effort } = session;
  const [firstLayout = 'NHWC'] = layouts;
  const subjects = [
    ...layouts.map((layout) => contestant(processOf('subject'), { protocol, layout })),
    contestant(processOf('subject'), { protocol, layout: firstLayout, copy: true }),
  ];
  const baselines = [
    ...baselineLayouts(group).map((layout) => contestant(processOf('baseline'), { protocol, layout })),
    ...models.map(({ layout }, model) => contestant(processOf('onnxruntime'), { protocol, layout, model })),
  ];
  const rowsWith = (findings: Findings) =>
    headers(group, protocol).map((header) => row(header, { subjects, baselines, unavailable, ...findings }));
  const agree = async () => {
    const layers = subjects.filter(({ key }) => !key.copy);
    await agreeing(layers, TOLERANCE[dtype], signal);
    await agreeing(baselines, (device === 'cuda' ? INEXACT_TOLERANCE : TOLERANCE)[dtype], signal);
  };

  monitor.begin(device);
  const watching: ContestSession = {
    ...session,
    watched: (work) => monitor.watched(work),
    clockDuring: (work) => monitor.clockDuring(work),
  };
  await contest([...subjects, ...baselines], rounds, watching, agree, () => precise(rowsWith({ flags: [] }), effort.precision));
  const energies = await monitor.watched(() => energiesOf([...subjects, ...baselines], session));
  const rows = rowsWith(monitor.end());
  if (signal.aborted) return rows.filter((each) => !('error' in each));
  return rows.map((each) => ('error' in each ? each : withEnergies(each, energies)));
}

/** cuDNN has its fastest algorithms for one layout or the other. */
function baselineLayouts({ device, layouts }: Group): readonly Layout[] {
  return device === 'cuda' ? ['NHWC', 'NCHW'] : layouts;
}

function headers({ workload, device, threads, dtype, shape, layouts }: Group, protocol: Protocol): RowHeader[] {
  return layouts.map((layout) => ({
    id: workload.id,
    ...{ protocol, device, dtype, layout, shape },
    ...(device === 'cpu' && threads !== undefined && { threads }),
    // The authors' figures answer what their protocol asks, and nothing else.
    ...(protocol === 'paper' && workload.paper && { paper: workload.paper }),
  }));
}

/** Times of different functions say nothing: whoever gives another output than the first has failed. */
async function agreeing(sides: readonly Contestant[], tolerance: number, signal: AbortSignal): Promise<void> {
  let reference: { side: Contestant; output: Float32Array } | undefined;
  for (const side of sides) {
    await attempt(side, signal, async () => {
      const output = await side.process.ask<'output'>({ kind: 'output', side: side.key });
      if (side.facts === undefined) return;
      if (reference?.side.facts === undefined) reference = { side, output };
      else expectAgreement(side.facts, output, reference.side.facts, reference.output, tolerance);
    });
  }
}

interface SideEnergy {
  side: Contestant;
  energy: Energy;
}

/** Of every layer, and of the baseline that is the fastest; empty without a meter. */
async function energiesOf(sides: readonly Contestant[], session: GroupSession): Promise<SideEnergy[]> {
  const { meter, idleMilliwatts, signal } = session;
  if (meter === undefined) return [];
  const [fastest] = fastestFirst(sides.filter(({ process }) => process.task.role !== 'subject')).map(({ contestant }) => contestant);
  const known: SideEnergy[] = [];
  for (const side of sides) {
    if (side.key.copy || side.failure !== undefined || (side.process.task.role !== 'subject' && side !== fastest)) continue;
    if (signal.aborted) break;
    try {
      const energy = await measureEnergy(side, meter, idleMilliwatts, session);
      if (energy !== undefined) known.push({ side, energy });
    } catch {
      // Its process has ended meanwhile: its times stand, and its energy is not known.
      side.process.restart();
    }
  }
  return known;
}

function withEnergies(measured: MeasuredRow, energies: readonly SideEnergy[]): MeasuredRow {
  const told = <S extends Side>(side: S): S => {
    const found = energies.find(
      ({ side: { key, facts } }) =>
        key.layout === side.layout && facts?.layer === side.layer && facts.implementation === side.implementation,
    );
    return found === undefined ? side : { ...side, energy: found.energy };
  };
  return {
    ...measured,
    subject: told(measured.subject),
    baseline: told(measured.baseline),
    others: measured.others.map((other) => ('error' in other ? other : told(other))),
  };
}
