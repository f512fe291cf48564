/** The command, on files. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseCompareArguments, USAGE } from '../../../bench/compare/arguments';
import type { ComparisonResult, JetsonRun } from '../../../bench/jetson/schema';
import { memory, newer, row, run, side } from './sample-runs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wht-compare-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function command(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [resolve('dist/bench/compare/main.js'), ...args], {
    encoding: 'utf8',
    cwd: folder,
  });
  return { status, stdout, stderr };
}

function compare(a: JetsonRun, b: JetsonRun, ...args: string[]) {
  writeFileSync(join(folder, 'a.json'), JSON.stringify(a));
  writeFileSync(join(folder, 'b.json'), JSON.stringify(b));
  return command('a.json', 'b.json', ...args);
}

const { baseline, subject, others, speedRatio, flags, ...header } = row(1, 2, { dtype: 'float16' });
const failed: ComparisonResult = { ...header, error: `no kernel image, ${'a long reason '.repeat(20)}` };
const many: ComparisonResult[] = [
  row(0.26, 60, { subject: side(0.26, { energy: { perImageMj: 1.25, milliwatts: 5000, rail: 'POM_5V_IN', readings: 9 } }) }),
  row(12.345, 99_999, { protocol: 'host-visible', device: 'cpu', threads: 64, layout: 'NCHW', id: '2d-8x8-vs-squeeze-excite' }),
  row(0.26, 60, { id: '1d-1024-vs-conv1x1', shape: [10, 32, 32, 1024], flags: ['throttled'] }),
];
const A = run({
  comparisons: [...many, row(1, 2, { dtype: 'float16' }), row(9, 9, { layout: 'NCHW' })],
  memory: [memory({ peakBytes: 123e6 }, { peakBytes: 456e6 })],
});
const B = newer({
  comparisons: [
    row(0.13, 60, { subject: side(0.13, { energy: { perImageMj: 0.75, milliwatts: 5000, rail: 'POM_5V_IN', readings: 9 } }) }),
    ...many.slice(1),
    failed,
  ],
  memory: [memory({ peakBytes: 99e6 }, { peakBytes: 456e6 })],
});

describe('bench:compare', () => {
  it('sets two runs side by side', () => {
    const { status, stdout, stderr } = compare(A, B);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('A: a.json, wht-layers 0.1.0, begun 2026-11-24T09:00:00Z, NVIDIA Jetson Nano Developer Kit');
    expect(stdout).toContain('Also different: wht-layers: A 0.1.0, B 0.2.0.');
    expect(stdout).toMatch(/^2d-8x8-vs-conv3x3 +WHT ms +0\.260 \[0\.255–0\.265\] +0\.130 \[0\.127–0\.133\] +0\.500 +faster$/m);
    expect(stdout).toMatch(/^throughput, cuda +baseline ms +60\.0 \[58\.8–61\.2\] +60\.0 \[58\.8–61\.2\] +1\.00 +same within noise$/m);
    expect(stdout).toMatch(/^float32 NHWC +speed-up x +231 \[224–238\] +462 \[448–475\] +2\.00 +higher$/m);
    expect(stdout).toMatch(/^10x8x8x1024 +WHT mJ +1\.25 +0\.750 +0\.600$/m);
    expect(stdout).toMatch(/^BlockWht2d 8x8, wht-layers cuda +peak +123\.0 +99\.0 +0\.805$/m);
  });

  it('shows rows that failed with the reason, and lists those that only one run has', () => {
    const { stdout } = compare(A, B);
    expect(stdout).toMatch(/^2d-8x8-vs-conv3x3 +A was measured$/m);
    expect(stdout).toMatch(/^throughput, cuda +B failed: no kernel image, a long reason/m);
    expect(stdout).toMatch(/^Only A has:\n- 2d-8x8-vs-conv3x3, throughput, cuda, float32 NCHW 10x8x8x1024$/m);
    expect(stdout).not.toContain('Only B has');
  });

  it('says which figures are spoiled', () => {
    const { stdout } = compare(A, B);
    expect(stdout.match(/^spoiled, see below$/gm)).toHaveLength(1);
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      'SPOILED in B: 1d-1024-vs-conv1x1, throughput, cuda, float32 NHWC 10x32x32x1024: throttled.',
    );
  });

  it('says that the baselines differ where they do', () => {
    const other = row(0.26, 50, { baseline: side(50, { layer: 'Conv2d 3x3', implementation: 'cuDNN 8.2.1 GEMM NHWC' }) });
    const { status, stdout } = compare(run(), newer({ comparisons: [other] }));
    expect(status).toBe(0);
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      'was Conv2d 3x3 (cuDNN 8.2.1 WINOGRAD NCHW) in A, Conv2d 3x3 (cuDNN 8.2.1 GEMM NHWC) in B',
    );
    expect(stdout.match(/other baseline$/gm)).toHaveLength(2);
  });

  it('fits 100 columns and has no figure that is not there', () => {
    const unlike = newer({ comparisons: B.comparisons, memory: B.memory }, { cpu: `AMD ${'EPYC '.repeat(20)}`.trim() });
    for (const { stdout } of [compare(A, B), compare(A, unlike, '--unlike'), compare(run({ comparisons: [] }), run({ comparisons: [] }))]) {
      for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
      expect(stdout).not.toMatch(/NaN|undefined|Infinity|…/);
    }
  });

  it('refuses unlike runs, and names each difference', () => {
    const { status, stdout, stderr } = compare(run(), newer({ quick: true }, { threads: 2, loadAverage: 3 }));
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toBe(
      'Expected runs under the same conditions, got these differences:\n- threads: A 4, B 2\n- quick: A no, B yes\nCompare them nevertheless with --unlike.\n',
    );
  });

  it('compares unlike runs with --unlike, the differences first', () => {
    const { status, stdout } = compare(run(), newer({}, { gpu: 'Orin' }), '--unlike');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^UNLIKE RUNS: .*\n- GPU: A NVIDIA Tegra X1, B Orin\n\n- A: a\.json/);
    expect(stdout).toContain('same within noise');
  });

  it('marks boards that were recorded and GPUs that were emulated', () => {
    const { stdout } = compare(run({}, { recorded: '/nano', emulated: true }), newer({}, { recorded: '/nano', emulated: true }));
    const text = stdout.replace(/\s+/g, ' ');
    expect(text).toContain('RECORDED NVIDIA Jetson Nano Developer Kit (every time is of this CPU), ARM Cortex-A57');
    expect(text).toContain('EMULATED NVIDIA Tegra X1 (no time of cuda says anything)');
  });

  it('writes the comparison', () => {
    expect(compare(A, B, '--json', 'c.json').status).toBe(0);
    const written = JSON.parse(readFileSync(join(folder, 'c.json'), 'utf8'));
    expect(written).toMatchObject({
      ...{ schema: 1, harness: 'jetson-comparison', unlike: [], noted: [{ what: 'wht-layers' }] },
      a: { file: 'a.json', version: '0.1.0' },
      rows: expect.arrayContaining([
        expect.objectContaining({ subject: expect.objectContaining({ a: 0.26, b: 0.13, verdict: 'faster' }) }),
      ]),
    });
    expect(command('c.json', 'a.json')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('a comparison that npm run bench:compare wrote'),
    });
  });

  it('writes nothing of runs that it refuses', () => {
    expect(compare(run(), run({ quick: true }), '--json', 'c.json').status).toBe(2);
    expect(existsSync(join(folder, 'c.json'))).toBe(false);
  });

  it.each<[string[], string]>([
    [['a.json'], 'Expected the files of two runs, A.json B.json, got a.json\n'],
    [[], 'Expected the files of two runs, A.json B.json, got none\n'],
    [['none.json', 'b.json'], 'Expected none.json to be a file that can be read, got no such file\n'],
    [
      ['a.json', 'b.json', '--json', 'no/such/c.json'],
      "Expected --json to name a file that can be written, got no/such/c.json (ENOENT: no such file or directory, open 'no/such/c.json')\n",
    ],
    [['a.json', 'b.json', '--fast'], "Expected options among --unlike, --json, --help: Unknown option '--fast'\n"],
  ])('ends with exit code 2 and one line: %j', (args, message) => {
    compare(run(), run());
    expect(command(...args)).toEqual({ status: 2, stdout: '', stderr: message });
  });

  it('has a usage text', () => {
    expect(command('--help')).toEqual({ status: 0, stdout: USAGE, stderr: '' });
    for (const line of USAGE.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });
});

describe('parseCompareArguments', () => {
  it('reads files and options in any order', () => {
    expect(parseCompareArguments(['--unlike', 'a.json', '--json=c.json', 'b.json'])).toEqual({
      ...{ help: false, unlike: true, json: 'c.json', files: ['a.json', 'b.json'] },
    });
  });

  it.each([
    [['a', 'b', 'c'], 'Expected the files of two runs, A.json B.json, got a b c'],
    [['a', 'b', '--json', ''], 'Expected --json to name a file, got ""'],
    [['a', 'b', '--json', './b'], 'Expected --json to name another file than those compared, got ./b'],
    [['a', 'b', '--json'], /'--json <value>' argument missing/],
  ])('refuses %j', (args, message) => {
    expect(() => parseCompareArguments(args)).toThrow(message);
  });
});
