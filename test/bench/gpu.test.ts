/** The parts of the GPU benchmark that need no GPU: what is measured, and what is made of it. */
import { describe, expect, it } from 'vitest';
import { parseGpuArguments } from '../../bench/gpu/arguments';
import { fastestAlgorithm } from '../../bench/gpu/baseline';
import { budget, imagesFor, mapShapes } from '../../bench/gpu/budget';
import { parseNvidiaSmi } from '../../bench/gpu/environment';
import { kernelCases, POINTS } from '../../bench/gpu/kernel-cases';
import { measuredKernel } from '../../bench/gpu/kernels';
import { gpuReport } from '../../bench/gpu/report';
import type { AlgorithmTable, GpuComparisonResult, GpuRun, KernelHeader, KernelResult } from '../../bench/gpu/schema';
import { passed, targetsOf } from '../../bench/gpu/targets';
import { interleave } from '../../bench/interleave';

const KERNEL: KernelHeader = { family: '1D NHWC', variant: 'dense', dtype: 'float32', points: 64, shape: [2, 4, 4, 4096], bytes: 512e6 };
const ALGORITHM = { fused: false, workspace: 0, chosen: false, layout: 'NHWC' } as const;

function comparison(speedRatio: number, extra: Partial<GpuComparisonResult> = {}): GpuComparisonResult {
  return {
    ...{ id: '2d-vs-conv3x3', protocol: 'throughput', device: 'cuda', dtype: 'float32', layout: 'NHWC', shape: [10, 8, 8, 1024] },
    target: 24,
    baseline: { layer: 'Conv2d 3x3', implementation: 'cuDNN 9.1.0 IMPLICIT_GEMM NHWC', medianMs: speedRatio / 100 },
    subject: { layer: 'BlockWht2d', implementation: 'wht-layers cuda sm_90', medianMs: 0.01, p95Ms: 0.011 },
    ...{ others: [], copyMs: 0.01, speedRatio, bytes: 1, pairs: 1 },
    ...extra,
  } as GpuComparisonResult;
}

function runOf(results: Partial<GpuRun>): GpuRun {
  const environment = {
    ...{ cpu: 'Some CPU', gpu: 'Some GPU', computeCapability: '9.0', memoryTotal: 80 * 2 ** 30, node: '20.0.0', clocks: {} },
    versions: { CUDA: '13.0', cuDNN: '9.1.0' },
  };
  return { schema: 1, environment, comparisons: [], kernels: [], algorithms: [], latency: [], targets: [], ...results };
}

describe('parseGpuArguments', () => {
  it('measures everything on the first GPU by default', () => {
    expect(parseGpuArguments([])).toEqual({
      help: false,
      quick: false,
      index: 0,
      sections: ['convolution', 'unfused', 'kernels', 'latency'],
    });
  });

  it('reads every option', () => {
    const args = [
      '--json',
      'out.json',
      '--only=kernels',
      '--only',
      'latency',
      '--points',
      '64,1024',
      '--bytes',
      '65536',
      '--index',
      '1',
      '--quick',
    ];
    expect(parseGpuArguments(args)).toEqual({
      ...{ help: false, quick: true, index: 1, json: 'out.json', sections: ['kernels', 'latency'], points: [64, 1024], bytes: 65536 },
    });
  });

  it.each([
    [['--only', 'conv'], 'Expected --only to be one of convolution, unfused, kernels, latency, got "conv"'],
    [['--points', '64,100'], 'Expected --points to list powers of two from 1 to 4096, got "64,100"'],
    [['--points', ''], 'Expected --points to list powers of two from 1 to 4096, got ""'],
    [['--points', '8192'], 'Expected --points to list powers of two from 1 to 4096, got "8192"'],
    [['--bytes', '1'], 'Expected --bytes to be an integer from 1024 to 8589934592, got "1"'],
    [['--index', '-1'], /Expected (--index|options among)/],
    [['fast'], /^Expected options among --json, --only, --points, --bytes, --index, --quick, --help: /],
  ])('refuses %j and says why', (args, message) => {
    expect(() => parseGpuArguments(args)).toThrow(message);
  });
});

describe('the size of tensors', () => {
  const MEBI = 2 ** 20;

  it('is past every L2 cache on a large GPU, and goes through twice as much', () => {
    expect(budget({ name: 'NVIDIA H100', memoryFree: 80 * 2 ** 30 })).toEqual({ call: 512 * MEBI, rotation: 1024 * MEBI });
  });

  it("is a part of a small board's memory", () => {
    expect(budget({ name: 'NVIDIA Tegra X1', memoryFree: 2 * 2 ** 30 }).call).toBe(128 * MEBI);
  });

  it('is what was asked for', () => {
    expect(budget({ name: 'NVIDIA H100', memoryFree: 80 * 2 ** 30 }, 1e6)).toEqual({ call: 1e6, rotation: 2e6 });
  });

  it('is made of whole images', () => {
    expect(imagesFor(512 * MEBI, 65536, 4)).toBe(1024);
    expect(imagesFor(1, 65536, 4)).toBe(1);
  });

  it.each([
    ['NVIDIA H100', 80, 640],
    ['Orin', 64, 640],
    ['NVIDIA Tegra X1', 4, 40],
  ])("is the paper's, and a batch of ten times a power of two that fits: %s", (name, gibibytes, images) => {
    const memory = gibibytes * 2 ** 30;
    const shapes = mapShapes({ name, memoryTotal: memory }, budget({ name, memoryFree: memory }));
    expect(shapes).toEqual([
      [10, 8, 8, 1024],
      [images, 8, 8, 1024],
    ]);
  });
});

describe('the kernels that are measured', () => {
  const cases = kernelCases();

  it('are each measured once', () => {
    const names = cases.map(({ family, variant, dtype, points }) => `${family} ${variant} ${dtype} ${points}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(['1D NHWC', '2D NCHW', 'fwht rows', '2D NHWC', '1D NCHW', 'fwht columns'] as const)('are there at every size: %s', (family) => {
    for (const dtype of ['float32', 'float16']) {
      const dense = cases.filter((each) => each.family === family && each.dtype === dtype && each.variant === 'dense');
      expect(dense.map(({ points }) => points)).toEqual(POINTS);
    }
  });

  it('have the edges of a network of 224x224: 7x7, 14x14, 28x28 and 56x56', () => {
    const maps = cases.filter(({ family, variant, dtype }) => family === '2D NHWC' && variant === 'edges' && dtype === 'float32');
    const sides = maps.filter(({ image: [height, width] }) => height === width).map(({ points, image }) => [points, image[0]]);
    expect(sides).toEqual([
      [16, 3],
      [64, 7],
      [256, 14],
      [1024, 28],
      [4096, 56],
    ]);
  });

  it('are compared with a copy of the same bytes', () => {
    expect(measuredKernel(KERNEL, 2, [0.3, 0.2, 0.25], [0.2, 0.2, 0.2])).toMatchObject({
      ...{ medianMs: 0.25, copyMs: 0.2, rate: 2048, copyRate: 2560, pairs: 2 },
      ofCopy: 0.8,
    });
  });
});

describe('the baseline', () => {
  const tables: AlgorithmTable[] = [
    {
      ...{ dtype: 'float32', layout: 'NHWC', shape: [10, 8, 8, 1024] },
      algorithms: [
        { ...ALGORITHM, name: 'IMPLICIT_GEMM', milliseconds: 0.5, chosen: true },
        { ...ALGORITHM, name: 'FFT', reason: 'CUDNN_STATUS_NOT_SUPPORTED' },
      ],
    },
    {
      ...{ dtype: 'float32', layout: 'NCHW', shape: [10, 8, 8, 1024] },
      algorithms: [
        { ...ALGORITHM, name: 'WINOGRAD', layout: 'NCHW', fused: true, milliseconds: 0.4, reason: 'not used by layers: inexact' },
        { ...ALGORITHM, name: 'IMPLICIT_GEMM', layout: 'NCHW', milliseconds: 0.6, chosen: true },
      ],
    },
  ];

  it('is the fastest algorithm of either layout, also one that layers do not use', () => {
    expect(fastestAlgorithm(tables, 'cuDNN 9')).toEqual({
      ...{ layer: 'Conv2d 3x3', implementation: 'cuDNN 9 WINOGRAD NCHW fused', medianMs: 0.4 },
    });
  });

  it('is absent where none ran', () => {
    const failures = tables.map((table) => ({
      ...table,
      algorithms: table.algorithms.filter(({ milliseconds }) => milliseconds === undefined),
    }));
    expect(fastestAlgorithm(failures, 'cuDNN 9')).toBeUndefined();
  });
});

describe('targets', () => {
  const kernel = (copyMs: number): KernelResult => measuredKernel(KERNEL, 1, [1], [copyMs]);

  it('are met by kernels at 85 % of the rate of a copy, and by ratios that reach them', () => {
    const run = runOf({ kernels: [kernel(0.85), kernel(0.99)], comparisons: [comparison(24)] });
    run.targets = targetsOf(run);
    expect(run.targets.map(({ least, measured, met, count, missed }) => [least, measured, met, count, missed])).toEqual([
      [0.85, 0.85, 2, 2, []],
      [24, 24, 1, 1, []],
    ]);
    expect(passed(run)).toBe(true);
  });

  it('name what missed them', () => {
    const run = runOf({ kernels: [kernel(0.84), kernel(0.9)], comparisons: [comparison(23.9)] });
    run.targets = targetsOf(run);
    expect(run.targets.map(({ missed }) => missed)).toEqual([['1D NHWC 64 float32: 84.0 %'], ['10x8x8x1024 NHWC float32: 23.9x']]);
    expect(passed(run)).toBe(false);
  });

  it('are missed by what failed and by what is no number, and have no figure for it', () => {
    const run = runOf({ kernels: [{ ...KERNEL, error: 'out of memory' }, kernel(Number.NaN)] });
    const [target] = targetsOf(run);
    expect(target?.missed).toEqual(['1D NHWC 64 float32: failed: out of memory', '1D NHWC 64 float32: NaN %']);
    expect(targetsOf(runOf({ kernels: [{ ...KERNEL, error: 'out of memory' }] }))[0]).not.toHaveProperty('measured');
  });

  it('leave out comparisons that nothing is promised of', () => {
    const tf32 = comparison(3);
    delete tf32.target;
    expect(targetsOf(runOf({ comparisons: [tf32] }))).toEqual([]);
  });
});

describe('what nvidia-smi says', () => {
  const lines = 'NVIDIA H100 80GB HBM3, 580.159.04, 700.00, 1980, 2619\nNVIDIA T4, 580.159.04, [N/A], 1590, 5001\n';

  it('is that of the GPU with the name', () => {
    expect(parseNvidiaSmi(lines, 'NVIDIA H100 80GB HBM3', 1)).toEqual({
      ...{ driver: '580.159.04', powerLimit: 700, clocks: { smMax: 1980, memoryMax: 2619 } },
    });
  });

  it('has no figures where it has none', () => {
    expect(parseNvidiaSmi(lines, 'NVIDIA T4', 0)).toEqual({ driver: '580.159.04', clocks: { smMax: 1590, memoryMax: 5001 } });
    expect(parseNvidiaSmi('', 'NVIDIA T4', 0)).toEqual({});
    expect(parseNvidiaSmi(lines, 'NVIDIA A100', 0)).toEqual({});
  });
});

describe('the report', () => {
  const failed: GpuComparisonResult = {
    ...{ id: '2d-vs-conv3x3', protocol: 'throughput', device: 'cuda', dtype: 'float16', layout: 'NCHW', shape: [10, 8, 8, 1024] },
    error: 'cuDNN could not be loaded',
  };
  const kernels: KernelResult[] = [
    measuredKernel(KERNEL, 2, [0.25], [0.24]),
    measuredKernel({ ...KERNEL, points: 128 }, 2, [0.25], [0.2]),
    { ...KERNEL, points: 256, error: 'out of memory' },
  ];
  const run = runOf({ comparisons: [comparison(48), failed], kernels });
  run.targets = targetsOf(run);
  const text = gpuReport(run);

  it('names the GPU and its libraries', () => {
    expect(text).toContain('Some GPU (compute capability 9.0, 80 GiB), CUDA 13.0, cuDNN 9.1.0, Node 20.0.0');
  });

  it('shows ratios and rates, and marks kernels below their target', () => {
    expect(text).toMatch(/Conv2d 3x3 +0\.480 +0\.010 +48\.0x +24x +1\.00/);
    expect(text).toMatch(/^ +64 +2048 96 %$/m);
    expect(text).toMatch(/^ +128 +!2048 80 %$/m);
    const unwrapped = text.replace(/\n {2}(?=\S)/g, ' ');
    expect(unwrapped).toContain('MISSED: kernels against a copy of the same bytes: at least 85.0 % in 1 of 3, lowest 80.0 %');
    expect(unwrapped).toContain("met: BlockWht2d against cuDNN's fastest 3x3 convolution, float32 without TF32: at least 24.0x in 1 of 1");
  });

  it('says why something has no figure', () => {
    expect(text).toContain('failed: cuDNN could not be loaded');
    expect(text).toMatch(/^ +256 +failed$/m);
    expect(text).toContain('1D NHWC 256 failed: out of memory');
  });

  it('fits its columns', () => {
    for (const line of text.split('\n').slice(1)) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('says first of all that an emulated GPU shows nothing', () => {
    const emulated = gpuReport(runOf({ environment: { ...run.environment, emulated: true } }));
    expect(emulated.split('\n')[2]).toBe('EMULATED: the CUDA backend ran on the CPU. The times below say nothing about any GPU.');
  });
});

describe("a device's clock", () => {
  it('times sides instead of the clock on the wall', async () => {
    let wall = 0;
    let device = 0;
    const side = {
      async run(times: number) {
        wall += 100;
        device += 0.5 * times;
      },
    };
    const clock = {
      now: () => wall,
      pause: async () => {},
      async elapsed(work: () => Promise<void>) {
        const start = device;
        await work();
        return device - start;
      },
    };
    const sampling = { rounds: 2, turnMs: 1000, turnSamples: 3, sampleMs: 5, pauseMs: 0 };
    expect(await interleave([side], sampling, () => {}, clock)).toEqual([Array(6).fill(0.5)]);
  });
});
