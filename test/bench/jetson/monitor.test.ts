import { describe, expect, it } from 'vitest';
import { type MachineState, Monitor } from '../../../bench/jetson/monitor';

/** A machine whose states are these, one after the other; the last one stays. */
function machine(...states: MachineState[]): Monitor {
  let next = 0;
  return new Monitor(() => states[Math.min(next++, states.length - 1)] ?? {});
}

const work = async () => 'done';

describe('Monitor', () => {
  it('finds nothing on a machine that tells nothing', async () => {
    const monitor = machine({});
    monitor.begin();
    expect(await monitor.watched(work)).toBe('done');
    expect(monitor.end()).toEqual({ flags: [] });
  });

  it('flags a clock that fell while something was measured, with both values', async () => {
    const monitor = machine({}, { gpuHz: 921_600_000, cpuHz: 1_479_000_000 }, { gpuHz: 614_400_000, cpuHz: 1_428_000_000 }, {});
    monitor.begin();
    await monitor.watched(work);
    await monitor.watched(work);
    expect(monitor.end().flags).toEqual(['GPU clock between 614 and 922 MHz while it was measured: throttled, or not locked']);
  });

  it('takes no offence at idle clocks before and after', async () => {
    const monitor = machine({ gpuHz: 76_800_000 }, { gpuHz: 921_600_000 }, { gpuHz: 76_800_000 });
    monitor.begin();
    await monitor.watched(work);
    expect(monitor.end().flags).toEqual([]);
  });

  it('flags a group whose clock never came to what an earlier one had, and not one that is faster', async () => {
    const group = async (monitor: Monitor) => {
      monitor.begin();
      await monitor.watched(work);
      return monitor.end().flags;
    };
    const throttled = machine({}, { gpuHz: 900e6 }, {}, {}, { gpuHz: 600e6 });
    expect(await group(throttled)).toEqual([]);
    expect(await group(throttled)).toEqual(['GPU clock at 600 MHz, after 900 MHz earlier in the run: throttled, or not locked']);
    const awake = machine({}, { gpuHz: 600e6 }, {}, {}, { gpuHz: 900e6 });
    await group(awake);
    expect(await group(awake)).toEqual([]);
  });

  it('declares void what was measured while swap grew, and nothing where it shrank', () => {
    const swap = (before: number, after: number) => {
      const monitor = machine({ swapUsedBytes: before }, { swapUsedBytes: after });
      monitor.begin();
      return monitor.end();
    };
    expect(swap(5e6, 17e6).void).toBe('swap grew by 12.0 MB while it was measured: close other programs');
    expect(swap(17e6, 5e6)).not.toHaveProperty('void');
    expect(swap(5e6, 5e6)).not.toHaveProperty('void');
  });
});
