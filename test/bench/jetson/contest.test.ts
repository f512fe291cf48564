import { describe, expect, it } from 'vitest';
import { type ContestSession, contest, contestant } from '../../../bench/jetson/contest';
import { EMULATED } from '../../../bench/jetson/effort';
import { FakeProcess, steady } from './fake-process';

function session(overrides: Partial<ContestSession['effort']> = {}, signal = new AbortController().signal): ContestSession {
  return { effort: { ...EMULATED, protocolMs: 60_000, ...overrides }, signal, advance: () => {}, watched: (work) => work(), clockDuring };
}

/** As on a machine whose clocks can't be read. */
const clockDuring: ContestSession['clockDuring'] = async (work) => {
  await work();
  return undefined;
};

const NHWC = { protocol: 'throughput', layout: 'NHWC' } as const;
const NCHW = { protocol: 'throughput', layout: 'NCHW' } as const;
const agree = async () => {};
const never = () => false;
const rounds = (least: number, most: number, perProcess = Number.POSITIVE_INFINITY) => ({ least, most, perProcess });

describe('contest', () => {
  it('gives each side a turn in every round, so that a slow moment meets all', async () => {
    const order: string[] = [];
    const record = (who: string, milliseconds: number) =>
      new FakeProcess(
        'subject',
        steady(() => {
          order.push(who);
          return [milliseconds];
        }),
      );
    const sides = [contestant(record('a', 1), NHWC), contestant(record('b', 2), NHWC)];
    await contest(sides, rounds(3, 3), session(), agree, never);
    expect(order).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
    expect(sides.map((side) => side.rounds)).toEqual([
      [[1], [1], [1]],
      [[2], [2], [2]],
    ]);
  });

  it('goes on until the ratios are precise, but not for longer than it may', async () => {
    const run = async (precise: () => boolean, protocolMs = 60_000) => {
      const side = contestant(new FakeProcess('subject', steady(1)), NHWC);
      await contest([side], rounds(6, 12), session({ protocolMs }), agree, precise);
      return side.rounds.length;
    };
    expect(await run(never)).toBe(12);
    expect(await run(() => true)).toBe(6);
    expect(await run(never, -1)).toBe(6);
    let asked = 0;
    expect(await run(() => ++asked === 3)).toBe(8);
  });

  it('takes fresh processes after some rounds, and prepares them anew', async () => {
    const fake = new FakeProcess('subject', steady(1));
    await contest([contestant(fake, NHWC)], rounds(6, 6, 2), session(), agree, never);
    expect(fake.generation).toBe(3);
    expect(fake.log.filter((line) => line.includes('prepare'))).toEqual(
      ['1', '2', '3'].map((generation) => `${generation} prepare throughput NHWC`),
    );
    expect(fake.log.filter((line) => line.startsWith('2 turn'))).toHaveLength(2);
  });

  it('leaves out a side that fails, with its reason, and goes on with the others of its process', async () => {
    const fake = new FakeProcess('baseline', (request, self) => {
      if (request.kind === 'prepare' && request.side.layout === 'NCHW') throw new Error('Not enough memory: 1 GB was asked for');
      return steady(5)(request, self);
    });
    const [good, bad] = [contestant(fake, NHWC), contestant(fake, NCHW)];
    await contest([good, bad], rounds(2, 2), session(), agree, never);
    expect(bad.failure).toBe('Not enough memory: 1 GB was asked for');
    expect(bad.rounds).toEqual([]);
    expect(good).toMatchObject({
      rounds: [
        [5, 5],
        [5, 5],
      ],
    });
    expect(good.failure).toBeUndefined();
    expect(fake.generation).toBe(1);
  });

  it('costs one side where a process ends, and starts another process for the rest', async () => {
    const fake = new FakeProcess('baseline', (request, self) => {
      if (request.kind === 'turn' && request.side.layout === 'NCHW') self.end('its process was killed (SIGKILL)');
      return steady(5)(request, self);
    });
    const [good, bad] = [contestant(fake, NHWC), contestant(fake, NCHW)];
    await contest([good, bad], rounds(3, 3), session(), agree, never);
    expect(bad.failure).toBe('its process was killed (SIGKILL)');
    expect(good.rounds).toHaveLength(3);
    expect(good.failure).toBeUndefined();
    expect(fake.log.filter((line) => line.includes('prepare'))).toEqual([
      '1 prepare throughput NHWC',
      '1 prepare throughput NCHW',
      '2 prepare throughput NHWC',
    ]);
  });

  it('keeps what it has when it is interrupted, and blames nobody', async () => {
    const interruption = new AbortController();
    let turns = 0;
    const fake = new FakeProcess(
      'subject',
      steady(() => {
        if (++turns === 5) interruption.abort();
        return [1];
      }),
    );
    const sides = [contestant(fake, NHWC), contestant(fake, NCHW)];
    await contest(sides, rounds(6, 6), session({}, interruption.signal), agree, never);
    expect(sides.map((side) => side.rounds.length)).toEqual([3, 2]);
    expect(sides.every(({ failure }) => failure === undefined)).toBe(true);
  });

  it('warms up again until the clock has stopped rising', async () => {
    const clocks = [300e6, 600e6, 900e6, 905e6, 905e6];
    const fake = new FakeProcess('subject', steady(1));
    const rising = {
      ...session(),
      clockDuring: async (work: () => Promise<unknown>) => {
        await work();
        return clocks.shift();
      },
    };
    const side = contestant(fake, NHWC);
    await contest([side], rounds(1, 1), rising, agree, never);
    expect(fake.log.filter((line) => line.includes('warmUp'))).toHaveLength(4);
    expect(side.settled).toBe(true);
  });

  it('says so where the clock never stops rising', async () => {
    let clock = 100e6;
    const rising = {
      ...session(),
      clockDuring: async (work: () => Promise<unknown>) => {
        await work();
        clock *= 1.5;
        return clock;
      },
    };
    const side = contestant(new FakeProcess('subject', steady(1)), NHWC);
    await contest([side], rounds(1, 1), rising, agree, never);
    expect(side.settled).toBe(false);
    expect(side.rounds).toHaveLength(1);
  });

  it('pauses after onnxruntime, whose threads spin on, and after nothing else', async () => {
    const times: [string, number][] = [];
    const record = (role: 'onnxruntime' | 'subject') =>
      new FakeProcess(
        role,
        steady(() => {
          times.push([role, performance.now()]);
          return [1];
        }),
      );
    const sides = [contestant(record('onnxruntime'), NHWC), contestant(record('subject'), NHWC), contestant(record('subject'), NCHW)];
    await contest(sides, rounds(1, 1), session({ pauseMs: 50 }), agree, never);
    const at = times.map(([, time]) => time);
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThan(45);
    expect((at[2] ?? 0) - (at[1] ?? 0)).toBeLessThan(40);
  });
});
