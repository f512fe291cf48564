/** What a run measures, in its order: the paper's own comparison first. */
import type { Layout } from 'wht-layers';
import type { MapShape, WorkloadId } from '../schema';
import { WORKLOADS, type Workload } from '../workloads';
import type { Effort } from './effort';
import type { Group } from './group';
import type { DeviceKind, Protocol } from './schema';
import type { DeviceFacts } from './task';

export interface Plan {
  only: readonly WorkloadId[];
  devices: readonly DeviceKind[];
  index: number;
  /** The CPU's, but for the paper's protocol. */
  threads: number;
  quick: boolean;
  /** Shapes are cut down, so that an emulated GPU is done with them. */
  emulated: boolean;
  effort: Effort;
  /** Of each device. */
  facts: { cpu: DeviceFacts; cuda?: DeviceFacts };
  /** Whether it can be a baseline. */
  onnxruntime: boolean;
}

/** A group without its models, which are written when its turn comes. */
export type PlannedGroup = Omit<Group, 'models'> & { withModels: boolean };

export function plannedGroups(plan: Plan): PlannedGroup[] {
  const { only, devices, index, threads, quick, effort, facts, onnxruntime } = plan;
  const layouts: Layout[] = quick ? ['NHWC'] : ['NHWC', 'NCHW'];
  const protocols: Protocol[] = quick ? ['throughput', 'copies'] : ['throughput', 'copies', 'host-visible'];
  return WORKLOADS.filter(({ id }) => only.includes(id)).flatMap((full) => {
    const { workload, shape } = cutDown(full, plan);
    const [, h, w, c] = shape;
    const paper: PlannedGroup = {
      ...{ workload, index, facts: facts.cpu },
      ...{ device: 'cpu', threads: 1, dtype: 'float32', shape: [1, h, w, c] as MapShape, protocols: ['paper'], layouts: ['NHWC'] },
      ...{ rounds: effort.paperRounds, withModels: onnxruntime, unavailable: [] },
    };
    const others = devices.flatMap((device) => {
      const deviceFacts = facts[device];
      if (deviceFacts === undefined) return [];
      return (quick ? (['float32'] as const) : (['float32', 'float16'] as const)).map((dtype): PlannedGroup => {
        // On a CPU, and in the numbers that it is made for.
        const peer = device === 'cpu' && dtype === 'float32';
        return {
          ...{ workload, index, facts: deviceFacts },
          ...{ device, dtype, shape, protocols, layouts, rounds: effort.rounds },
          ...(device === 'cpu' && { threads }),
          withModels: peer && onnxruntime,
          unavailable: [],
        };
      });
    });
    return [paper, ...others];
  });
}

function cutDown(workload: Workload, { emulated }: Plan): { workload: Workload; shape: MapShape } {
  if (!emulated) return { workload, shape: workload.shape };
  // Nothing that the authors measured is like it.
  const { paper: _, ...unpublished } = workload;
  const [, h, w, c] = workload.shape;
  // Squeeze-and-Excite's quarter and the 1D layer's block need some channels.
  const shape: MapShape = workload.id === '1d-1024-vs-conv1x1' ? [1, 1, 1, 64] : [1, h, w, Math.max(4, c / 64)];
  return { workload: unpublished, shape };
}
