/** scripts/gpu-check.js: what it makes of other programs' words, and that what it runs under compute-sanitizer leaves no kernel out. */
import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

interface Outcome {
  name: string;
  result: 'passed' | 'failed' | 'not run';
  detail: string;
  seconds?: number;
}

const require = createRequire(import.meta.url);
const { parseArguments } = require('../scripts/gpu-check/arguments.js') as {
  parseArguments(args: string[]): { help: boolean; steps: string[]; bench: string[]; json?: string; backend?: string };
};
const { assessReport } = require('../scripts/gpu-check/conformance.js') as { assessReport(report: object): Outcome };
const { assessOutput, findChecker, sanitize } = require('../scripts/gpu-check/sanitizer.js') as {
  assessOutput(tool: string, output: string, status: number): Outcome;
  findChecker(environment: NodeJS.ProcessEnv): string | undefined;
  sanitize(root: string, environment: NodeJS.ProcessEnv, folder: string, emulated: boolean, checker?: string): Iterable<() => Outcome>;
};
const { withCudnnOfPython } = require('../scripts/gpu-check/device.js') as {
  withCudnnOfPython(environment: NodeJS.ProcessEnv, python?: string): NodeJS.ProcessEnv | undefined;
};
const { formatChecks, resultsFile } = require('../scripts/gpu-check/results.js') as {
  formatChecks(checks: Outcome[]): string[];
  resultsFile(root: string, run: { json?: string; emulated: boolean; whole: boolean; gpu: string }): string | undefined;
};
const { closure } = require('../scripts/pack-gpu-check.js') as { closure(names: string[], root?: string): string[] };

const EMULATED = { ...process.env, WHT_CUDA_BACKEND: resolve('build/Release/libwht_cuda_emulated.so') };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wht-gpu-check-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function program(name: string, ...lines: string[]): string {
  const path = join(folder, name);
  writeFileSync(path, ['#!/bin/bash', ...lines, ''].join('\n'));
  chmodSync(path, 0o755);
  return path;
}

describe('the command line', () => {
  test('runs every step by default', () => {
    expect(parseArguments([])).toEqual({ help: false, steps: ['build', 'conformance', 'sanitizer', 'bench'], bench: [] });
  });

  test('leaves steps out, and gives the benchmark its options', () => {
    expect(parseArguments(['--skip', 'sanitizer', '--skip=build', '--quick', '--points', '64', '--json', 'a', '--backend', 'b'])).toEqual({
      ...{ help: false, steps: ['conformance', 'bench'], bench: ['--quick', '--points', '64'], json: 'a', backend: 'b' },
    });
    expect(parseArguments(['--only', 'bench']).steps).toEqual(['bench']);
  });

  test.each([
    [['--skip', 'tests'], 'Expected --skip to be one of build, conformance, sanitizer, bench, got "tests"'],
    [['--json', ''], 'Expected --json to name a file, got ""'],
    [['fast'], /^Expected options among --json, .*: Unexpected argument 'fast'/],
  ])('refuses %j and says why', (args, message) => {
    expect(() => parseArguments(args)).toThrow(message);
  });
});

describe("a checker's output", () => {
  const around = (...lines: string[]) => ['========= COMPUTE-SANITIZER', '3508 operations ran on NVIDIA H100', ...lines, ''].join('\n');

  test.each([
    ['memcheck', '========= ERROR SUMMARY: 0 errors', '0 errors'],
    ['racecheck', '========= RACECHECK SUMMARY: 0 hazards displayed (0 errors, 0 warnings)', '0 hazards displayed (0 errors, 0 warnings)'],
  ])('without findings is a pass: %s', (tool, line, detail) => {
    expect(assessOutput(tool, around(line), 0)).toEqual({ name: tool, result: 'passed', detail });
  });

  test.each([
    ['memcheck', '========= ERROR SUMMARY: 3 errors', 86],
    ['memcheck', '========= ERROR SUMMARY: 3 errors', 0],
    ['memcheck', '========= ERROR SUMMARY: 10 errors', 86],
    ['racecheck', '========= RACECHECK SUMMARY: 2 hazards displayed (1 error, 1 warning)', 86],
    ['racecheck', '========= RACECHECK SUMMARY: 1 hazard displayed (0 errors, 1 warning)', 0],
    ['initcheck', '========= Uninitialized __global__ memory read of size 4 bytes', 86],
  ])('with findings is a failure: %s, %s, exit code %i', (tool, line, status) => {
    const { result, detail } = assessOutput(tool, around(line), status);
    expect(result).toBe('failed');
    expect(detail).toContain(line);
  });

  test.each([
    ['no summary', '', 0],
    ['a program that failed', '========= ERROR SUMMARY: 0 errors', 1],
    [
      'a program that never used the GPU',
      '========= Error: Target application terminated before first instrumented API call\n========= ERROR SUMMARY: 0 errors',
      0,
    ],
  ])('that proves nothing is no pass: %s', (_, line, status) => {
    expect(assessOutput('memcheck', around(line), status).result).toBe('failed');
  });

  test.each([
    '========= Error: Device not supported. Please refer to the "Supported Devices" section of the sanitizer documentation',
    '========= Unable to find injection library libsanitizer-collection.so',
  ])('of a checker that does not work here is neither: %s', (line) => {
    const outcome = assessOutput('memcheck', around(line), 13);
    expect(outcome.result).toBe('not run');
    expect(outcome.detail).toContain('it does not work on this machine');
  });
});

describe('a checker', () => {
  test('is found in the toolkit that CUDA_HOME names, before PATH', () => {
    mkdirSync(join(folder, 'bin'));
    const named = program('bin/compute-sanitizer');
    const other = program('compute-sanitizer');
    expect(findChecker({ CUDA_HOME: folder, PATH: folder })).toBe(named);
    expect(findChecker({ PATH: folder })).toBe(other);
  });

  test('gets every kernel to watch, with each of its tools', () => {
    const checker = program(
      'compute-sanitizer',
      'echo "$@" >> "$(dirname "$0")/calls"',
      'tool=$2',
      'shift 4',
      '"$@" || exit',
      'if [ $tool = racecheck ]; then echo "========= RACECHECK SUMMARY: 1 hazard displayed (1 error, 0 warnings)"; exit 86; fi',
      'echo "========= ERROR SUMMARY: 0 errors"',
    );
    mkdirSync(join(folder, 'scripts', 'gpu-check'), { recursive: true });
    writeFileSync(join(folder, 'scripts', 'gpu-check', 'every-kernel.js'), 'console.log("3 operations ran on a GPU")');
    const outcomes = [...sanitize(folder, process.env, folder, false, checker)].map((step) => step());
    expect(outcomes.map(({ name, result }) => [name, result])).toEqual([
      ['every kernel', 'passed'],
      ['memcheck', 'passed'],
      ['racecheck', 'failed'],
      ['initcheck', 'passed'],
    ]);
    expect(outcomes[0]?.detail).toBe('3 operations ran on a GPU');
    const calls = readFileSync(join(folder, 'calls'), 'utf8');
    expect(calls).toMatch(/^--tool memcheck --error-exitcode 86 .*every-kernel\.js$/m);
    expect(readFileSync(join(folder, 'racecheck.log'), 'utf8')).toContain('1 hazard');
  });
});

describe('what the checkers watch', () => {
  const run = promisify(execFile);
  const sources = resolve('native/cuda/kernels');
  const launched = readdirSync(sources)
    .filter((name) => /\.cuh?$/.test(name))
    .flatMap((name) =>
      [...readFileSync(join(sources, name), 'utf8').matchAll(/\blaunch\(\s*"(\w+)"/g)].map(([, kernel]) => kernel as string),
    );
  // Goes between the layouts of tensors and of cuDNN, which is left out, since its own kernels would be watched too.
  const besideCudnn = ['transpose'];

  test.each([...new Set(launched)].filter((kernel) => !besideCudnn.includes(kernel)))('has the kernel %s', async (kernel) => {
    const env = { ...EMULATED, WHT_EMULATION_FAULT: kernel };
    const failure = run(process.execPath, ['scripts/gpu-check/every-kernel.js'], { env, timeout: 50_000 });
    await expect(failure).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('cudaErrorIllegalAddress') });
  });

  test('has all kernels that there are', () => {
    expect(new Set(launched).size).toBeGreaterThan(10);
  });
});

describe("the conformance suite's report", () => {
  test('passes with tests that passed and none that failed', () => {
    expect(assessReport({ success: true, numPassedTests: 300, numFailedTests: 0, numPendingTests: 2 })).toEqual({
      ...{ name: 'conformance', result: 'passed', detail: '300 passed, 0 failed, 2 skipped' },
    });
  });

  test('fails with the names of tests and files that failed', () => {
    const report = {
      ...{ success: false, numPassedTests: 1, numFailedTests: 1 },
      testResults: [
        {
          ...{ name: 'a.test.ts', status: 'failed' },
          assertionResults: [
            { status: 'failed', fullName: ' cuda adds', failureMessages: ['Error: expected 1\n  at x'] },
            { status: 'passed', fullName: 'cuda multiplies' },
          ],
        },
        { name: 'b.test.ts', status: 'failed', message: 'SyntaxError: it can not be read', assertionResults: [] },
      ],
    };
    expect(assessReport(report)).toMatchObject({
      result: 'failed',
      detail: '1 passed, 1 failed\ncuda adds: Error: expected 1\nb.test.ts: SyntaxError: it can not be read',
    });
  });

  test('fails where nothing ran', () => {
    expect(assessReport({ success: true, numPassedTests: 0, numFailedTests: 0 }).result).toBe('failed');
  });
});

describe("cuDNN of Python's packages", () => {
  const library = (...path: string[]) => {
    mkdirSync(join(folder, 'nvidia', ...path.slice(0, -1)), { recursive: true });
    writeFileSync(join(folder, 'nvidia', ...path), '');
  };

  test('is where Python says that the package is, and what it needs beside it', () => {
    library('cudnn', 'lib', 'libcudnn.so.9');
    library('cu13', 'lib', 'libcublas.so.13');
    library('nccl', 'lib', 'libnccl.so.2');
    library('cudnn', '__init__.py');
    const python = program('python3', `echo ${join(folder, 'nvidia', 'cudnn')}`);
    expect(withCudnnOfPython({ PATH: '/bin:/usr/bin', LD_LIBRARY_PATH: '/mine' }, python)).toEqual({
      PATH: '/bin:/usr/bin',
      WHT_CUDNN_DIR: join(folder, 'nvidia', 'cudnn', 'lib'),
      LD_LIBRARY_PATH: `/mine:${join(folder, 'nvidia', 'cu13', 'lib')}`,
    });
  });

  test('is nowhere without Python, without the package, or without the library in it', () => {
    expect(withCudnnOfPython({}, join(folder, 'no-python'))).toBeUndefined();
    expect(withCudnnOfPython({}, program('python3', 'echo'))).toBeUndefined();
    expect(withCudnnOfPython({}, program('other-python3', `echo ${folder}`))).toBeUndefined();
  });

  test.runIf(spawnSync('python3', ['--version']).status === 0)('is asked for in words that Python understands', () => {
    const python = program('python3', 'exec python3 "$@"');
    expect(withCudnnOfPython({ ...process.env, PYTHONPATH: folder }, python)).toBeUndefined();
    library('cudnn', 'lib', 'libcudnn.so.8');
    expect(withCudnnOfPython({ ...process.env, PYTHONPATH: folder }, python)?.WHT_CUDNN_DIR).toBe(join(folder, 'nvidia', 'cudnn', 'lib'));
  });
});

describe('results', () => {
  test('go to a file named after the GPU, unless another was asked for', () => {
    const run = { emulated: false, whole: true, gpu: 'NVIDIA H100 80GB HBM3' };
    expect(resultsFile('/root', run)).toBe('/root/bench/results/nvidia-h100-80gb-hbm3.json');
    expect(resultsFile('/root', { ...run, json: 'other.json' })).toBe('other.json');
  });

  test('are not kept where they are emulated or not whole', () => {
    expect(resultsFile('/root', { emulated: true, whole: true, gpu: 'Emulated GPU' })).toBeUndefined();
    expect(resultsFile('/root', { emulated: false, whole: false, gpu: 'NVIDIA T4' })).toBeUndefined();
  });

  test('are shown as one line for each check', () => {
    const checks: Outcome[] = [
      { name: 'build', result: 'passed', detail: 'the addon', seconds: 61.4 },
      { name: 'memcheck', result: 'failed', detail: '2 errors\nthe kernel', seconds: 3.04 },
      { name: 'bench', result: 'not run', detail: 'there is no usable GPU' },
    ];
    expect(formatChecks(checks)).toEqual([
      'build     passed     61 s  the addon',
      'memcheck  FAILED    3.0 s  2 errors',
      '    the kernel',
      'bench     not run          there is no usable GPU',
    ]);
  });
});

describe('a whole run', () => {
  test('on the emulated backend passes, and says that nothing was measured', () => {
    const json = join(folder, 'run.json');
    const args = ['--backend', EMULATED.WHT_CUDA_BACKEND, '--skip', 'build', '--skip', 'conformance', '--points', '64', '--json', json];
    const { status, stdout } = spawnSync(process.execPath, ['scripts/gpu-check.js', ...args], {
      ...{ encoding: 'utf8', timeout: 50_000, env: { ...process.env, WHT_CUDNN_DIR: resolve('build/Release/cudnn-9') } },
    });
    expect(stdout).toContain('EMULATED');
    expect(stdout).toMatch(/^memcheck +not run .*emulated/m);
    expect(status).toBe(0);
    const { checks, environment } = JSON.parse(readFileSync(json, 'utf8'));
    expect(environment).toMatchObject({ emulated: true, versions: { cuDNN: '9.1.0' } });
    expect(checks[1].detail).toMatch(/^\d+ operations ran on Emulated GPU$/);
    expect(checks.map(({ name, result }: Outcome) => `${name} ${result}`)).toEqual([
      ...['GPU passed', 'every kernel passed', 'memcheck not run', 'racecheck not run', 'initcheck not run', 'bench passed'],
    ]);
  });

  test('without a GPU fails with the reason, and runs nothing', () => {
    const { status, stdout } = spawnSync(
      process.execPath,
      ['scripts/gpu-check.js', '--skip', 'build', '--backend', EMULATED.WHT_CUDA_BACKEND],
      {
        ...{ encoding: 'utf8', timeout: 50_000, env: { ...process.env, WHT_EMULATION_DRIVER: 'none' } },
      },
    );
    expect(stdout).toMatch(/^GPU +FAILED .*no NVIDIA driver is installed/m);
    expect(stdout).toMatch(/^bench +not run +there is no usable GPU$/m);
    expect(status).toBe(1);
  });
});

describe('the packages that are packed', () => {
  const installed = (name: string, manifest: object = {}) => {
    mkdirSync(join(folder, 'node_modules', name), { recursive: true });
    writeFileSync(join(folder, 'node_modules', name, 'package.json'), JSON.stringify({ name, ...manifest }));
  };

  test('are those named and all that they need, also in versions of their own', () => {
    installed('a', { dependencies: { b: '1', c: '1' }, devDependencies: { d: '1' } });
    installed('b', { dependencies: { a: '1' } });
    installed('c');
    installed('d');
    installed('a/node_modules/c');
    expect(closure(['a'], folder)).toEqual(['node_modules/a', 'node_modules/a/node_modules/c', 'node_modules/b']);
  });

  test('leave out optional ones that are not installed', () => {
    installed('a', { optionalDependencies: { here: '1', elsewhere: '1' } });
    installed('here');
    expect(closure(['a'], folder)).toEqual(['node_modules/a', 'node_modules/here']);
  });

  test("of this package's tests have their natives", () => {
    const packages = closure(['vitest', 'fast-check']);
    expect(packages).toEqual(
      expect.arrayContaining(['node_modules/vite', 'node_modules/esbuild', 'node_modules/rollup', 'node_modules/chai']),
    );
    expect(packages.filter((path) => path.startsWith('node_modules/@esbuild/'))).toHaveLength(1);
    expect(packages.join()).not.toContain('onnxruntime');
  });
});
