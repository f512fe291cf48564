import { describe, expect, it } from 'vitest';
import type { NetworkEffort } from '../../../bench/networks/compare';
import { contest, type NetworkContest } from '../../../bench/networks/contests';
import { networksReport } from '../../../bench/networks/report';
import { runNetworks } from '../../../bench/networks/run';
import type { MeasuredNetwork, NetworkComparison } from '../../../bench/networks/schema';
import { loadOnnxRuntime } from '../../../bench/onnx-runtime';

const EFFORT: NetworkEffort = {
  sampling: { rounds: 1, turnMs: 1, turnSamples: 2, sampleMs: 1, pauseMs: 0 },
  memoryProcesses: 1,
  profile: { passes: 2, milliseconds: 100 },
};
const SILENT = { advance: () => {}, finished: () => {}, stop: () => {} };

async function run(contests: readonly NetworkContest[], signal = new AbortController().signal): Promise<NetworkComparison[]> {
  const results: NetworkComparison[] = [];
  await runNetworks({ contests, threads: 1, effort: EFFORT, profile: true, signal, shown: SILENT }, results);
  return results;
}

describe('runNetworks', () => {
  it('measures time, size, memory and profile of each variant, and of the peer', async () => {
    const results = await run([contest('resnet20')]);
    expect(JSON.parse(JSON.stringify(results))).toStrictEqual(results);
    expect(results.map((result) => ('error' in result ? result.error : result.batch))).toEqual([1, 8]);
    const withPeer = !(loadOnnxRuntime() instanceof Error);
    for (const { rows, batch, peerDifference, emptyProcessBytes = 0 } of results as MeasuredNetwork[]) {
      expect(rows.map(({ variant }) => variant)).toEqual(['baseline', 'wht', 'ht-perceptron', ...(withPeer ? ['baseline'] : [])]);
      expect(rows[0]).toMatchObject({ parameters: { trainable: 273_066 }, speedRatio: 1 });
      expect(rows[1]?.parameters.trainable).toBe(133_082);
      if (withPeer) expect(peerDifference).toBeLessThan(1e-5);
      for (const { medianMs, imagesPerSecond, memory, implementation, profile } of rows) {
        expect(imagesPerSecond).toBeCloseTo((batch * 1000) / medianMs);
        if ('error' in memory) throw new Error(memory.error);
        expect(memory.peakResidentBytes).toBeGreaterThan(emptyProcessBytes);
        expect(profile === undefined).toBe(implementation.startsWith('onnxruntime'));
        if (implementation.startsWith('onnxruntime')) continue;
        const { device, plan } = memory;
        expect(device?.peakBytes).toBeGreaterThanOrEqual(device?.heldBytes as number);
        // What the device counts can't be less than the maps that the plan says are there.
        expect(device?.heldBytes).toBeGreaterThan(plan?.maps as number);
      }
    }
    const lines = networksReport({
      environment: { cpu: 'AMD EPYC', node: '20.20.2', threads: 1, loadAverage: 0, versions: {} },
      comparisons: results,
    }).split('\n');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
  }, 180_000);

  it('gives an error and no figures for a network that fails, and goes on', async () => {
    const { id, inputSize } = contest('resnet20');
    const make = async () => Promise.reject(new Error('no memory left'));
    const results = await run([{ id, inputSize, variants: [{ name: 'baseline', make }] }]);
    const header = { network: id, inputSize, device: 'cpu', threads: 1, dtype: 'float32', layout: 'NHWC', error: 'no memory left' };
    expect(results).toEqual([
      { ...header, batch: 1 },
      { ...header, batch: 8 },
    ]);
  });

  it('stops at an interruption, keeping what is whole', async () => {
    const interruption = new AbortController();
    interruption.abort();
    expect(await run([contest('resnet20')], interruption.signal)).toEqual([]);
  });
});
