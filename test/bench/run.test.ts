import { describe, expect, it } from 'vitest';
import type { Comparison } from '../../bench/comparison';
import type { Sampling } from '../../bench/interleave';
import { runComparisons } from '../../bench/run';
import type { ComparisonResult, Measured } from '../../bench/schema';
import { measurement, summary } from '../../bench/summary';

const SAMPLING: Sampling = { rounds: 1, turnMs: 1, turnSamples: 1, sampleMs: 1, pauseMs: 0 };
const SILENT = { advance: () => {}, finished: () => {}, stop: () => {} };

const subject = measurement({ layer: 'BlockWht2d', implementation: 'wht-layers cpu avx2' }, [0.5, 0.5], { memoryBytes: 30 });
const baseline = (name: string, milliseconds: number, memoryBytes?: number) =>
  measurement({ layer: 'Conv2d 3x3', implementation: name }, [milliseconds], memoryBytes === undefined ? {} : { memoryBytes });

function comparison(measure: Comparison['measure']): Comparison {
  return { id: '2d-8x8-vs-conv3x3', shape: [10, 8, 8, 1024], measure };
}

async function run(...comparisons: Comparison[]): Promise<ComparisonResult[]> {
  const results: ComparisonResult[] = [];
  await runComparisons(comparisons, 2, SAMPLING, new AbortController().signal, SILENT, results);
  return results;
}

const succeeds = async (): Promise<Measured> => summary(subject, [baseline('slow', 20), baseline('fast', 10)], [], 0.25);

describe('summary', () => {
  it('takes the fastest baseline and lists the others', () => {
    const missing = { layer: 'Conv2d 3x3', implementation: 'onnxruntime', error: 'not here' };
    const result = summary(subject, [baseline('slow', 20), baseline('fast', 10)], [missing], 0.25);
    expect(result).toMatchObject({
      baseline: { implementation: 'fast' },
      speedRatio: 20,
      copyMs: 0.25,
      others: [{ implementation: 'slow', medianMs: 20 }, missing],
    });
  });

  it('compares memory only where both sides were measured', () => {
    expect(summary(subject, [baseline('fast', 10, 120)], [], 1).memoryReduction).toBe(0.75);
    expect(summary(subject, [baseline('fast', 10)], [], 1)).not.toHaveProperty('memoryReduction');
  });

  it('fails without a baseline, with the reason why there is none', () => {
    const missing = { layer: 'graph', implementation: 'onnxruntime', error: 'glibc is too old' };
    expect(() => summary(subject, [], [missing], 1)).toThrow('glibc is too old');
  });
});

describe('runComparisons', () => {
  it('gives results that go through JSON unchanged, with nothing empty in them', async () => {
    const results = await run(comparison(succeeds));
    expect(JSON.parse(JSON.stringify(results))).toStrictEqual(results);
    expect(results).toMatchObject([
      { id: '2d-8x8-vs-conv3x3', protocol: 'throughput', device: 'cpu', threads: 2, dtype: 'float32', layout: 'NHWC', speedRatio: 20 },
    ]);
  });

  it('gives an error and no figures for a comparison that fails, and goes on', async () => {
    const fails = async () => Promise.reject(new Error('no memory left'));
    const results = await run(comparison(fails), comparison(succeeds));
    expect(results[0]).toEqual({
      id: '2d-8x8-vs-conv3x3',
      protocol: 'throughput',
      device: 'cpu',
      threads: 2,
      dtype: 'float32',
      layout: 'NHWC',
      shape: [10, 8, 8, 1024],
      error: 'no memory left',
    });
    expect(results[1]).toHaveProperty('speedRatio');
  });

  it('keeps what was measured before an interruption, and nothing of what it met', async () => {
    const interruption = new AbortController();
    const interrupted = comparison(async ({ advance }) => {
      interruption.abort();
      advance(0.5);
      return succeeds();
    });
    const results: ComparisonResult[] = [];
    const comparisons = [comparison(succeeds), interrupted, comparison(succeeds)];
    await runComparisons(comparisons, 2, SAMPLING, interruption.signal, SILENT, results);
    expect(results).toHaveLength(1);
  });
});
