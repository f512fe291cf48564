import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

interface Usage {
  registers: number;
  stack: number;
  spillStores: number;
  spillLoads: number;
  shared: number;
}
interface Code {
  threads?: number;
  instructions: number;
  loadStore: number;
  local: number;
  storedBytes: number;
  loops: boolean;
}
interface Row {
  kernel: string;
  threads?: number;
  occupancy?: number;
  elements?: number;
  instructions?: number;
  slots?: number;
  budget?: string;
  verdict?: string;
}
interface Kernel {
  name: string;
  family?: string;
}
interface Found {
  architecture: number;
  source: string;
  demangled: string;
  usage: Usage;
  code?: Code;
}
interface Toolkit {
  nvcc: string;
  release: string;
  nvdisasm?: string;
  known?: number[];
  knows(architecture: number): boolean;
}
type Environment = Record<string, string | undefined>;

const scripts = join(__dirname, '..', 'scripts');
const load = createRequire(__filename);
const { parseDisassembly, parseUsage } = load('../scripts/kernels-report/disassembly.js') as {
  parseDisassembly(text: string): Map<string, Code>;
  parseUsage(text: string): Map<string, Usage>;
};
const { occupancy } = load('../scripts/kernels-report/occupancy.js') as {
  occupancy(
    architecture: number,
    kernel: { threads: number; registers: number; shared: number },
  ): { blocks: number; fraction: number; limit: string } | undefined;
};
const { budgetOf, identify, parseShapes } = load('../scripts/kernels-report/kernels.js') as {
  budgetOf(kernel: Kernel): string | undefined;
  identify(demangled: string): Kernel;
  parseShapes(text: string): Map<string, { elements: number; threads: number }>;
};
const { assess } = load('../scripts/kernels-report/assess.js') as {
  assess(found: Found & { shapes: ReturnType<typeof parseShapes> }): { row: Row; problems: string[] };
};
const { formatArchitecture } = load('../scripts/kernels-report/table.js') as {
  formatArchitecture(part: { architecture: number; release: string; nvcc: string; disassembled: boolean; kernels: Row[] }): string;
};
const { findToolkits, placesOfNvcc } = load('../scripts/kernels-report/toolkits.js') as {
  findToolkits(places: string[], environment: Environment): Toolkit[];
  placesOfNvcc(environment: Environment): string[];
};
const { chooseToolkits, parseArguments } = load('../scripts/kernels-report.js') as {
  chooseToolkits(toolkits: Toolkit[], options: { architectures?: number[]; check: boolean }): Map<number, Toolkit>;
  parseArguments(args: string[]): { help: boolean; check: boolean; architectures?: number[]; json?: string };
};

const recorded = (name: string) => readFileSync(join(__dirname, 'kernels-report', name), 'utf8');
const DENSE = '_ZN3wht4cuda16contiguous_denseIfLi4ELNS0_4ModeE1EEEvjNS0_12NonlinearityEPKT_PS4_';
const DENSE_READABLE =
  'void wht::cuda::contiguous_dense<float, 4, (wht::cuda::Mode)1>(unsigned int, wht::cuda::Nonlinearity, float const*, float*)';
const SPILLING = '_Z8spillingILi32EEviPKfPf';
const SHAPES = parseShapes('contiguous_dense 4 4 128\nstrided_registers 16 16 128\ncontiguous_exchange 1024 32 128\n');

function only<T>(map: Map<string, T>, name: string): T {
  expect([...map.keys()]).toEqual([name]);
  const value = map.get(name);
  if (value === undefined) throw new Error(`${name} is missing`);
  return value;
}

/** A function of these instructions, as nvdisasm writes it. */
function count(...lines: string[]): Code {
  const body = lines.map((line, i) => (line.endsWith(':') ? line : `        /*${(8 * i).toString(16).padStart(4, '0')}*/   ${line} ;`));
  return only(parseDisassembly(`//--------------------- .text.f --------------------------\n.text.f:\n${body.join('\n')}\n`), 'f');
}

describe('what ptxas says', () => {
  test('is registers and shared memory', () => {
    const usage = only(parseUsage(recorded('contiguous_dense.ptxas.txt')), DENSE);
    expect(usage).toEqual({ registers: 20, stack: 0, spillStores: 0, spillLoads: 0, shared: 0 });
    const newer = recorded('contiguous_dense.ptxas.txt').replace('registers,', 'registers, used 1 barriers, 8704 bytes smem,');
    expect(only(parseUsage(newer), DENSE).shared).toBe(8704);
  });

  test('is spills, those of functions that the kernel calls as well', () => {
    const text = recorded('spilling.ptxas.txt');
    expect(only(parseUsage(text), SPILLING)).toEqual({ registers: 32, stack: 32, spillStores: 64, spillLoads: 72, shared: 0 });
    const called =
      'ptxas info    : Function properties for called\n    8 bytes stack frame, 4 bytes spill stores, 12 bytes spill loads\nptxas info    : Used';
    expect(only(parseUsage(text.replace('ptxas info    : Used', called)), SPILLING)).toMatchObject({
      stack: 40,
      spillStores: 68,
      spillLoads: 84,
    });
  });
});

describe('what nvdisasm says', () => {
  test('is instructions without padding, accesses of memory, and threads', () => {
    const code = only(parseDisassembly(recorded('contiguous_dense.nvdisasm.txt')), DENSE);
    // Three loads and a store of 16 bytes; 62 instructions with the second of each pair, without NOP and the last BRA.
    expect(code).toEqual({ threads: 128, instructions: 62, loadStore: 4, local: 0, storedBytes: 16, loops: false });
  });

  test('is local memory and loops', () => {
    const code = only(parseDisassembly(recorded('spilling.nvdisasm.txt')), SPILLING);
    expect(code).toMatchObject({ threads: 1024, local: 25, storedBytes: 128, loops: true });
  });

  test('is both ways of a branch, and none of what cannot be reached', () => {
    expect(
      count('@P0 BRA `(.L_1)', 'FADD R0, R0, R1', 'EXIT', '.L_1:', 'STG.E.U16 [R2], R0', 'EXIT', 'BRA `(.L_2)', 'FADD R0, R0, R1'),
    ).toEqual({
      instructions: 5,
      loadStore: 1,
      local: 0,
      storedBytes: 2,
      loops: false,
    });
    expect(count('BRA P2, `(.L_1)', 'FADD R0, R0, R1', '.L_1:', 'EXIT').instructions).toBe(3);
    expect(count('@!PT BRA `(.L_1)', 'EXIT', '.L_1:', 'FADD R0, R0, R1').instructions).toBe(2);
  });

  test('is what SSY and BSSY come back to', () => {
    expect(count('SSY `(.L_1)', '@P0 SYNC', 'IADD R0, R0, R1', 'SYNC', '.L_1:', 'EXIT')).toMatchObject({ instructions: 5, loops: false });
  });

  test('is not the slow path of a shuffle, which comes back from behind', () => {
    const lines = [
      'BRA.DIV UR4, `(.L_1)',
      'SHFL.BFLY PT, R0, R1, 0x1, 0x1f',
      '.L_2:',
      'EXIT',
      '.L_1:',
      'SHFL.BFLY PT, R0, R1, 0x1, 0x1f',
      'BRA `(.L_2)',
    ];
    expect(count(...lines)).toMatchObject({ instructions: 3, loadStore: 1, loops: false });
  });

  test('cannot be counted where a branch goes to a register', () => {
    expect(count('BRX R2 -0x10', 'FADD R0, R0, R1', 'EXIT').loops).toBe(true);
  });
});

// Computed by NVIDIA's cuda_occupancy.h, with the caching of global loads that -dlcm=ca asks for.
test.each([
  [53, 128, 20, 0, 16],
  [53, 128, 97, 16896, 3],
  [53, 128, 130, 0, 2], // 3 if a block could have the registers of both halves of a multiprocessor
  [53, 256, 136, 0, 0], // more than the 32768 registers that a block may have
  [53, 96, 16, 0, 20],
  [53, 128, 32, 32768, 2],
  [62, 128, 130, 0, 2],
  [72, 128, 130, 0, 3],
  [87, 128, 64, 16896, 8],
  [87, 64, 20, 0, 16],
  [90, 128, 64, 32768, 6],
  [90, 128, 64, 49153, 0],
])('on sm_%i, blocks of %i threads with %i registers and %i bytes: %i at a time', (architecture, threads, registers, shared, blocks) => {
  expect(occupancy(architecture, { threads, registers, shared })?.blocks).toBe(blocks);
});

test('occupancy says what limits it, and nothing of an unknown architecture', () => {
  expect(occupancy(53, { threads: 128, registers: 97, shared: 16896 })).toEqual({ blocks: 3, fraction: 0.1875, limit: 'shared' });
  expect(occupancy(53, { threads: 128, registers: 20, shared: 0 })).toEqual({ blocks: 16, fraction: 1, limit: 'threads' });
  expect(occupancy(999, { threads: 128, registers: 20, shared: 0 })).toBeUndefined();
});

describe('a kernel', () => {
  test.each([
    [DENSE_READABLE, 'contiguous_dense<float, 4, soft>', 'whole'],
    [
      'void wht::cuda::contiguous_exchange<__half, 1024, true, (wht::cuda::Mode)0>(…)',
      'contiguous_exchange<half, 1024, dense, smooth>',
      'half',
    ],
    [
      'void wht::cuda::contiguous_exchange<float, 1024, false, (wht::cuda::Mode)0>(…)',
      'contiguous_exchange<float, 1024, gaps, smooth>',
      'edges',
    ],
    ['void wht::cuda::contiguous_exchange<float, 2048, true, (Mode)2>(…)', 'contiguous_exchange<float, 2048, dense, spectrum>', undefined],
    [
      'void strided_registers<float, 16, 4, 2, (bool)0, (Mode)2>(…)',
      'strided_registers<float, 16, inner 4, 2 lanes, unpaired, spectrum>',
      'edges',
    ],
    ['void strided_registers<float, 64, 1, 1, true, (Mode)0>(…)', 'strided_registers<float, 64, inner 1, 1 lane, smooth>', 'whole'],
    ['void wht::cuda::contiguous_shuffle<float, 64, (wht::cuda::Mode)0>(…)', 'contiguous_shuffle<float, 64, smooth>', 'whole'],
    [
      'void wht::cuda::(anonymous namespace)::binary<__half, wht::cuda::Sum<float, 2> >(int)',
      'binary<half, wht::cuda::Sum<float, 2>>',
      undefined,
    ],
    ['wht::cuda::to_half(unsigned int, float const*, __half*)', 'to_half', undefined],
  ])('%s is %s', (demangled, name, budget) => {
    const kernel = identify(demangled);
    expect(kernel.name.replace(/ >/g, '>')).toBe(name);
    expect(budgetOf(kernel)).toBe(budget);
  });

  const usage: Usage = { registers: 20, stack: 0, spillStores: 0, spillLoads: 0, shared: 0 };
  const code: Code = { threads: 128, instructions: 62, loadStore: 4, local: 0, storedBytes: 16, loops: false };
  const dense: Found = { architecture: 53, source: 'contiguous_float.cu', demangled: DENSE_READABLE, usage, code };
  const problemsOf = (found: Found) => assess({ ...found, shapes: SHAPES }).problems;

  test('within its budget is no problem', () => {
    const { row, problems } = assess({ ...dense, shapes: SHAPES });
    expect(row).toMatchObject({ threads: 128, occupancy: 1, elements: 4, instructions: 15.5, slots: 1, budget: 'whole', verdict: 'ok' });
    expect(problems).toEqual([]);
  });

  test('that breaks its budget is one, on the Nano', () => {
    const over = { ...dense, code: { ...code, instructions: 185 } };
    expect(problemsOf(over)).toEqual([
      'sm_53 contiguous_dense<float, 4, soft>: breaks its budget: 46.3 of 46 instructions, 1.00 of 11.6 slots an element (whole)',
    ]);
    expect(problemsOf({ ...dense, code: { ...code, loadStore: 47 } })).toHaveLength(1);
    expect(problemsOf({ ...dense, code: { ...code, instructions: 184, loadStore: 46 } })).toEqual([]);
    expect(problemsOf({ ...over, architecture: 87 })).toEqual([]);
  });

  test('with edges is marked where it is over the budget of whole blocks, and a problem only over its own', () => {
    const gaps = { ...dense, demangled: 'void contiguous_exchange<float, 1024, false, (Mode)0>(…)' };
    const of = (instructions: number) => assess({ ...gaps, code: { ...code, instructions, storedBytes: 128 }, shapes: SHAPES });
    expect(of(1472)).toMatchObject({ row: { budget: 'edges', verdict: 'ok' }, problems: [] });
    expect(of(1500)).toMatchObject({ row: { budget: 'edges', verdict: 'over 46' }, problems: [] });
    expect(of(1800)).toMatchObject({ row: { budget: 'edges', verdict: 'over' }, problems: [/breaks its budget: 56.3 of 56/] });
  });

  test('of float16 is shown to be over, and is no problem', () => {
    const half = { ...dense, demangled: DENSE_READABLE.replace('float', '__half'), code: { ...code, storedBytes: 8, instructions: 100 } };
    expect(assess({ ...half, shapes: SHAPES })).toMatchObject({ row: { instructions: 25, budget: 'half', verdict: 'over' }, problems: [] });
  });

  test('that spills is a problem on every architecture', () => {
    for (const architecture of [53, 87]) {
      const name = `sm_${architecture} contiguous_dense<float, 4, soft>`;
      expect(problemsOf({ ...dense, architecture, usage: { ...usage, spillStores: 4 } })).toEqual([
        `${name}: spills: 4 bytes stored, 0 loaded, 0 accesses of local memory`,
      ]);
      expect(problemsOf({ ...dense, architecture, code: { ...code, local: 2 } })).toEqual([
        `${name}: spills: 0 bytes stored, 0 loaded, 2 accesses of local memory`,
      ]);
    }
  });

  test('that was not disassembled is a problem on the Nano alone', () => {
    const { code: _, ...unknown } = dense;
    expect(problemsOf(unknown)).toEqual([expect.stringContaining("can't be counted")]);
    expect(problemsOf({ ...unknown, architecture: 87 })).toEqual([]);
  });

  test('that does not fit what the headers say is a problem', () => {
    expect(problemsOf({ ...dense, code: { ...code, threads: 64 } })).toEqual([
      expect.stringContaining('compiled for 64 threads, and its headers say 128'),
    ]);
    expect(problemsOf({ ...dense, code: { ...code, storedBytes: 8 } })).toEqual([expect.stringContaining('stores 2 elements')]);
    expect(problemsOf({ ...dense, code: { ...code, storedBytes: 24 } })).toEqual([expect.stringContaining('stores 6 elements')]);
    // One way for whole vectors, one for single elements.
    expect(problemsOf({ ...dense, code: { ...code, storedBytes: 32 } })).toEqual([]);
    expect(problemsOf({ ...dense, code: { ...code, loops: true } })).toEqual([expect.stringContaining('has a loop')]);
    expect(problemsOf({ ...dense, demangled: 'void contiguous_new<float, 4>(…)' })).toEqual([expect.stringContaining('has no shape')]);
    expect(problemsOf({ ...dense, source: 'general.cu', demangled: 'gather(…)' })).toEqual([]);
  });

  test('that cannot be launched is a problem', () => {
    expect(problemsOf({ ...dense, usage: { ...usage, shared: 50000 } })).toEqual([expect.stringContaining("can't be launched")]);
  });

  test('is a line of the table', () => {
    const kernels = [assess({ ...dense, shapes: SHAPES }).row];
    const table = formatArchitecture({ architecture: 53, release: '11.8', nvcc: '/cuda/bin/nvcc', disassembled: true, kernels });
    expect(table).toMatch(/^contiguous_dense<float, 4, soft> +128 +20 +0 +0 +100 % threads +15\.5 +1\.00 +whole 46 \/ 11\.6 +ok$/m);
    expect(table).toContain(
      '1 kernels, 0 spill, 1 within their budgets, 0 within "edges" but over 46, 0 over, 0 over a budget that is not enforced.',
    );
  });
});

describe('the command line', () => {
  test('is all architectures by default', () => {
    expect(parseArguments([])).toEqual({ help: false, check: false });
  });

  test('takes every option', () => {
    const args = ['--arch', '53,sm_87,53', '--check', '--json=report.json'];
    expect(parseArguments(args)).toEqual({ help: false, check: true, architectures: [53, 87], json: 'report.json' });
  });

  test.each([
    [['--arch', 'nano'], 'Expected --arch to list architectures, like 53,87, got "nano"'],
    [['--arch', '53,'], 'Expected --arch to list architectures, like 53,87, got "53,"'],
    [['--arch', ''], 'Expected --arch to list architectures, like 53,87, got ""'],
    [['--json', ''], 'Expected --json to name a file, got ""'],
    [['--chek'], "Expected options among --arch, --check, --json, --help: Unknown option '--chek'"],
    [['53'], "Expected options among --arch, --check, --json, --help: Unexpected argument '53'"],
    [['--json'], /Expected options among .*'--json <value>' argument missing/],
  ])('refuses %j and says why', (args, message) => {
    expect(() => parseArguments(args)).toThrow(message);
  });

  test('is refused with exit code 2 and one line', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(scripts, 'kernels-report.js'), '--fast'], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toBe("Expected options among --arch, --check, --json, --help: Unknown option '--fast'\n");
  });
});

describe('a compiler', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wht-fake-cuda-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A toolkit whose nvcc runs these lines of shell. */
  function fakeToolkit(name: string, release: string, lines: string[], disassemblerRelease = release): string {
    const bin = join(folder, name, 'bin');
    mkdirSync(bin, { recursive: true });
    const tool = (tool: string, toolRelease: string, body: string[]) =>
      writeFileSync(
        join(bin, tool),
        ['#!/bin/sh', `if [ "$1" = --version ]; then echo "release ${toolRelease}, V"; exit; fi`, ...body, ''].join('\n'),
        {
          mode: 0o755,
        },
      );
    tool('nvcc', release, lines);
    tool('ptxas', release, []);
    tool('nvdisasm', disassemblerRelease, ['cat "$RECORDED.nvdisasm.txt"']);
    return join(bin, 'nvcc');
  }
  const lists = (...architectures: number[]) => ['[ "$1" = --list-gpu-code ] || exit 1', ...architectures.map((name) => `echo sm_${name}`)];
  const environment = { PATH: '/usr/bin:/bin' };

  test('says which architectures it knows', () => {
    const [toolkit] = findToolkits([fakeToolkit('a', '11.8', lists(53, 87))], environment);
    expect(toolkit).toMatchObject({ release: '11.8', known: [53, 87] });
    expect(toolkit?.nvdisasm).toBe(join(folder, 'a', 'bin', 'nvdisasm'));
    expect([53, 90].map((name) => toolkit?.knows(name))).toEqual([true, false]);
  });

  test('of CUDA 10.2, which cannot be asked, is tried', () => {
    const nvcc = fakeToolkit('old', '10.2', ['case "$*" in *--list*) exit 1;; *sm_53*) exit 0;; *) exit 1;; esac']);
    const [toolkit] = findToolkits([nvcc], environment);
    expect(toolkit?.known).toBeUndefined();
    expect([53, 87].map((name) => toolkit?.knows(name))).toEqual([true, false]);
  });

  test('is not paired with the nvdisasm of another release', () => {
    const [toolkit] = findToolkits([fakeToolkit('new', '99.0', lists(90), '11.8')], environment);
    expect(toolkit?.nvdisasm).toBeUndefined();
  });

  test('is the first that knows the architecture, of each release once', () => {
    const places = [
      fakeToolkit('new', '13.0', lists(87, 90)),
      fakeToolkit('old', '11.8', lists(53, 87)),
      fakeToolkit('again', '13.0', lists(87)),
    ];
    const toolkits = findToolkits([...places, join(folder, 'missing', 'nvcc')], environment);
    expect(toolkits.map(({ release }) => release)).toEqual(['13.0', '11.8']);
    const chosen = chooseToolkits(toolkits, { architectures: [53, 87], check: true });
    expect([...chosen].map(([architecture, { release }]) => [architecture, release])).toEqual([
      [53, '11.8'],
      [87, '13.0'],
    ]);
  });

  test('is looked for where the environment says, first of all', () => {
    const nvcc = fakeToolkit('a', '11.8', []);
    expect(placesOfNvcc({ ...environment, CUDACXX: nvcc })[0]).toBe(nvcc);
    expect(placesOfNvcc({ ...environment, CUDA_HOME: join(folder, 'a') })[0]).toBe(nvcc);
    expect(placesOfNvcc({ PATH: join(folder, 'a', 'bin'), CUDACXX: 'nvcc' })[0]).toBe(nvcc);
    expect(placesOfNvcc({ PATH: join(folder, 'a', 'bin') })).toContain(nvcc);
    expect(() => placesOfNvcc({ ...environment, CUDACXX: '/nowhere/nvcc' })).toThrow(
      'Expected CUDACXX to name a compiler, got "/nowhere/nvcc", which is not there',
    );
  });

  test('is missing: exit code 2; none for the Nano: 1 with --check', () => {
    const thrown = (run: () => unknown) => {
      try {
        run();
      } catch (error) {
        return { message: (error as Error).message, exitCode: (error as { exitCode?: number }).exitCode };
      }
      return undefined;
    };
    expect(thrown(() => chooseToolkits([], { check: true }))).toMatchObject({ exitCode: 2, message: /^No CUDA compiler was found/ });
    const toolkits = findToolkits([fakeToolkit('new', '13.0', lists(87))], environment);
    expect(thrown(() => chooseToolkits(toolkits, { check: true }))).toMatchObject({
      exitCode: 1,
      message: /^No compiler here knows sm_53, sm_62/,
    });
    expect(thrown(() => chooseToolkits(toolkits, { check: false, architectures: [53, 87] }))).toMatchObject({ exitCode: 2 });
    expect([...chooseToolkits(toolkits, { check: true, architectures: [87] }).keys()]).toEqual([87]);
  });

  /** The whole script, with a compiler that makes of every file what was recorded. */
  function report(kernel: string, ...args: string[]) {
    const compile = ['while [ "$1" != -o ]; do shift; done', ': > "$2"', 'cat "$RECORDED.ptxas.txt" >&2'];
    const nvcc = fakeToolkit('a', '11.8', ['if [ "$1" = --list-gpu-code ]; then echo sm_53; exit; fi', ...compile]);
    return spawnSync(process.execPath, [join(scripts, 'kernels-report.js'), '--arch', '53', ...args], {
      encoding: 'utf8',
      env: { ...process.env, CUDACXX: nvcc, RECORDED: join(__dirname, 'kernels-report', kernel) },
    });
  }

  test('of kernels that keep their budgets passes the check, and its report is kept', () => {
    const json = join(folder, 'report.json');
    const { status, stdout, stderr } = report('contiguous_dense', '--check', '--json', json);
    expect({ status, stderr }).toMatchObject({ status: 0, stderr: /\[1\/\d+\] sm_53 \w+\.cu: 1 kernels/ });
    expect(stdout).toMatch(/^contiguous_dense<float, 4, soft> +128 +20 .* ok$/m);
    expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({
      schema: 1,
      problems: [],
      architectures: [
        {
          architecture: 53,
          release: '11.8',
          kernels: expect.arrayContaining([expect.objectContaining({ elements: 4, instructions: 15.5 })]),
        },
      ],
    });
  });

  test('of a kernel that spills fails the check, and only the check', () => {
    const checked = report('spilling', '--check');
    expect(checked.status).toBe(1);
    expect(checked.stdout).toContain('sm_53 spilling<32>: spills: 64 bytes stored, 72 loaded, 25 accesses of local memory');
    expect(report('spilling').status).toBe(0);
  });

  test('that fails is quoted', () => {
    const nvcc = fakeToolkit('a', '11.8', [
      ...lists(53).map((line) => line.replace('|| exit 1', '|| { echo "error: no such thing" >&2; exit 1; }')),
    ]);
    const { status, stderr } = spawnSync(process.execPath, [join(scripts, 'kernels-report.js'), '--arch', '53'], {
      encoding: 'utf8',
      env: { ...process.env, CUDACXX: nvcc },
    });
    expect({ status, stderr }).toMatchObject({ status: 1, stderr: /does not compile for sm_53:\nerror: no such thing/ });
  });

  test('is not started for a report that could not be written', () => {
    const { status, stderr } = report('contiguous_dense', '--json', join(folder, 'missing', 'report.json'));
    expect({ status, stderr }).toMatchObject({ status: 2, stderr: /^Expected --json to name a file that can be written/ });
    expect(existsSync(join(folder, 'missing'))).toBe(false);
  });
});
