import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Dtype, type Layout, openDevice } from 'wht-layers';
import { projections, projectionTable } from '../../../bench/jetson/projection';
import { countsOf, nanoKernels } from '../../../bench/jetson/projection/kernel-counts';
import { kernelOf, PROJECTED_WORKLOADS } from '../../../bench/jetson/projection/workloads';
import type { Projection } from '../../../bench/jetson/schema';
import { workload } from '../../../bench/workloads';

interface ReportRow {
  kernel: string;
  instructions?: number;
  slots?: number;
}
interface Report {
  architectures: { architecture: number; release: string; kernels: ReportRow[] }[];
}
const load = createRequire(__filename);
const script = load('../../../scripts/kernels-report/nano-kernels.js') as {
  KERNELS: string[];
  nanoKernels(report: Report): ReturnType<typeof nanoKernels>;
  compareKept(report: Report, kept?: object): { compared: boolean; problems: string[] };
};
const { identify } = load('../../../scripts/kernels-report/kernels.js') as { identify(demangled: string): { name: string } };

const NANO = projections('nano');
const VARIANTS = (['float32', 'float16'] as const).flatMap((dtype) => (['NHWC', 'NCHW'] as const).map((layout) => ({ dtype, layout })));

function projected(id: string, dtype: Dtype, layout: Layout): Projection {
  const row = NANO.find((each) => each.id === id && each.dtype === dtype && each.layout === layout);
  if (row === undefined) throw new Error(`Expected a projection of ${id} ${dtype} ${layout}, got none`);
  return row;
}

describe('projections', () => {
  it('are of every workload with a convolution, in both dtypes and layouts', () => {
    expect(NANO.map(({ id, dtype, layout }) => `${id} ${dtype} ${layout}`)).toEqual(
      ['2d-8x8-vs-conv3x3', '2d-16x16-vs-conv3x3', '2d-32x32-vs-conv3x3', '1d-1024-vs-conv1x1'].flatMap((id) =>
        VARIANTS.map(({ dtype, layout }) => `${id} ${dtype} ${layout}`),
      ),
    );
  });

  it.each(['NHWC', 'NCHW'] as const)('are of the speed of memory in float32, as for the paper: 0.26 ms (%s)', (layout) => {
    const row = projected('2d-8x8-vs-conv3x3', 'float32', layout);
    expect(row.bound).toBe('memory');
    // 10 x 8 x 8 x 1024 values, in and out, at 20.3 GB/s.
    expect(row.subjectMs).toBeCloseTo(0.2583, 3);
    // 12.08 GFLOP at 173 GFLOP/s; 2.25 times fewer at 180.
    expect(row.baselineMs?.[0]).toBeCloseTo(29.83, 2);
    expect(row.baselineMs?.[1]).toBeCloseTo(69.82, 2);
    expect(row.speedRatio?.map(Math.round)).toEqual([114, 273]);
  });

  it("are of the convolutions' operations", () => {
    using device = openDevice('cpu');
    for (const { id, shape, convolution } of PROJECTED_WORKLOADS) {
      const { baseline } = workload(id);
      const slowest = projected(id, 'float32', 'NHWC').baselineMs?.[1];
      using layer = baseline.make(device, shape);
      expect(slowest).toBeCloseTo(baseline.operations(layer, shape) / 173e6, 6);
      expect(baseline.name).toBe(`Conv2d ${convolution}x${convolution}`);
    }
  });

  it('have no shortcut for a 1x1 convolution', () => {
    const row = projected('1d-1024-vs-conv1x1', 'float32', 'NHWC');
    expect(row.subjectMs).toBeCloseTo(4.13, 2);
    expect(row.baselineMs?.map(Math.round)).toEqual([119, 124]);
    expect(row.speedRatio?.map(Math.round)).toEqual([28, 30]);
  });

  it('are of the speed of instructions in float16, whose bytes are half as many', () => {
    for (const row of NANO.filter(({ dtype }) => dtype === 'float16')) {
      expect(row.bound).toBe('instructions');
      const elements = row.shape.reduce((product, length) => product * length, 1);
      expect(row.subjectMs).toBeCloseTo((elements * row.instructionsPerElement) / (128 * 921.6e3), 6);
    }
  });
});

describe('projectionTable', () => {
  const lines = projectionTable(NANO).split('\n');

  it('marks every row as a projection and says so first', () => {
    expect(lines[0]).toMatch(/^PROJECTION .* not measured/);
    expect(lines.filter((line) => line.startsWith('projection '))).toHaveLength(NANO.length);
    expect(lines.filter((line) => /^[12]d-/.test(line))).toHaveLength(NANO.length);
  });

  it('fits 100 columns without cutting anything off', () => {
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
    expect(lines.join('\n')).not.toMatch(/…|NaN|undefined|Infinity/);
  });

  it('says what it was computed from', () => {
    const text = lines.join(' ').replace(/\s+/g, ' ');
    for (const part of ['20.0 to 20.5', '173 to 180', '234 to 247', '128 lanes at 921.6 MHz', 'CUDA 11.8', nanoKernels().command]) {
      expect(text).toContain(part);
    }
  });

  it('shows no figure for a baseline that is not known', () => {
    const { baselineMs, speedRatio, ...row } = projected('2d-8x8-vs-conv3x3', 'float32', 'NHWC');
    const [first] = projectionTable([{ ...row, id: '2d-8x8-vs-squeeze-excite' }]).match(/^2d-8x8.*$/m) ?? [];
    expect(first).toMatch(/– +–$/);
    expect([baselineMs, speedRatio]).not.toContain(undefined);
  });

  it('is empty without rows', () => {
    expect(projectionTable([])).toBe('');
  });
});

describe('the kept counts', () => {
  const names = nanoKernels().kernels.map(({ kernel }) => kernel);

  it("are of the projections' kernels and no others", () => {
    expect(new Set(names)).toEqual(new Set(NANO.map(({ kernel }) => kernel)));
    expect(names).toEqual(script.KERNELS);
    expect(() => countsOf('contiguous_dense<float, 8, smooth>', nanoKernels())).toThrow(
      'Expected nano-kernels.json to hold contiguous_dense<float, 8, smooth>, got contiguous_dense<float, 64, smooth>; ',
    );
  });

  const report = (kernels: ReportRow[], release = '11.8'): Report => ({ architectures: [{ architecture: 53, release, kernels }] });

  it('are what kernels:report --check compares with its own', () => {
    const { kernels } = nanoKernels();
    expect(script.compareKept(report(kernels))).toEqual({ compared: true, problems: [] });
    const [first, ...others] = kernels;
    const slower = { ...first, kernel: first?.kernel ?? '', instructions: 60, slots: 7 };
    const { problems } = script.compareKept(report([slower, ...others]));
    expect(problems).toEqual([
      expect.stringMatching(
        /contiguous_dense<float, 64, smooth>: Expected .*nano-kernels.json to say 60 instructions and 7 slots .* run npm/,
      ),
    ]);
  });

  it('are not compared with those of another compiler, or of none for the board', () => {
    const changed = nanoKernels().kernels.map((row) => ({ ...row, instructions: 1 }));
    expect(script.compareKept(report(changed, '10.2'))).toEqual({ compared: false, problems: [] });
    expect(script.compareKept({ architectures: [] })).toEqual({ compared: false, problems: [] });
  });

  it('are taken from a report that has all of them', () => {
    const kept = script.nanoKernels(report([...nanoKernels().kernels, { kernel: 'transpose<half>' }]));
    expect(kept).toEqual(nanoKernels());
    expect(() => script.nanoKernels(report(nanoKernels().kernels.slice(1)))).toThrow(
      'Expected the report to count the instructions of contiguous_dense<float, 64, smooth>, got no such kernel',
    );
    expect(() => script.nanoKernels({ architectures: [] })).toThrow('Expected a report of sm_53, got one without');
  });
});

/** In the place of the emulation's own: names kernels, by their place in the library, and does not run them. */
const NAMES_KERNELS = `
#include <dlfcn.h>
#include <cstdio>
#include <cstdlib>
#include "grid.h"
uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;
namespace wht_emulation {
void wait_for_block(Site) {}
void wait_for_warp(unsigned, Site) {}
uint32_t shuffle_xor(unsigned, uint32_t bits, int, int, Site) { return bits; }
cudaError_t run_grid(const Grid& grid) {
  // A launch is a lambda, which holds references: to the kernel first.
  void* kernel = **static_cast<void** const*>(grid.kernel);
  Dl_info info;
  FILE* file = std::fopen(std::getenv("WHT_LAUNCHED"), "a");
  if (dladdr(kernel, &info) != 0) std::fprintf(file, "%zx\\n", size_t(static_cast<char*>(kernel) - static_cast<char*>(info.dli_fbase)));
  std::fclose(file);
  return cudaSuccess;
}
}
`;

describe('the kernel of each projection', () => {
  let folder: string;
  let library: string;
  const kernels = new Map<string, string>();
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'wht-launched-'));
    library = join(folder, 'libwht_cuda_names_kernels.so');
    linkWithOtherGrid(folder, library);
    const symbols = execFileSync('nm', ['-C', '--defined-only', library], { encoding: 'utf8', maxBuffer: 2 ** 28 });
    for (const [, address = '', name = ''] of symbols.matchAll(/^0*([0-9a-f]+) \w (.*)$/gm)) kernels.set(address, name);
  }, 120_000);
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });

  const cases = PROJECTED_WORKLOADS.flatMap((workload) => VARIANTS.map((variant) => ({ ...workload, ...variant })));
  it.each(cases)('is the one that the layer launches: $id $dtype $layout', async ({ id, shape, over, dtype, layout }) => {
    const launched = join(folder, 'launched.txt');
    writeFileSync(launched, '');
    vi.stubEnv('WHT_LAUNCHED', launched);
    vi.stubEnv('WHT_CUDA_BACKEND', library);
    const [images, height, width, channels] = shape;
    using device = openDevice('cuda');
    const layer = workload(id).subject.make(device, shape, { dtype, layout });
    const input = device.zeros(layout === 'NHWC' ? shape : [images, channels, height, width], { dtype, layout });
    await device.synchronize();
    writeFileSync(launched, '');
    layer.forward(input);
    await device.synchronize();
    const names = readFileSync(launched, 'utf8').trim().split('\n');
    expect(names.map((address) => identify(kernels.get(address) ?? 'none').name)).toEqual([kernelOf({ shape, over }, dtype, layout)]);
  });
});

/** The emulated CUDA backend from the build's objects, but for grid.cc. */
function linkWithOtherGrid(folder: string, library: string): void {
  const build = resolve('build');
  const original = resolve('native/cuda-emulation/grid.cc');
  const commands: { file: string; command: string; directory: string }[] = JSON.parse(
    readFileSync(join(build, 'compile_commands.json'), 'utf8'),
  );
  const found = commands.find(({ file, command }) => file === original && command.includes('wht_cuda_emulated.dir'));
  const object = /-o (\S+)/.exec(found?.command ?? '')?.[1];
  if (found === undefined || object === undefined) throw new Error('Expected the build to compile grid.cc, got no command: run npm test');
  const source = join(folder, 'grid.cc');
  const compiled = join(folder, 'grid.o');
  writeFileSync(source, NAMES_KERNELS);
  const shell = (text: string) => execFileSync('sh', ['-c', text], { cwd: found.directory, stdio: ['ignore', 'ignore', 'inherit'] });
  shell(`${found.command.replace(`-o ${object}`, `-o ${compiled}`).replace(original, source)} -I${resolve('native/cuda-emulation')}`);
  const objects = join(build, 'native', 'cuda-emulation', 'CMakeFiles', 'wht_cuda_emulated.dir');
  const others = readdirSync(objects, { recursive: true })
    .map((each) => join(objects, String(each)))
    .filter((each) => each.endsWith('.o') && each !== resolve(found.directory, object));
  shell(['c++', '-shared', '-o', library, compiled, ...others, '-ldl', '-lpthread'].join(' '));
}
