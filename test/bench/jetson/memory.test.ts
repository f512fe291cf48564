import { describe, expect, it } from 'vitest';
import { baselineAccounts, memoryChange } from '../../../bench/jetson/memory-change';
import { memoryTable } from '../../../bench/jetson/memory-table';
import type { MemoryComparison } from '../../../bench/jetson/schema';

const OURS = { layer: 'Conv2d 3x3', implementation: 'wht-layers cpu avx2', layerBytes: 40e6, peakBytes: 160e6, availableFallBytes: 80e6 };
const THEIRS = { layer: 'Conv2d 3x3', implementation: 'onnxruntime 1.30.0', peakBytes: 200e6, availableFallBytes: 9e6 };
const COMPARISON: MemoryComparison = {
  ...{ id: '2d-8x8-vs-conv3x3', protocol: 'paper', device: 'cpu', shape: [1, 8, 8, 1024] },
  paper: { speedRatio: 24, memoryReduction: 0.1951 },
  subject: { layer: 'BlockWht2d 8x8', implementation: 'wht-layers cpu avx2', layerBytes: 1e6, peakBytes: 120e6, availableFallBytes: 40e6 },
  baselines: [OURS, THEIRS],
};

describe('the change of memory', () => {
  it('is against the baseline whose process peaks lowest', () => {
    expect(baselineAccounts(COMPARISON)).toMatchObject({ implementation: 'wht-layers cpu avx2' });
    expect(memoryChange(COMPARISON, 'peakBytes')).toBeCloseTo(-0.25, 12);
    const leaner = { ...COMPARISON, baselines: [OURS, { ...THEIRS, peakBytes: 150e6 }] };
    expect(memoryChange(leaner, 'peakBytes')).toBeCloseTo(-0.2, 12);
  });

  it("takes a layer's own bytes from one that tells them, where the leanest does not", () => {
    const leaner = { ...COMPARISON, baselines: [OURS, { ...THEIRS, peakBytes: 150e6 }] };
    expect(baselineAccounts(leaner)).toEqual({ ...THEIRS, peakBytes: 150e6, layerBytes: 40e6 });
    expect(memoryChange(leaner, 'layerBytes')).toBeCloseTo(-0.975, 12);
  });

  it('is not given for a fall of available memory that the kernel blurs', () => {
    expect(memoryChange(COMPARISON, 'availableFallBytes')).toBeCloseTo(-0.5, 12);
    expect(memoryChange({ ...COMPARISON, baselines: [{ ...OURS, availableFallBytes: 9e6 }] }, 'availableFallBytes')).toBeUndefined();
  });

  it('is not given where one side failed', () => {
    const failed = { layer: 'Conv2d 3x3', implementation: 'ours', error: 'killed' };
    expect(memoryChange({ ...COMPARISON, subject: failed }, 'peakBytes')).toBeUndefined();
    expect(memoryChange({ ...COMPARISON, baselines: [failed] }, 'peakBytes')).toBeUndefined();
  });
});

describe('the table of memory', () => {
  it("has the paper's figure beside the account that matches it", () => {
    const [row] = memoryTable([COMPARISON])
      .split('\n')
      .filter((line) => line.startsWith('2D 8x8'));
    expect(row?.replace(/\s+/g, ' ')).toBe('2D 8x8 for convolution 3x3 Conv2d 3x3 -97.5 % -25.0 % -19.5 % – -50.0 %');
  });

  it('says why there are no figures', () => {
    const subject = {
      layer: 'BlockWht2d 8x8',
      implementation: 'wht-layers cpu',
      error: 'killed (SIGKILL), as Linux does where memory runs out',
    };
    expect(memoryTable([{ ...COMPARISON, subject }])).toContain('failed: killed (SIGKILL)');
  });
});
