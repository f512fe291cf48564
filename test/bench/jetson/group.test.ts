/** A group of rows with real processes, on a machine whose rails and swap the test makes up. */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { QUICK } from '../../../bench/jetson/effort';
import type { PowerMeter } from '../../../bench/jetson/energy';
import { energyPair } from '../../../bench/jetson/energy-pair';
import type { Group, GroupSession } from '../../../bench/jetson/group';
import { Monitor } from '../../../bench/jetson/monitor';
import { workload } from '../../../bench/workloads';

// As it was compiled: it starts processes, which can't run TypeScript.
const { measureGroup }: typeof import('../../../bench/jetson/group') = createRequire(import.meta.url)(
  resolve('dist/bench/jetson/group.js'),
);

const GROUP: Group = {
  workload: workload('2d-32x32-vs-conv3x3'),
  ...{ device: 'cpu', index: 0, threads: 1, dtype: 'float32', shape: [1, 32, 32, 64], protocols: ['paper'], layouts: ['NHWC'] },
  facts: { backend: 'cpu avx2', emulated: false, memoryTotalBytes: 8e9 },
  ...{ rounds: { least: 1, most: 1, perProcess: 1 }, models: [], unavailable: [] },
};

function session(given: Partial<GroupSession> = {}): GroupSession {
  return {
    ...{ effort: { ...QUICK, energyMs: 1500 }, signal: new AbortController().signal, monitor: new Monitor(() => ({})) },
    advance: () => {},
    ...given,
  };
}

it('tells the energy of the layer and of the baseline, where the board has a rail', { timeout: 60_000 }, async () => {
  const meter: PowerMeter = { rail: 'POM_5V_IN', begin: () => {}, end: () => {}, milliwatts: () => 5000 };
  const [row] = await measureGroup(GROUP, session({ meter, idleMilliwatts: 2000 }));
  if (row === undefined || 'error' in row) throw new Error(row?.error ?? 'Expected a row');
  const pair = energyPair(row);
  for (const side of [pair?.subject, pair?.baseline]) {
    expect(side?.energy.rail).toBe('POM_5V_IN');
    // 5 W for as long as an image takes, on a machine whose speed changes from moment to moment.
    const expected = 5 * (side?.medianMs ?? 0);
    expect(side?.energy.perImageMj).toBeGreaterThan(expected / 3);
    expect(side?.energy.perImageMj).toBeLessThan(expected * 3);
    expect((side?.energy.aboveIdlePerImageMj ?? 0) / (side?.energy.perImageMj ?? 1)).toBeCloseTo(0.6, 6);
  }
});

it('has no figures where swap grew meanwhile', { timeout: 60_000 }, async () => {
  let reads = 0;
  // However often it is read meanwhile.
  const monitor = new Monitor(() => ({ swapUsedBytes: reads++ === 0 ? 0 : 1e6 }));
  const rows = await measureGroup(GROUP, session({ monitor }));
  expect(rows).toHaveLength(1);
  expect(rows[0]).toHaveProperty('error', expect.stringMatching(/^void: swap grew by 1\.0 MB/));
  expect(rows[0]).not.toHaveProperty('speedRatio');
});
