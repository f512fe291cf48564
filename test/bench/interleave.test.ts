import { describe, expect, it } from 'vitest';
import { interleave, type Sampling } from '../../bench/interleave';
import type { Clock } from '../../bench/turn';

/** Time that passes only when a side runs or the harness pauses. */
class TestClock implements Clock {
  time = 0;
  readonly now = () => this.time;
  readonly pause = async (milliseconds: number) => {
    this.time += milliseconds;
  };

  side(milliseconds: number, log: (times: number) => void = () => {}) {
    return {
      run: async (times: number) => {
        log(times);
        this.time += milliseconds * times;
      },
    };
  }
}

const SAMPLING: Sampling = { rounds: 3, turnMs: 50, turnSamples: 5, sampleMs: 10, pauseMs: 30 };

describe('interleave', () => {
  it('gives milliseconds per call, side by side', async () => {
    const clock = new TestClock();
    const [fast, slow] = await interleave([clock.side(0.5), clock.side(40)], SAMPLING, () => {}, clock);
    expect(fast).toHaveLength(15);
    expect(new Set(fast?.map((value) => value.toFixed(6)))).toEqual(new Set(['0.500000']));
    expect(slow).toEqual(Array(6).fill(40));
  });

  it('times a fast side in samples that last long enough, a slow one call by call', async () => {
    const clock = new TestClock();
    const calls: number[] = [];
    await interleave([clock.side(0.25, (times) => calls.push(times)), clock.side(40)], SAMPLING, () => {}, clock);
    expect(Math.max(...calls)).toBe(40);
  });

  it('takes turns, with a call that is not timed at the start of each', async () => {
    const clock = new TestClock();
    const order: string[] = [];
    const side = (name: string) => clock.side(100, (times) => order.push(name + times));
    await interleave([side('a'), side('b')], { ...SAMPLING, rounds: 2 }, () => order.push('|'), clock);
    const warmUp = order.lastIndexOf('|', order.indexOf('a1', order.indexOf('b1'))) + 1;
    expect(order.slice(warmUp).join(' ')).toBe('a1 a1 | b1 b1 | a1 a1 | b1 b1');
  });

  it('takes at least one sample, however slow a side', async () => {
    const clock = new TestClock();
    const [samples] = await interleave([clock.side(10_000)], SAMPLING, () => {}, clock);
    expect(samples).toEqual([10_000, 10_000, 10_000]);
  });

  it('stops when told to', async () => {
    const clock = new TestClock();
    const stop = (part: number) => {
      if (part > 0.5) throw new Error('Interrupted');
    };
    await expect(interleave([clock.side(1), clock.side(1)], SAMPLING, stop, clock)).rejects.toThrow('Interrupted');
  });
});
