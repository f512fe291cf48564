/** What the harness needs to know or have before it measures. Processes of their own do it: one that holds a GPU would take memory from every row. */
import type { DeviceInfo, DeviceListing } from 'wht-layers';
import type { MapShape, WorkloadId } from '../schema';
import type { DeviceChoice } from './device-choice';
import { oneAnswer } from './one-answer';
import type { CopyRate } from './schema';
import type { ModelFile } from './task';

export type Errand =
  | { kind: 'list' }
  | { kind: 'describe'; device: DeviceChoice }
  | { kind: 'copyRate'; device: DeviceChoice }
  | { kind: 'models'; workload: WorkloadId; shape: MapShape; folder: string };

export interface Results {
  list: { devices: DeviceListing[]; cudaLibrary?: string };
  describe: DeviceInfo;
  copyRate: CopyRate;
  models: ModelFile[];
}

/** @throws Error with the reason */
export function errand<K extends Errand['kind']>(task: Errand & { kind: K }, signal: AbortSignal): Promise<Results[K]> {
  return oneAnswer<Results[K]>('errand-main.js', task, signal);
}
