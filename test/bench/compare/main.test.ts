/** The command, on files. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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
    expect(stdout).toMatch(/^throughput, cuda +baseline ms +60\.0 \[58\.8–61\.2\] +60\.0 \[58\.8–61\.2\] +1\.00 +same$/m);
    expect(stdout).toMatch(/^float32 NHWC +speed-up x +231 \[224–238\] +462 \[448–475\] +2\.00 +higher$/m);
    expect(stdout).toMatch(/^10x8x8x1024 +WHT mJ +1\.25 +0\.750 +0\.600 +less$/m);
    expect(stdout).toMatch(/^BlockWht2d 8x8, wht-layers cuda +\(b\) peak +123\.0 +99\.0 +0\.805 +less$/m);
  });

  it('begins with what differs, and leaves out the rest', () => {
    const { stdout } = compare(A, B);
    const [first, second] = stdout.split(/^- (?=Times)/m);
    expect(first?.match(/^- [AB]: /gm)).toEqual(['- A: ', '- B: ']);
    expect(
      second
        ?.split('\n\n')[0]
        ?.replace(/\n {2}/g, ' ')
        .split('\n- '),
    ).toEqual([
      'Times and speed-ups, 9 figures: 7 the same, 2 differ.',
      'The WHT layer in B: faster in 1, slower in 0 of 3 rows.',
      'Energy, 1 figure: 0 the same, 1 differs.',
      'Memory, 2 figures: 1 the same, 1 differs.',
      '1 row failed.',
      '1 row is spoiled: see SPOILED below.',
      'Only what differs, failed or is spoiled is shown in full; --all shows every row.',
      'Also different: wht-layers: A 0.1.0, B 0.2.0.',
    ]);
    // One row differs, one is spoiled, one failed.
    expect(stdout.match(/^2d-8x8-vs-squeeze-excite|host-visible, cpu/gm)).toBeNull();
    expect(stdout.match(/WHT ms/g)).toHaveLength(2);
    expect(stdout).toMatch(/^2d-8x8-vs-conv3x3 +A was measured$/m);
    expect(stdout).not.toMatch(/^Conv2d 3x3, wht-layers cuda +\(b\) peak/m);
  });

  it('shows every row with --all', () => {
    const { stdout } = compare(A, B, '--all');
    expect(stdout.match(/WHT ms/g)).toHaveLength(3);
    expect(stdout).toMatch(/^host-visible, cpu +baseline ms +99999 \[97999–101999\] +99999 \[97999–101999\] +1\.00 +same$/m);
    expect(stdout).toMatch(/^Conv2d 3x3, wht-layers cuda +\(b\) peak +456\.0 +456\.0 +1\.00 +same$/m);
    expect(stdout).not.toContain('--all');
  });

  it('shows no table where nothing differs', () => {
    const { stdout } = compare(run(), newer());
    expect(stdout).toContain('- Times and speed-ups, 3 figures: 3 the same, 0 differ.\n');
    expect(stdout).not.toContain('─');
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      '20 % (paper, throughput), 25 % (host-visible), a factor of 2.5 (copies), whose new arrays land on fresh pages or not. ' +
        'Intervals hold what varies within one run, not between runs: believe a difference only when it repeats.',
    );
  });

  it.each(['a.json', './a.json', 'link.json', 'copy.json'])('says so where both files are one run: a.json %s', (name) => {
    compare(A, B);
    symlinkSync('a.json', join(folder, 'link.json'));
    // Formatted in another way.
    writeFileSync(join(folder, 'copy.json'), JSON.stringify(A, undefined, 4));
    const { status, stdout } = command('a.json', name, '--all', '--json', 'c.json');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^- A and B are the same run: there is nothing to compare\.\n$/m);
    expect(stdout).not.toContain('WHT ms');
    expect(JSON.parse(readFileSync(join(folder, 'c.json'), 'utf8'))).toMatchObject({ sameRun: true, rows: { length: 5 } });
  });

  it.each<[load: [number, number], warned: boolean]>([
    [[0.1, 0.3], false],
    [[0.7, 0.7], false],
    [[0.1, 0.45], true],
    [[0.71, 0.71], true],
    [[1.59, 0.55], true],
  ])('warns of load before: %j, %s', ([a, b], warned) => {
    const { stdout } = compare(run({}, { loadAverage: a }), newer({}, { loadAverage: b }));
    const [top = ''] = stdout.split('\n\n');
    const text = top.replace(/\s+/g, ' ');
    const warning = `LOAD before the run: A ${a.toFixed(2)}, B ${b.toFixed(2)}. This alone may explain differences`;
    expect(text.includes(warning)).toBe(warned);
    expect(text.includes('load before: A')).toBe(!warned && a !== b);
  });

  it.each([
    ['A', true, false],
    ['B', false, true],
    ['A and B', true, true],
  ] as const)('says at the top that %s ended early', (names, a, b) => {
    const ended = { interrupted: true } as const;
    const { stdout } = compare(run(a ? ended : {}), newer(b ? ended : {}));
    const [top] = stdout.split('\n\n');
    expect(top).toContain(`- INTERRUPTED: ${names} ended early: rows are missing.\n`);
    expect(top).not.toContain('interrupted: A');
  });

  it('says what to do about figures without intervals', () => {
    const { medianInterval, ...subject } = side(0.26);
    expect(medianInterval).toBeDefined();
    const bare = { comparisons: [row(0.26, 60, { subject })] };
    const text = (b: JetsonRun, ...args: string[]) => compare(run(), b, ...args).stdout.replace(/\s+/g, ' ');
    expect(text(newer(bare))).toContain('Times and speed-ups, 3 figures: 2 the same, 0 differ, 1 not comparable.');
    expect(text(newer(bare))).toContain('too few for an interval; runs without --quick have enough.');
    expect(text(newer(bare, { emulated: true }), '--unlike')).toContain('have enough, those of an emulated GPU never.');
  });

  it('counts many rows that only one run has, and names each with --all', () => {
    const more = (['throughput', 'copies'] as const).flatMap((protocol) =>
      (['float32', 'float16'] as const).flatMap((dtype) => [
        row(1, 2, { protocol, dtype, layout: 'NCHW' }),
        row(1, 2, { protocol, dtype, id: '2d-16x16-vs-conv3x3' }),
      ]),
    );
    const b = newer({ comparisons: [row(0.26, 60), ...more, { ...failed, protocol: 'copies', error: 'no memory' }], memory: A.memory });
    const { stdout } = compare(run(), b);
    const shown = stdout.slice(stdout.indexOf('Only B'));
    expect(shown.split('\n\n')[0]?.split('\n')).toEqual([
      'Only B has (--all names each):',
      '- throughput, cuda: 2 float32, 2 float16',
      '- copies, cuda: 2 float32, 2 float16, 1 float16 (failed: no memory)',
      '- memory of 2 layers',
    ]);
    const all = compare(run(), b, '--all').stdout;
    expect(all.slice(all.indexOf('Only B has:')).split('\n\n')[0]?.match(/^- /gm)).toHaveLength(11);
    expect(all).toContain('- memory of BlockWht2d 8x8: 2d-8x8-vs-conv3x3, copies, cuda, 10x8x8x1024\n');
  });

  it('cuts no figure, however long', () => {
    const huge = row(1_234_567, 987_654_321, { speedRatio: 12_345_678, speedRatioInterval: [12_345_670, 12_345_690] });
    const fall = (availableFallBytes: number) => [memory({ availableFallBytes, pssBytes: 1, nvMapBytes: -1 }, { peakBytes: 1e15 })];
    const { stdout } = compare(
      run({ comparisons: [row(0.001, 60)], memory: fall(-12.34e6) }),
      newer({ comparisons: [huge], memory: fall(40e6) }),
      '--all',
    );
    expect(stdout).not.toMatch(/…|-0\.0/);
    for (const text of ['1234567 [1209876–1259258]', '1234567000', '12345678 [12345670–12345690]', '1000000000.0'])
      expect(stdout).toContain(text);
    expect(stdout).toMatch(/\(c\) system +-12\.3 +40\.0 +– +same$/m);
  });

  it('shows rows that failed with the reason, and lists those that only one run has', () => {
    const { stdout } = compare(A, B);
    expect(stdout).toMatch(/^2d-8x8-vs-conv3x3 +A was measured$/m);
    expect(stdout).toMatch(/^throughput, cuda +B failed: no kernel image, a long reason/m);
    expect(stdout).toMatch(/^Only A has:\n- 2d-8x8-vs-conv3x3, throughput, cuda, float32 NCHW 10x8x8x1024$/m);
    expect(stdout).not.toContain('Only B has');
  });

  it('shows memory that could not be measured with the reason', () => {
    const [measured] = A.memory;
    if (measured === undefined) throw new Error('Expected memory');
    const broken = { ...measured, subject: { layer: 'BlockWht2d 8x8', implementation: 'wht-layers cuda', error: 'swap grew' } };
    const { stdout } = compare(run({ memory: [measured] }), newer({ memory: [broken] }));
    expect(stdout).toContain('- The memory of 1 layer could not be measured.\n');
    expect(stdout).toMatch(/^BlockWht2d 8x8, wht-layers cuda +A was measured\n.* +B failed: swap grew$/m);
    expect(stdout).not.toContain('(b) peak');
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
    expect(stdout.replace(/\s+/g, ' ')).toContain('A Conv2d 3x3 (cuDNN 8.2.1 WINOGRAD NCHW), B Conv2d 3x3 (cuDNN 8.2.1 GEMM NHWC)');
    expect(stdout).toContain('- Times and speed-ups, 3 figures: 1 the same, 0 differ, 2 not comparable.\n');
    expect(compare(run(), newer({ comparisons: [other] }), '--all').stdout.match(/other baseline$/gm)).toHaveLength(2);
  });

  it('says it once of many rows', () => {
    const types = [{}, { layout: 'NCHW' }, { dtype: 'float16' }] as const;
    const baseline = side(60, { layer: 'Conv2d 3x3', implementation: 'cuDNN 8.2.1 GEMM NHWC' });
    const { stdout } = compare(
      run({ comparisons: types.map((each) => row(0.26, 60, each)) }),
      newer({ comparisons: types.map((each) => row(0.26, 60, { ...each, baseline })) }),
    );
    expect(stdout.match(/other baseline/g)).toHaveLength(1);
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      'can be compared. 2d-8x8-vs-conv3x3, throughput, cuda, float32 NHWC, float32 NCHW, float16 NHWC: A Conv2d 3x3 (cuDNN 8.2.1 WINOGRAD NCHW), B Conv2d 3x3 (cuDNN 8.2.1 GEMM NHWC).',
    );
  });

  it('fits 100 columns and has no figure that is not there', () => {
    const unlike = newer({ comparisons: B.comparisons, memory: B.memory }, { cpu: `AMD ${'EPYC '.repeat(20)}`.trim() });
    for (const { stdout } of [
      compare(A, B),
      compare(A, B, '--all'),
      compare(A, unlike, '--unlike', '--all'),
      compare(run({ comparisons: [] }), newer({ comparisons: [], interrupted: true }, { loadAverage: 9 })),
      compare(run(), newer({ comparisons: [{ ...failed, dtype: 'float32', error: `/${'path/'.repeat(50)}` }] })),
    ]) {
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
    expect(stdout).toContain('3 figures: 3 the same, 0 differ.');
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
    [['a.json'], 'Expected the files of two runs, A.json B.json, got a.json; npm run bench:jetson -- --json A.json makes one\n'],
    [[], 'Expected the files of two runs, A.json B.json, got none; npm run bench:jetson -- --json A.json makes one\n'],
    [['none.json', 'b.json'], 'Expected none.json to be a file that can be read, got no such file\n'],
    [
      ['a.json', 'b.json', '--json', 'no/such/c.json'],
      "Expected --json to name a file that can be written, got no/such/c.json (ENOENT: no such file or directory, open 'no/such/c.json')\n",
    ],
    [['a.json', 'b.json', '--fast'], "Expected options among --all, --unlike, --json, --help: Unknown option '--fast'\n"],
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
      ...{ help: false, all: false, unlike: true, json: 'c.json', files: ['a.json', 'b.json'] },
    });
  });

  it('reads --all', () => {
    expect(parseCompareArguments(['a', '--all', 'b'])).toEqual({ help: false, all: true, unlike: false, files: ['a', 'b'] });
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
