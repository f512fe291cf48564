/** The physical limit: how fast a device copies a tensor that no cache holds. */
import { copy } from 'wht-layers';
import { deviceClock, emulatedClock } from '../gpu/device-clock';
import { isEmulated } from '../gpu/emulated';
import { interleave } from '../interleave';
import { median } from '../statistics';
import { SYSTEM_CLOCK } from '../turn';
import { type DeviceChoice, openChosen } from './device-choice';
import type { CopyRate } from './schema';

/** Past any cache, or a part of a small board's memory. */
const MOST_BYTES = 2 ** 28;

export async function copyRate(choice: DeviceChoice): Promise<CopyRate> {
  const { kind } = choice;
  const device = openChosen(choice);
  try {
    const info = device.info();
    const emulated = isEmulated(info.name);
    const half = emulated ? 2 ** 12 : Math.floor(Math.min(MOST_BYTES, info.memoryFree / 8) / 2);
    const x = device.zeros([Math.floor(half / 4)]);
    const y = device.zeros([Math.floor(half / 4)]);
    const clock = kind === 'cpu' ? SYSTEM_CLOCK : emulated ? emulatedClock(device) : await deviceClock(device, half);
    const side = {
      async run(times: number) {
        for (let time = 0; time < times; time++) copy(x, { out: y });
        if (kind === 'cpu') await device.synchronize();
      },
    };
    const sampling = { rounds: 1, turnMs: emulated ? 0 : 500, turnSamples: 50, sampleMs: 5, pauseMs: 0 };
    const [samples = []] = await interleave([side], sampling, () => {}, clock);
    const medianMs = median(samples);
    const bytes = 2 * x.byteLength;
    const used = info.threads;
    return { device: kind, ...(used !== undefined && { threads: used }), bytes, medianMs, gigabytesPerSecond: bytes / medianMs / 1e6 };
  } finally {
    device.close();
  }
}
