import { describe, expect, it } from 'vitest';
import { type MachineState, Monitor } from '../../../bench/jetson/monitor';
import type { DeviceKind } from '../../../bench/jetson/schema';

/** A machine in a state that the test changes. */
class Machine {
  state: MachineState = {};
  readonly monitor = new Monitor(() => this.state);

  /** Work meanwhile, as a group of rows has it: idle, then busy, then idle again. */
  async group(device: DeviceKind, idle: MachineState, ...busy: MachineState[]) {
    this.state = idle;
    this.monitor.begin(device);
    for (const each of busy) {
      await this.monitor.watched(async () => {
        this.state = each;
        await wait(250);
      });
      this.state = idle;
      await wait(150);
    }
    return this.monitor.end();
  }
}

const wait = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

describe('Monitor', () => {
  it('finds nothing on a machine that tells nothing', async () => {
    expect(await new Machine().group('cuda', {}, {})).toEqual({ flags: [] });
  });

  it('gives back what the watched work gives', async () => {
    expect(await new Monitor(() => ({})).watched(async () => 'done')).toBe('done');
  });

  it('flags a clock that fell while something was measured, with both values', async () => {
    const { flags } = await new Machine().group('cuda', {}, { gpuHz: 921_600_000 }, { gpuHz: 614_400_000 });
    expect(flags).toEqual(['GPU clock between 614 and 922 MHz while it was measured: throttled, or not locked']);
  });

  it('takes no offence at idle clocks between, before and after', async () => {
    const { flags } = await new Machine().group('cuda', { gpuHz: 76_800_000 }, { gpuHz: 921_600_000 }, { gpuHz: 921_600_000 });
    expect(flags).toEqual([]);
  });

  it('judges the clock of what computes, and lets the other idle', async () => {
    const machine = new Machine();
    const onGpu = await machine.group('cuda', {}, { gpuHz: 921e6, cpuHz: 1479e6 }, { gpuHz: 921e6, cpuHz: 710e6 });
    const onCpu = await machine.group('cpu', {}, { gpuHz: 76e6, cpuHz: 1479e6 });
    expect([onGpu.flags, onCpu.flags]).toEqual([[], []]);
  });

  it('flags a group whose clock never came to what an earlier one had, and not one that is faster', async () => {
    const throttled = new Machine();
    expect((await throttled.group('cuda', {}, { gpuHz: 900e6 })).flags).toEqual([]);
    expect((await throttled.group('cuda', {}, { gpuHz: 600e6 })).flags).toEqual([
      'GPU clock at 600 MHz, after 900 MHz earlier in the run: throttled, or not locked',
    ]);
    const awake = new Machine();
    await awake.group('cuda', {}, { gpuHz: 600e6 });
    expect((await awake.group('cuda', {}, { gpuHz: 900e6 })).flags).toEqual([]);
  });

  it("tells the device's clock during a warm-up as it was last", async () => {
    const machine = new Machine();
    machine.monitor.begin('cpu');
    const clock = await machine.monitor.clockDuring(async () => {
      machine.state = { cpuHz: 1e9, gpuHz: 5e8 };
      await wait(100);
      machine.state = { cpuHz: 2e9, gpuHz: 5e8 };
      await wait(100);
    });
    expect(clock).toBe(2e9);
    machine.monitor.end();
  });

  it('declares void what was measured while swap grew, and nothing where it shrank', () => {
    const swap = (before: number, after: number) => {
      const machine = new Machine();
      machine.state = { swapUsedBytes: before };
      machine.monitor.begin('cpu');
      machine.state = { swapUsedBytes: after };
      return machine.monitor.end();
    };
    expect(swap(5e6, 17e6).void).toBe('swap grew by 12.0 MB while it was measured: close other programs');
    expect(swap(17e6, 5e6)).not.toHaveProperty('void');
    expect(swap(5e6, 5e6)).not.toHaveProperty('void');
  });
});
