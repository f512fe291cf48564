import { performance } from 'node:perf_hooks';
import { copy, type Device } from 'wht-layers';
import type { Clock, Sampling } from '../interleave';
import type { Budget } from './budget';
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

/** Of CUDA events. Nothing takes no time at all, by which rates would be divided. */
const RESOLUTION_MS = 0.0005;

/** How long the device is busy before a sample begins: time to queue and launch all of a sample's calls, some microseconds each. */
const HEAD_START_MS = 3;

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
    clock: emulated ? deviceClock(device, () => {}) : deviceClock(device, await headStart(device, given.budget)),
  };
}

/**
 * The device's own clock.
 *
 * @param before queued ahead of what is timed
 */
function deviceClock(device: Device, before: () => void): Clock {
  return {
    now: () => performance.now(),
    pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    async elapsed(work) {
      before();
      return Math.max(RESOLUTION_MS, await device.elapsed(work));
    },
  };
}

/**
 * Keeps the device busy while calls are queued. Otherwise fast kernels would wait for the JavaScript thread, and the time would be its own.
 */
async function headStart(device: Device, { call }: Budget): Promise<() => void> {
  const elements = Math.ceil(call / 8);
  const x = device.zeros([elements]);
  const y = device.zeros([elements]);
  const queue = (times: number) => {
    for (let time = 0; time < times; time++) copy(x, { out: y });
  };
  queue(2);
  const milliseconds = (await device.elapsed(() => queue(4))) / 4;
  const times = Math.min(1000, Math.ceil(HEAD_START_MS / milliseconds));
  return () => queue(times);
}
