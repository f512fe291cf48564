import { describe, expect, it } from 'vitest';
import { networksReport } from '../../../bench/networks/report';
import type { MeasuredNetwork, NetworkRow, NetworksRun } from '../../../bench/networks/schema';

const ENVIRONMENT: NetworksRun['environment'] = {
  cpu: 'AMD EPYC',
  simd: 'avx2',
  node: '20.20.2',
  threads: 2,
  loadAverage: 0.1,
  versions: { 'wht-layers': '0.1.0', 'onnxruntime-node': '1.30.0' },
};

const BASELINE: NetworkRow = {
  variant: 'baseline',
  implementation: 'wht-layers cpu avx2',
  medianMs: 10,
  p95Ms: 12,
  samples: 64,
  imagesPerSecond: 800,
  speedRatio: 1,
  parameters: { trainable: 25_557_032, total: 25_610_152 },
  macsPerImage: 4_089_184_256,
  memory: {
    peakResidentBytes: 250e6,
    processes: 3,
    device: { peakBytes: 120e6, heldBytes: 110e6, workspaceBytes: 1e6 },
    plan: { parameters: 80e6, widestPoint: 20e6, maps: 22e6 },
  },
};
const WHT: NetworkRow = { ...BASELINE, variant: 'wht', medianMs: 8, imagesPerSecond: 1000, speedRatio: 1.25 };
const SLOW: NetworkRow = { ...BASELINE, variant: 'ht-perceptron', medianMs: 25, imagesPerSecond: 320, speedRatio: 0.4 };
const PEER: NetworkRow = {
  ...BASELINE,
  implementation: 'onnxruntime 1.30.0',
  medianMs: 5,
  speedRatio: 2,
  memory: { error: 'no disk left' },
};

const COMPARISON: MeasuredNetwork = {
  network: 'mobileNetV3Large',
  batch: 8,
  inputSize: 224,
  device: 'cpu',
  threads: 2,
  dtype: 'float32',
  layout: 'NHWC',
  rows: [BASELINE, WHT, SLOW, PEER],
  unavailable: [],
  emptyProcessBytes: 100e6,
};

const text = (...comparisons: NetworksRun['comparisons']) => networksReport({ environment: ENVIRONMENT, comparisons });
/** The notes, as they were before they were broken into lines. */
const flowing = (report: string) => report.replace(/\n {2}/g, ' ');

describe('the report of networks', () => {
  it('fits 100 columns, whatever is in it', () => {
    const failed = { ...COMPARISON, rows: undefined, error: `no such file: ${'/a/very/long/path'.repeat(8)}` };
    const profile = [{ name: 'fc', layer: 'depthwise Conv2d 3x3, batch norm', medianMs: 1234.5 }];
    const profiled = { ...COMPARISON, rows: COMPARISON.rows.map((row) => ({ ...row, profile })) };
    for (const line of text(COMPARISON, failed, profiled).split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('has a line for each variant and for the peer', () => {
    const lines = text(COMPARISON).split('\n');
    const of = (variant: string) => lines.filter((line) => line.slice(17).startsWith(`${variant} `)).map((line) => line.slice(17));
    expect(lines.filter((line) => line.startsWith('mobileNetV3Large baseline '))).toHaveLength(2);
    expect(of('wht')[0]).toMatch(/^wht +8 +8\.00 +12\.0 +1000 +1\.25x 25,557,032 +4089 M +250 MB$/);
    expect(of('onnxruntime')[0]).toMatch(/^onnxruntime .* 2\.00x .* –$/);
    // Memory: the process, without an empty one, the device, held, parameters and the widest point, held over that.
    expect(of('baseline')[1]).toMatch(/^baseline +8 +250 +150 +120 +110 +100 +1\.10$/);
    expect(of('onnxruntime')[1]).toMatch(/^onnxruntime +8( +–){6}$/);
    expect(text(COMPARISON)).toContain('Memory not measured of mobileNetV3Large, batch 8, onnxruntime: no disk left');
  });

  it('says plainly who is faster', () => {
    expect(flowing(text(COMPARISON))).toContain(
      'mobileNetV3Large, batch 8: wht is 1.25 times as fast as our baseline; ht-perceptron is slower, taking 2.50 times the time of our ' +
        "baseline; onnxruntime is 2.00 times as fast as our baseline; wht is slower, taking 1.60 times the time of onnxruntime's baseline.",
    );
  });

  it('tells no differences that are noise', () => {
    const rows = [BASELINE, { ...WHT, medianMs: 9.8, speedRatio: 10 / 9.8 }];
    expect(flowing(text({ ...COMPARISON, rows }))).toContain('wht is as fast (within 3 %) as our baseline.');
  });

  it('says what a variant that is not faster spends its time on, and of none that is', () => {
    const baseline = { ...BASELINE, profile: [{ name: 'a', layer: 'Conv2d 3x3, batch norm', medianMs: 9 }] };
    const profile = [
      { name: 'a', layer: 'Conv2d 3x3, batch norm', medianMs: 4 },
      { name: 'b', layer: 'HtPerceptron, 3 paths', medianMs: 20 },
    ];
    const report = flowing(text({ ...COMPARISON, rows: [baseline, { ...WHT, profile }, { ...SLOW, profile }] }));
    expect(report).toContain('ht-perceptron by its profile: HtPerceptron +20.0 ms, Conv2d 3x3 -5.00 ms; +15.0 ms in all.');
    expect(report).not.toContain('wht by its profile');
    const lighter = [{ name: 'a', layer: 'Conv2d 3x3, batch norm', medianMs: 4 }];
    expect(flowing(text({ ...COMPARISON, rows: [baseline, { ...SLOW, profile: lighter }] }))).toContain(
      'Conv2d 3x3 -5.00 ms; -5.00 ms in all, which disagrees with the times',
    );
  });

  it('warns of few samples, a busy machine and a peer that is missing', () => {
    expect(flowing(text(COMPARISON))).not.toMatch(/fewer than|busy/);
    const rows = [{ ...BASELINE, samples: 8 }];
    const unavailable = [{ layer: 'baseline', implementation: 'onnxruntime', error: 'is not installed' }];
    const report = networksReport({
      environment: { ...ENVIRONMENT, loadAverage: 2 },
      comparisons: [{ ...COMPARISON, rows, unavailable }],
    });
    expect(flowing(report)).toMatch(/busy when the run began.*fewer than 20 samples.*onnxruntime could not be tried: is not installed/s);
  });
});
