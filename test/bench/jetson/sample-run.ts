/** Runs as a Jetson Nano and a machine without a GPU might write them. Every figure is made up; none was measured. */
import type {
  ComparisonResult,
  DeviceKind,
  Distribution,
  JetsonRun,
  MeasuredRow,
  MemoryAccounts,
  MemoryComparison,
  Projection,
  Protocol,
  RowHeader,
  Side,
  WorkloadId,
} from '../../../bench/jetson/schema';
import type { Snapshot } from '../../../bench/probes/schema';
import type { MapShape } from '../../../bench/schema';

const SHAPES: Record<WorkloadId, MapShape> = {
  '2d-8x8-vs-conv3x3': [10, 8, 8, 1024],
  '2d-16x16-vs-conv3x3': [10, 16, 16, 256],
  '2d-32x32-vs-conv3x3': [10, 32, 32, 64],
  '1d-1024-vs-conv1x1': [10, 32, 32, 1024],
  '2d-8x8-vs-squeeze-excite': [10, 8, 8, 1024],
};

/** Milliseconds of a Nano's GPU in float32: of the layer, and of the baseline. */
const GPU_MS: Record<WorkloadId, [number, number]> = {
  '2d-8x8-vs-conv3x3': [0.271, 42.3],
  '2d-16x16-vs-conv3x3': [0.274, 11.2],
  '2d-32x32-vs-conv3x3': [0.281, 3.05],
  '1d-1024-vs-conv1x1': [4.35, 121],
  '2d-8x8-vs-squeeze-excite': [0.27, 0.512],
};

const CPU_MS: Record<WorkloadId, [number, number]> = {
  '2d-8x8-vs-conv3x3': [4.9, 412],
  '2d-16x16-vs-conv3x3': [5.2, 108],
  '2d-32x32-vs-conv3x3': [5.6, 31],
  '1d-1024-vs-conv1x1': [92, 1210],
  '2d-8x8-vs-squeeze-excite': [4.9, 3.2],
};

const LAYERS: Record<WorkloadId, [string, string]> = {
  '2d-8x8-vs-conv3x3': ['BlockWht2d 8x8', 'Conv2d 3x3'],
  '2d-16x16-vs-conv3x3': ['BlockWht2d 16x16', 'Conv2d 3x3'],
  '2d-32x32-vs-conv3x3': ['BlockWht2d 32x32', 'Conv2d 3x3'],
  '1d-1024-vs-conv1x1': ['BlockWht1d 1024', 'Conv2d 1x1'],
  '2d-8x8-vs-squeeze-excite': ['BlockWht2d 8x8', 'SqueezeExcite'],
};

function distribution(medianMs: number, spread: number): Distribution {
  const at = (part: number) => medianMs * (1 + spread * part);
  return {
    samples: medianMs > 1000 ? 60 : 180,
    rounds: 15,
    ...{ min: at(-0.35), p5: at(-0.25), p25: at(-0.1), p75: at(0.2), p90: at(0.6), p95: at(0.9), max: at(3) },
    ...(medianMs <= 1000 && { p99: at(1.8) }),
  };
}

interface Kind {
  protocol: Protocol;
  device: DeviceKind;
  dtype?: RowHeader['dtype'];
  layout?: RowHeader['layout'];
}

function operations(id: WorkloadId): [number, number] {
  const [n, h, w, c] = SHAPES[id];
  const elements = n * h * w * c;
  const points = id.startsWith('1d') ? c : h * w;
  const baseline = id.endsWith('3x3') ? 2 * elements * c * 9 : id.endsWith('1x1') ? 2 * elements * c : 3 * elements;
  return [elements * (2 * Math.log2(points) + 1), baseline];
}

function parameterBytes(id: WorkloadId): number {
  const [, , , c] = SHAPES[id];
  return 4 * c * c * (id.endsWith('3x3') ? 9 : id.endsWith('1x1') ? 1 : 0.5);
}

function row(id: WorkloadId, { protocol, device, dtype = 'float32', layout = 'NHWC' }: Kind): MeasuredRow {
  const [, h, w, c] = SHAPES[id];
  const shape: MapShape = protocol === 'paper' ? [1, h, w, c] : SHAPES[id];
  const [images] = shape;
  const part = images / 10;
  const [subjectMs, baselineMs] = (device === 'cuda' ? GPU_MS : CPU_MS)[id];
  const elements = images * h * w * c;
  // Copies to and fro, at a rate of the Nano's.
  const copyMs = (elements * 8) / (protocol === 'copies' || protocol === 'paper' ? 3.7e6 : 20.3e6);
  const overhead = protocol === 'throughput' ? 0 : protocol === 'host-visible' ? copyMs / 4 : copyMs;
  const threads = protocol === 'paper' ? 2.6 : 1;
  const half = dtype === 'float16' ? 0.62 : 1;
  const [subjectOperations, baselineOperations] = operations(id);
  const onDevice = device === 'cuda' ? 'wht-layers cuda' : 'wht-layers cpu neon';
  const make = (at: 0 | 1, implementation: string, ms: number, spread: number): Side => ({
    ...{ layer: LAYERS[id][at], implementation, layout: at === 0 ? layout : 'NHWC', medianMs: ms },
    medianInterval: [ms * 0.985, ms * 1.02],
    distribution: distribution(ms, spread),
    imagesPerSecond: (images / ms) * 1000,
    firstCallMs: ms * 3 + 12,
    operations: (at === 0 ? subjectOperations : baselineOperations) * part,
    bytes: (elements * 8 + (at === 0 ? 512 : parameterBytes(id))) * (dtype === 'float16' ? 0.5 : 1),
  });
  const subject = make(0, onDevice, subjectMs * part * half * threads + overhead, device === 'cpu' ? 0.5 : 0.12);
  const cudnn = device === 'cuda' && id.includes('conv');
  const baseline = make(
    1,
    device === 'cpu' ? 'onnxruntime 1.30.0' : cudnn ? 'cuDNN 8.2.1' : 'wht-layers cuda',
    baselineMs * part * half * threads + overhead,
    device === 'cpu' ? 0.3 : 0.06,
  );
  const speedRatio = baseline.medianMs / subject.medianMs;
  return {
    ...{ id, protocol, device, dtype, layout, shape },
    ...(device === 'cpu' && { threads: protocol === 'paper' ? 1 : 4 }),
    ...(protocol === 'paper' && id === '2d-8x8-vs-conv3x3' && { paper: { speedRatio: 24, memoryReduction: 0.1951 } }),
    ...(protocol === 'paper' && id === '1d-1024-vs-conv1x1' && { paper: { speedRatio: 2.3204 / 1.1973 } }),
    ...{ baseline, subject },
    others: [
      ...(cudnn ? [{ ...make(1, baseline.implementation, baseline.medianMs * 1.31, 0.06), layout: 'NCHW' as const }] : []),
      ...(device === 'cpu' ? [make(1, 'wht-layers cpu neon', baseline.medianMs * 1.24, 0.08)] : []),
      ...(id === '2d-8x8-vs-squeeze-excite' && device === 'cpu'
        ? [{ layer: 'SqueezeExcite NCHW', implementation: 'onnxruntime', error: 'killed (SIGKILL), as Linux does where memory runs out' }]
        : []),
    ],
    speedRatio,
    // Others had too few rounds.
    ...(protocol !== 'host-visible' && { speedRatioInterval: [speedRatio * 0.94, speedRatio * 1.07] as const }),
    copyMs: protocol === 'throughput' ? copyMs : copyMs + overhead / 3,
    flags:
      id === '2d-32x32-vs-conv3x3' && device === 'cuda'
        ? ['GPU clock between 640 and 922 MHz while it was measured: throttled, or not locked']
        : [],
  };
}

function withEnergy(measured: MeasuredRow): MeasuredRow {
  if (measured.layout !== 'NHWC' || measured.protocol === 'host-visible') return measured;
  const energy = (side: Side, milliwatts: number) => {
    const perImageMj = milliwatts / side.imagesPerSecond;
    return { perImageMj, aboveIdlePerImageMj: perImageMj * (1 - 1650 / milliwatts), milliwatts, rail: 'POM_5V_IN', readings: 27 };
  };
  const { id, device, subject, baseline, others } = measured;
  const spent = (side: Side) => ({ ...side, energy: energy(side, 8300) });
  return {
    ...measured,
    subject: { ...subject, energy: energy(subject, 4900) },
    // Not of the fastest where a slower one took less time by chance while energy was measured.
    ...(id === '2d-16x16-vs-conv3x3' && device === 'cuda'
      ? { others: others.map((other, at) => ('error' in other || at > 0 ? other : spent(other))) }
      : { baseline: spent(baseline) }),
  };
}

function failedRow(id: WorkloadId, kind: Kind, error: string): ComparisonResult {
  const { protocol, device, dtype = 'float32', layout = 'NHWC' } = kind;
  return { id, protocol, device, dtype, layout, shape: SHAPES[id], error };
}

const IDS = Object.keys(SHAPES) as WorkloadId[];

function nanoRows(): ComparisonResult[] {
  const gpu = (['throughput', 'copies', 'host-visible'] as const).flatMap((protocol) =>
    IDS.flatMap((id) =>
      (['float32', 'float16'] as const).flatMap((dtype) =>
        (['NHWC', 'NCHW'] as const).map((layout): ComparisonResult => {
          const kind: Kind = { protocol, device: 'cuda', dtype, layout };
          if (id === '1d-1024-vs-conv1x1' && dtype === 'float16' && protocol === 'copies')
            return failedRow(id, kind, 'void: swap grew by 12.3 MB while it was measured: close other programs');
          return withEnergy(row(id, kind));
        }),
      ),
    ),
  );
  return [...gpu, ...cpuRows().map((each) => ('error' in each ? each : withEnergy(each)))];
}

function cpuRows(): ComparisonResult[] {
  return [
    ...IDS.map((id) => row(id, { protocol: 'throughput', device: 'cpu' })),
    ...IDS.map((id) => row(id, { protocol: 'copies', device: 'cpu' })),
    row('2d-8x8-vs-conv3x3', { protocol: 'host-visible', device: 'cpu' }),
    failedRow('1d-1024-vs-conv1x1', { protocol: 'host-visible', device: 'cpu' }, 'ended with exit code 134'),
    ...IDS.map((id) => row(id, { protocol: 'paper', device: 'cpu' })),
  ];
}

function accounts(layer: string, implementation: string, layerBytes: number, peakBytes: number, gpu: boolean): MemoryAccounts {
  return {
    ...{ layer, implementation, layerBytes, peakBytes },
    ownPeakBytes: peakBytes * (gpu ? 0.44 : 0.71),
    libraries: { shared: gpu ? ['cudnn'] : ['onnxruntime'], own: [] },
    pssBytes: peakBytes * 0.83,
    availableFallBytes: peakBytes * 0.9,
    ...(gpu && { nvMapBytes: 96e6 + layerBytes }),
  };
}

const PAPER_MEMORY: MemoryComparison = {
  ...{ id: '2d-8x8-vs-conv3x3', protocol: 'paper', device: 'cpu', shape: [1, 8, 8, 1024] },
  paper: { speedRatio: 24, memoryReduction: 0.1951 },
  subject: accounts('BlockWht2d 8x8', 'wht-layers cpu neon', 525_000, 104.6e6, false),
  baselines: [
    accounts('Conv2d 3x3', 'wht-layers cpu neon', 38.8e6, 159.9e6, false),
    { layer: 'Conv2d 3x3', implementation: 'onnxruntime 1.30.0', peakBytes: 146.4e6, pssBytes: 121e6, availableFallBytes: -16.5e6 },
  ],
};

const CPU_MEMORY: MemoryComparison = {
  ...{ id: '1d-1024-vs-conv1x1', protocol: 'copies', device: 'cpu', shape: [10, 32, 32, 1024] },
  subject: accounts('BlockWht1d 1024', 'wht-layers cpu neon', 84e6, 187e6, false),
  baselines: [
    accounts('Conv2d 1x1', 'wht-layers cpu neon', 92e6, 196e6, false),
    { layer: 'Conv2d 1x1', implementation: 'onnxruntime 1.30.0', peakBytes: 208e6 },
    { layer: 'Conv2d 1x1 (Gemm)', implementation: 'onnxruntime 1.30.0', peakBytes: 193e6 },
    { layer: 'Conv2d 1x1 (Gemm)', implementation: 'onnxruntime', error: "version `GLIBC_2.28' not found" },
  ],
};

const GPU_MEMORY: MemoryComparison = {
  ...{ id: '2d-8x8-vs-conv3x3', protocol: 'copies', device: 'cuda', shape: [10, 8, 8, 1024] },
  subject: accounts('BlockWht2d 8x8', 'wht-layers cuda', 5.28e6, 742e6, true),
  baselines: [accounts('Conv2d 3x3', 'cuDNN 8.2.1', 46.3e6, 801e6, true)],
};

function nanoState(hot: boolean): Snapshot {
  return {
    clocks: {
      cpus: [0, 1, 2, 3].map((core) => ({ core, currentHz: 1.479e9, minHz: 1.479e9, maxHz: 1.479e9, governor: 'schedutil' })),
      gpu: { currentHz: hot ? 921.6e6 : 76.8e6, minHz: 76.8e6, maxHz: 921.6e6 },
      emc: { currentHz: 1.6e9, maxHz: 1.6e9, override: false },
      locked: false,
    },
    gpuLoad: hot ? 0.41 : 0,
    temperatures: [
      { zone: 'CPU', celsius: hot ? 47.5 : 36 },
      { zone: 'GPU', celsius: hot ? 45 : 34.5 },
      { zone: 'thermal', celsius: hot ? 46.25 : 35.25 },
    ],
    rails: [
      { name: 'POM_5V_IN', milliwatts: hot ? 4870 : 1650 },
      { name: 'POM_5V_GPU', milliwatts: hot ? 1210 : 40 },
      { name: 'POM_5V_CPU', milliwatts: hot ? 980 : 260 },
    ],
    memory: {
      totalBytes: 4.156e9,
      availableBytes: hot ? 2.9e9 : 3.1e9,
      swapTotalBytes: 2.08e9,
      swapUsedBytes: 5e6,
      nvMapUsedBytes: hot ? 41e6 : 12e6,
    },
  };
}

function projection(id: WorkloadId, dtype: 'float32' | 'float16', layout: 'NHWC' | 'NCHW'): Projection {
  return {
    ...{ board: 'nano', id, dtype, layout, shape: SHAPES[id], subjectMs: dtype === 'float32' ? 0.258 : 0.151 },
    bound: dtype === 'float32' ? 'memory' : 'instructions',
    kernel: layout === 'NHWC' ? 'strided_registers' : 'contiguous_dense',
    instructionsPerElement: layout === 'NHWC' ? 27.3 : 31.8,
    ...(id !== '2d-8x8-vs-squeeze-excite' && { baselineMs: [29.8, 69.8] as const, speedRatio: [114, 273] as const }),
  };
}

/** A Jetson Nano's, with its GPU, energy, flags and failures. */
export function nanoRun(): JetsonRun {
  return {
    ...{ schema: 1, harness: 'jetson', quick: false, started: '2026-03-14T09:26:53.000Z', seconds: 1260 },
    environment: {
      board: {
        jetson: true,
        model: 'NVIDIA Jetson Nano Developer Kit',
        chip: 'tegra210',
        computeCapability: '5.3',
        l4t: '32.7.4',
        jetpack: '4.6.4',
      },
      powerMode: { name: 'MAXN', id: 0 },
      clocks: nanoState(false).clocks,
      limitations: ['The memory clock’s override can be read by root only: sudo jetson_clocks --show'],
      cpu: 'ARMv8 Processor rev 1 (v8l)',
      simd: 'neon',
      gpu: 'NVIDIA Tegra X1',
      computeCapability: '5.3',
      node: '16.20.2',
      threads: 4,
      memoryTotalBytes: 4.156e9,
      loadAverage: 0.21,
      versions: { 'wht-layers': '0.1.0', CUDA: '10.2', cuDNN: '8.2.1', 'onnxruntime-node': '1.30.0' },
      before: nanoState(false),
      after: nanoState(true),
    },
    unavailable: [],
    comparisons: nanoRows(),
    memory: [GPU_MEMORY, CPU_MEMORY, PAPER_MEMORY],
    copies: [
      { device: 'cuda', bytes: 268_435_456, medianMs: 13.3, gigabytesPerSecond: 20.2 },
      { device: 'cpu', threads: 4, bytes: 268_435_456, medianMs: 36.2, gigabytesPerSecond: 7.41 },
    ],
    projections: IDS.flatMap((id) =>
      (['float32', 'float16'] as const).flatMap((dtype) => (['NHWC', 'NCHW'] as const).map((layout) => projection(id, dtype, layout))),
    ),
  };
}

/** A computer's that has no GPU, no rails and no sensors. */
export function cpuOnlyRun(): JetsonRun {
  return {
    ...{ schema: 1, harness: 'jetson', quick: true, started: '2026-03-14T09:26:53.000Z', seconds: 92 },
    environment: {
      board: { jetson: false },
      clocks: { cpus: [0, 1].map((core) => ({ core })) },
      limitations: [],
      cpu: 'AMD EPYC',
      simd: 'avx2',
      node: '20.20.2',
      threads: 2,
      memoryTotalBytes: 25e9,
      loadAverage: 1.3,
      versions: { 'wht-layers': '0.1.0', 'onnxruntime-node': '1.30.0' },
      before: { clocks: { cpus: [] }, temperatures: [], rails: [], memory: { totalBytes: 25e9, availableBytes: 22e9 } },
    },
    unavailable: [{ device: 'cuda', reason: 'libcuda.so.1 cannot be loaded: there is no NVIDIA driver' }],
    comparisons: cpuRows().filter((each) => each.protocol !== 'host-visible'),
    memory: [PAPER_MEMORY],
    copies: [{ device: 'cpu', threads: 2, bytes: 268_435_456, medianMs: 14.2, gigabytesPerSecond: 18.9 }],
  };
}
