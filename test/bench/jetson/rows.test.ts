import { describe, expect, it } from 'vitest';
import { contestant } from '../../../bench/jetson/contest';
import { type GroupFindings, precise, ratiosOfRounds, row, sideOf } from '../../../bench/jetson/rows';
import type { RowHeader } from '../../../bench/jetson/schema';
import type { Role, SideKey } from '../../../bench/jetson/task';
import { FACTS, FakeProcess, steady } from './fake-process';

const HEADER: RowHeader = {
  id: '2d-8x8-vs-conv3x3',
  ...{ protocol: 'throughput', device: 'cpu', threads: 2, dtype: 'float32', layout: 'NHWC', shape: [10, 8, 8, 1024] },
};

/** A side that was timed in these rounds. */
function timed(role: Role, implementation: string, key: Partial<SideKey>, ...rounds: number[][]) {
  const side = contestant(new FakeProcess(role, steady(1)), { protocol: 'throughput', layout: 'NHWC', ...key });
  side.facts = { ...FACTS, layer: role === 'subject' ? 'BlockWht2d 8x8' : 'Conv2d 3x3', implementation };
  side.rounds.push(...rounds);
  side.settled = true;
  return side;
}

const six = (milliseconds: number) => Array.from({ length: 6 }, () => [milliseconds]);
const subject = timed('subject', 'ours', {}, ...six(2));
const copy = timed('subject', 'ours', { copy: true }, ...six(1));
const findings = (given: Partial<GroupFindings> = {}): GroupFindings => ({
  ...{ subjects: [subject, copy], baselines: [timed('baseline', 'ours', {}, ...six(30)), timed('baseline', 'theirs', {}, ...six(20))] },
  ...{ unavailable: [], flags: [] },
  ...given,
});

function measured(given: Partial<GroupFindings> = {}) {
  const result = row(HEADER, findings(given));
  if ('error' in result) throw new Error(result.error);
  return result;
}

describe('row', () => {
  it('sets the layer against the fastest baseline and lists the others', () => {
    const result = measured();
    expect(result).toMatchObject({ ...HEADER, speedRatio: 10, speedRatioInterval: [10, 10], copyMs: 1, flags: [] });
    expect(result.baseline).toMatchObject({ implementation: 'theirs', medianMs: 20, imagesPerSecond: 500 });
    expect(result.others).toMatchObject([{ implementation: 'ours', medianMs: 30 }]);
  });

  it('takes a baseline in another layout where that is faster, and none of another protocol', () => {
    const other = timed('baseline', 'ours', { layout: 'NCHW' }, ...six(8));
    const elsewhere = timed('baseline', 'ours', { protocol: 'copies' }, ...six(1));
    expect(measured({ baselines: [...findings().baselines, other, elsewhere] }).baseline).toMatchObject({ layout: 'NCHW', medianMs: 8 });
  });

  it('says why a baseline failed, and why there is none at all', () => {
    const failing = timed('baseline', 'ours', {});
    failing.failure = 'cuDNN could not be loaded';
    expect(measured({ baselines: [failing, ...findings().baselines] }).others).toContainEqual({
      layer: 'Conv2d 3x3 NHWC',
      implementation: 'ours',
      error: 'cuDNN could not be loaded',
    });
    expect(row(HEADER, findings({ baselines: [failing] }))).toEqual({ ...HEADER, error: 'cuDNN could not be loaded' });
  });

  it('has no figure where the layer failed', () => {
    const failing = timed('subject', 'ours', {}, [2]);
    failing.failure = 'its process was killed';
    expect(row(HEADER, findings({ subjects: [failing, copy] }))).toEqual({ ...HEADER, error: 'its process was killed' });
  });

  it('has no figure where swap grew', () => {
    expect(row(HEADER, findings({ void: 'swap grew by 12.0 MB' }))).toEqual({ ...HEADER, error: 'void: swap grew by 12.0 MB' });
  });

  it('carries what spoils it: clocks, and sides whose times had not settled', () => {
    const restless = timed('subject', 'ours', {}, ...six(2));
    restless.settled = false;
    expect(measured({ subjects: [restless, copy], flags: ['GPU clock fell'] }).flags).toEqual([
      'GPU clock fell',
      'BlockWht2d 8x8 had not settled when it was first timed',
    ]);
  });

  it('has percentiles only of samples enough', () => {
    const spread = (count: number) =>
      sideOf(
        timed(
          'subject',
          'ours',
          {},
          Array.from({ length: count }, (_, at) => at),
        ),
      )?.distribution;
    expect(spread(9)).not.toHaveProperty('p90');
    expect(spread(99)).toMatchObject({ p90: expect.closeTo(88.2, 6) });
    expect(spread(99)).not.toHaveProperty('p99');
    expect(spread(101)).toMatchObject({ p99: 99, samples: 101 });
  });

  it('gives nothing that JSON would lose', () => {
    const result = measured();
    expect(JSON.parse(JSON.stringify(result))).toStrictEqual(result);
  });
});

describe('a ratio', () => {
  it('is the median of the ratios of rounds, so that what slows a whole round does no harm', () => {
    const slowed = [1, 1, 3, 1, 2, 1];
    const a = timed('baseline', 'theirs', {}, ...slowed.map((factor) => [20 * factor]));
    const b = timed('subject', 'ours', {}, ...slowed.map((factor) => [2 * factor]));
    expect(measured({ subjects: [b], baselines: [a] })).toMatchObject({ speedRatio: 10, speedRatioInterval: [10, 10] });
    expect(sideOf(b)?.medianInterval).toEqual([2, 6]);
  });

  it('counts each round alike, however many samples it had', () => {
    const uneven = timed('subject', 'ours', {}, [1, 1, 1, 1, 1, 1, 1, 1], [2], [2]);
    expect(sideOf(uneven)?.medianMs).toBe(2);
  });

  it('leaves out rounds that only one side had', () => {
    expect(ratiosOfRounds(timed('baseline', 'theirs', {}, ...six(20), [1000]), subject)).toEqual([10, 10, 10, 10, 10, 10]);
    const five = timed('baseline', 'theirs', {}, ...six(20).slice(1));
    expect(measured({ baselines: [five] })).not.toHaveProperty('speedRatioInterval');
  });

  it('decides whether there were rounds enough', () => {
    const rows = (low: number, high: number) => [{ ...measured(), speedRatioInterval: [low, high] as const }];
    expect(precise(rows(9.9, 10.1), 0.02)).toBe(true);
    expect(precise(rows(9, 11), 0.02)).toBe(false);
    const { speedRatioInterval: _, ...without } = measured();
    expect(precise([without], 0.02)).toBe(false);
    expect(precise([{ ...HEADER, error: 'failed' }], 0.02)).toBe(true);
  });
});
