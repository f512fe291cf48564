import { performance } from 'node:perf_hooks';
import { copy, type Device } from 'wht-layers';
import type { Clock } from '../turn';

/** Of CUDA events. Nothing takes no time at all, by which rates would be divided. */
const RESOLUTION_MS = 0.0005;

/** How long the device is busy before a sample begins: time to queue and launch all of a sample's calls, some microseconds each. */
const HEAD_START_MS = 3;

/**
 * The device's own clock. It is kept busy while calls are queued: otherwise fast kernels would wait for the JavaScript thread, and the time would be
 * its own.
 *
 * @param bytes of what it is kept busy with; about as much as a call moves
 */
export async function deviceClock(device: Device, bytes: number): Promise<Clock> {
  return clockAfter(device, await headStart(device, bytes));
}

/** The clock of an emulated device, which nothing else keeps busy. */
export function emulatedClock(device: Device): Clock {
  return clockAfter(device, () => {});
}

/** @param before queued ahead of what is timed */
function clockAfter(device: Device, before: () => void): Clock {
  return {
    now: () => performance.now(),
    pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    async elapsed(work) {
      before();
      return Math.max(RESOLUTION_MS, await device.elapsed(work));
    },
  };
}

async function headStart(device: Device, bytes: number): Promise<() => void> {
  const elements = Math.ceil(bytes / 8);
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
