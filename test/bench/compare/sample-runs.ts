/** Runs of bench:jetson, made up, with what a test changes. */
import type { JetsonEnvironment, JetsonRun, MeasuredRow, MemoryAccounts, MemoryComparison, Side } from '../../../bench/jetson/schema';

export const ENVIRONMENT: JetsonEnvironment = {
  board: {
    jetson: true,
    model: 'NVIDIA Jetson Nano Developer Kit',
    chip: 'tegra210',
    computeCapability: '5.3',
    l4t: '32.7.1',
    jetpack: '4.6.1',
  },
  powerMode: { name: 'MAXN', id: 0 },
  clocks: {
    cpus: [0, 1, 2, 3].map((core) => ({ core, minHz: 1479e6, maxHz: 1479e6, currentHz: 1479e6 })),
    gpu: { minHz: 921.6e6, maxHz: 921.6e6, currentHz: 921.6e6 },
    emc: { maxHz: 1600e6 },
    locked: true,
  },
  limitations: [],
  cpu: 'ARM Cortex-A57',
  simd: 'neon',
  gpu: 'NVIDIA Tegra X1',
  computeCapability: '5.3',
  node: '16.20.2',
  threads: 4,
  memoryTotalBytes: 4.16e9,
  loadAverage: 0.1,
  versions: { 'wht-layers': '0.1.0', CUDA: '10.2', cuDNN: '8.2.1' },
};

export function side(medianMs: number, changes: Partial<Side> = {}): Side {
  return {
    layer: 'BlockWht2d 8x8',
    implementation: 'wht-layers cuda sm_53',
    layout: 'NHWC',
    medianMs,
    medianInterval: [medianMs * 0.98, medianMs * 1.02],
    distribution: {
      ...{ samples: 8, rounds: 8, min: medianMs * 0.9, p5: medianMs * 0.95, p25: medianMs * 0.98 },
      ...{ p75: medianMs * 1.02, p95: medianMs * 1.05, max: medianMs * 1.1 },
    },
    imagesPerSecond: 10_000 / medianMs,
    operations: 1e7,
    bytes: 5_243_392,
    ...changes,
  };
}

export function row(subjectMs: number, baselineMs: number, changes: Partial<MeasuredRow> = {}): MeasuredRow {
  const speedRatio = baselineMs / subjectMs;
  return {
    id: '2d-8x8-vs-conv3x3',
    protocol: 'throughput',
    device: 'cuda',
    dtype: 'float32',
    layout: 'NHWC',
    shape: [10, 8, 8, 1024],
    baseline: side(baselineMs, { layer: 'Conv2d 3x3', implementation: 'cuDNN 8.2.1 WINOGRAD NCHW', layout: 'NCHW' }),
    subject: side(subjectMs),
    others: [],
    speedRatio,
    speedRatioInterval: [speedRatio * 0.97, speedRatio * 1.03],
    flags: [],
    ...changes,
  };
}

export function memory(subject: Partial<MemoryAccounts>, baseline: Partial<MemoryAccounts>): MemoryComparison {
  return {
    id: '2d-8x8-vs-conv3x3',
    protocol: 'copies',
    device: 'cuda',
    shape: [10, 8, 8, 1024],
    subject: { layer: 'BlockWht2d 8x8', implementation: 'wht-layers cuda', ...subject },
    baselines: [{ layer: 'Conv2d 3x3', implementation: 'wht-layers cuda', ...baseline }],
  };
}

export function run(changes: Partial<Omit<JetsonRun, 'environment'>> = {}, environment: Partial<JetsonEnvironment> = {}): JetsonRun {
  return {
    schema: 1,
    harness: 'jetson',
    quick: false,
    started: '2026-11-24T09:00:00.000Z',
    seconds: 600,
    environment: { ...ENVIRONMENT, ...environment },
    unavailable: [],
    comparisons: [row(0.26, 60)],
    memory: [],
    copies: [],
    ...changes,
  };
}

/** The run with another version of wht-layers: what one compares. */
export function newer(changes: Partial<Omit<JetsonRun, 'environment'>> = {}, environment: Partial<JetsonEnvironment> = {}): JetsonRun {
  return run(changes, { versions: { ...ENVIRONMENT.versions, 'wht-layers': '0.2.0' }, ...environment });
}
