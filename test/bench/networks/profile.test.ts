import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDevice, resnet20 } from 'wht-layers';
import { networkCandidate } from '../../../bench/networks/network-candidate';
import { byKind, kindOf, Profiler, profileInTurns } from '../../../bench/networks/profile';
import { uniform } from '../../../bench/random';

describe('kindOf', () => {
  it.each([
    ['Conv2d 3x3, stride 2, batch norm, relu', 'Conv2d 3x3'],
    ['depthwise Conv2d 5x5, batch norm', 'depthwise Conv2d 5x5'],
    ['Conv2d, 2 groups, 3x3', 'Conv2d'],
    ['BlockWht2d 32x32, stride 2', 'BlockWht2d'],
    ['BlockWht1d 16', 'BlockWht1d'],
    ['HtPerceptron, 3 paths', 'HtPerceptron'],
    ['max pool 3x3, stride 2', 'max pool 3x3'],
    ['add, relu', 'add'],
  ])('of %j is %j', (layer, kind) => expect(kindOf(layer)).toBe(kind));
});

describe('byKind', () => {
  it('sums layers that differ only in sizes', () => {
    const profile = [
      { name: 'a', layer: 'BlockWht2d 32x32', medianMs: 1 },
      { name: 'b', layer: 'add, relu', medianMs: 2 },
      { name: 'c', layer: 'BlockWht2d 8x8', medianMs: 4 },
    ];
    expect(byKind(profile)).toEqual([
      { kind: 'BlockWht2d', layers: 2, milliseconds: 5 },
      { kind: 'add', layers: 1, milliseconds: 2 },
    ]);
  });
});

describe('a Profiler', () => {
  it('tells the time of each layer, and leaves what the network gives as it was', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wht-profile-'));
    const device = openDevice('cpu', { threads: 1 });
    try {
      const network = await resnet20(device, { variant: 'wht' });
      const candidate = networkCandidate('wht', network, uniform(2 * 32 * 32 * 3, 1), 2);
      await candidate.run(1);
      const before = await candidate.output();
      const weights = join(folder, 'weights.safetensors');
      await network.save(weights);
      const profiler = await Profiler.of(network, weights);
      const [profile = []] = await profileInTurns([{ profiler, candidate }], { passes: 5, milliseconds: 1e4 }, () => {});
      expect(profile.map(({ name, layer }) => ({ name, layer }))).toEqual(network.layers().map(({ name, layer }) => ({ name, layer })));
      for (const { medianMs } of profile) expect(medianMs).toBeGreaterThan(0);
      const heaviest = profile.reduce((most, each) => (each.medianMs > most.medianMs ? each : most));
      expect(heaviest.layer).toMatch(/^(Conv2d|BlockWht)/);
      expect(await candidate.output()).toEqual(before);
    } finally {
      device.close();
      rmSync(folder, { recursive: true });
    }
  });
});
