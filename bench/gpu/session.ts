import type { Device } from 'wht-layers';
import type { Sampling } from '../interleave';
import type { Clock } from '../turn';
import type { Budget } from './budget';
import { deviceClock, emulatedClock } from './device-clock';
import type { GpuRun } from './schema';
import { Values } from './values';

/** What every section of the benchmark works with. */
export interface GpuSession {
  device: Device;
  /** Which GPU, for devices of a section's own. */
  index: number;
  clock: Clock;
  sampling: Sampling;
  budget: Budget;
  values: Values;
  /** Where results go. */
  run: GpuRun;
  /** Tells people how far it is. */
  log(line: string): void;
}

const FULL: Sampling = { rounds: 4, turnMs: 100, turnSamples: 4, sampleMs: 2, pauseMs: 0 };
const QUICK: Sampling = { rounds: 2, turnMs: 50, turnSamples: 2, sampleMs: 1, pauseMs: 0 };
const EMULATED: Sampling = { rounds: 1, turnMs: 0, turnSamples: 1, sampleMs: 0, pauseMs: 0 };

export async function openSession(
  device: Device,
  given: Pick<GpuSession, 'index' | 'budget' | 'run' | 'log'>,
  quick: boolean,
): Promise<GpuSession> {
  const emulated = given.run.environment.emulated === true;
  return {
    ...given,
    device,
    sampling: emulated ? EMULATED : quick ? QUICK : FULL,
    values: new Values(),
    clock: emulated ? emulatedClock(device) : await deviceClock(device, given.budget.call),
  };
}
