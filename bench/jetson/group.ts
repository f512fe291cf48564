/** The rows that share their processes: a workload's on one device, in one dtype; and the paper's protocol. */
import type { Dtype, Layout } from 'wht-layers';
import { expectAgreement } from '../agreement';
import type { AlgorithmTable } from '../gpu/schema';
import type { MapShape, Unavailable } from '../schema';
import type { Workload } from '../workloads';
import { attempt, type Contestant, type ContestSession, contest, contestant } from './contest';
import type { Rounds } from './effort';
import { measureEnergy, type PowerMeter } from './energy';
import { LayerProcess } from './layer-process';
import type { Monitor } from './monitor';
import { type GroupFindings, precise, row } from './rows';
import type { ComparisonResult, DeviceKind, Energy, Protocol, RowHeader, Side } from './schema';
import type { LayerTask, ModelFile, Role } from './task';

export interface Group {
  workload: Workload;
  device: DeviceKind;
  /** Which GPU. */
  index: number;
  threads?: number;
  dtype: Dtype;
  shape: MapShape;
  protocols: readonly Protocol[];
  layouts: readonly Layout[];
  rounds: Rounds;
  /** How many processes each layer has, one after the other. */
  generations: number;
  /** The baseline in onnxruntime; empty where that has nothing to compare. */
  models: readonly ModelFile[];
  /** Why there is no onnxruntime. */
  unavailable: readonly Unavailable[];
  cudnn?: string;
}

export interface GroupSession extends ContestSession {
  monitor: Monitor;
  meter?: PowerMeter;
  idleMilliwatts?: number;
}

/** Outputs of the same function in two layouts or implementations. Float16 is rounded to 11 bits where it is stored. */
const TOLERANCE = { float32: 1e-5, float16: 5e-3 } as const;

export async function measureGroup(group: Group, session: GroupSession): Promise<ComparisonResult[]> {
  const processes = new Map<Role, LayerProcess>();
  const processOf = (role: Role) => {
    const process = processes.get(role) ?? new LayerProcess(taskOf(group, role), session.signal);
    processes.set(role, process);
    return process;
  };
  const { protocols, layouts } = group;
  const [firstLayout = 'NHWC'] = layouts;
  const subjects: Contestant[] = [];
  const baselines: Contestant[] = [];
  const sides: Contestant[] = [];
  for (const protocol of protocols) {
    const ofProtocol = {
      subjects: [
        ...layouts.map((layout) => contestant(processOf('subject'), { protocol, layout })),
        contestant(processOf('subject'), { protocol, layout: firstLayout, copy: true }),
      ],
      baselines: [
        ...layouts.map((layout) => contestant(processOf('baseline'), { protocol, layout })),
        ...group.models.map(({ layout }, model) => contestant(processOf('onnxruntime'), { protocol, layout, model })),
      ],
    };
    subjects.push(...ofProtocol.subjects);
    baselines.push(...ofProtocol.baselines);
    sides.push(...ofProtocol.subjects, ...ofProtocol.baselines);
  }
  const algorithms: AlgorithmTable[] = [];
  const findings = (spoiled: ReturnType<Monitor['end']>): GroupFindings => ({
    ...{ subjects, baselines, algorithms, unavailable: group.unavailable, ...spoiled },
    ...(group.cudnn !== undefined && { cudnn: group.cudnn }),
  });
  const rows = (spoiled: ReturnType<Monitor['end']>) => headers(group).map((header) => row(header, findings(spoiled)));

  session.monitor.begin();
  try {
    const agree = async () => {
      await agreeing(baselines, group.dtype, session.signal);
      await agreeing(
        subjects.filter(({ key }) => !key.copy),
        group.dtype,
        session.signal,
      );
      if (group.device === 'cuda') algorithms.push(...(await algorithmTables(baselines, layouts)));
    };
    const sure = () => precise(rows({ flags: [] }), session.effort.precision);
    await contest(sides, group, session, agree, sure);
    const measured = rows(session.monitor.end());
    return session.signal.aborted ? measured.filter((each) => !('error' in each)) : await withEnergy(measured, sides, session);
  } finally {
    for (const process of processes.values()) process.restart();
  }
}

function taskOf({ workload, device, index, threads, dtype, shape, models }: Group, role: Role): LayerTask {
  return {
    workload: workload.id,
    ...{ role, device, index, dtype, shape },
    ...(threads !== undefined && { threads }),
    models: role === 'onnxruntime' ? [...models] : [],
  };
}

function headers({ workload, device, threads, dtype, shape, protocols, layouts }: Group): RowHeader[] {
  return protocols.flatMap((protocol) =>
    layouts.map((layout) => ({
      id: workload.id,
      ...{ protocol, device, dtype, layout, shape },
      ...(device === 'cpu' && threads !== undefined && { threads }),
      // The authors' figures answer what their protocol asks, and nothing else.
      ...(protocol === 'paper' && workload.paper && { paper: workload.paper }),
    })),
  );
}

/** Times of different functions say nothing: whoever gives another output than the first has failed. */
async function agreeing(sides: readonly Contestant[], dtype: Dtype, signal: AbortSignal): Promise<void> {
  let reference: { side: Contestant; output: Float32Array } | undefined;
  for (const side of sides) {
    await attempt(side, signal, async () => {
      const output = await side.process.ask<'output'>({ kind: 'output', side: side.key });
      if (side.facts === undefined) return;
      if (reference?.side.facts === undefined) reference = { side, output };
      else expectAgreement(side.facts, output, reference.side.facts, reference.output, TOLERANCE[dtype]);
    });
  }
}

/** cuDNN may have nothing for one layout and all for the other. */
async function algorithmTables(baselines: readonly Contestant[], layouts: readonly Layout[]): Promise<AlgorithmTable[]> {
  const tables: AlgorithmTable[] = [];
  for (const layout of layouts) {
    const side = baselines.find(({ key, failure }) => key.layout === layout && failure === undefined);
    if (side === undefined) continue;
    try {
      tables.push(await side.process.ask<'algorithms'>({ kind: 'algorithms', layout }));
    } catch {
      // The sides of this layout say for themselves what is wrong.
    }
  }
  return tables;
}

/** What can be read of energy, for the layer and the fastest baseline of each row. */
async function withEnergy(rows: ComparisonResult[], sides: readonly Contestant[], session: GroupSession): Promise<ComparisonResult[]> {
  const { meter, idleMilliwatts } = session;
  if (meter === undefined) return rows;
  const known = new Map<Contestant, Energy | undefined>();
  const energyOf = async (side: { layer: string; implementation: string; layout: Layout }, protocol: Protocol) => {
    const found = sides.find(
      ({ key, facts }) =>
        key.protocol === protocol &&
        key.layout === side.layout &&
        !key.copy &&
        facts?.layer === side.layer &&
        facts.implementation === side.implementation,
    );
    if (found === undefined) return undefined;
    if (!known.has(found)) {
      let energy: Energy | undefined;
      await attempt(found, session.signal, async () => {
        energy = await measureEnergy(found, meter, idleMilliwatts, session);
      });
      known.set(found, energy);
    }
    return known.get(found);
  };
  const result: ComparisonResult[] = [];
  for (const each of rows) {
    if ('error' in each) {
      result.push(each);
      continue;
    }
    const told = async <S extends Side>(side: S): Promise<S> => {
      const energy = await energyOf(side, each.protocol);
      return energy === undefined ? side : { ...side, energy };
    };
    const baseline = await told(each.baseline);
    // One of cuDNN's algorithms that the layer does not use can't be run by itself: the fastest that can stands in.
    const others: (Side | Unavailable)[] = [];
    for (const other of each.others) {
      const stands = baseline.energy === undefined && !others.some((before) => 'energy' in before) && !('error' in other);
      others.push(stands ? await told(other) : other);
    }
    result.push({ ...each, subject: await told(each.subject), baseline, others });
  }
  return result;
}
