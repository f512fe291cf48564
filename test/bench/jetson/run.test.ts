/** `npm run bench:jetson` from its command line, with real processes. On an emulated GPU its times mean nothing, but all of it runs. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type JetsonRun, WORKLOAD_IDS } from '../../../bench/jetson/schema';

const MAIN = resolve('dist/bench/jetson/main.js');
const BOARDS = resolve('test/bench/probes/boards');
const SMALLEST = ['--quick', '--device', 'cpu', '--only', '2d-32x32-vs-conv3x3'];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wht-bench-jetson-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string) => join(folder, name);
const read = (name: string): JetsonRun => JSON.parse(readFileSync(file(name), 'utf8'));

function bench(environment: Record<string, string>, ...args: string[]) {
  return spawnSync(process.execPath, [MAIN, ...args], { env: { ...process.env, ...environment }, encoding: 'utf8', timeout: 100_000 });
}

describe('on an emulated GPU', () => {
  test('every protocol, dtype and layout is measured, and nothing is claimed', { timeout: 100_000 }, () => {
    const environment = {
      WHT_CUDA_BACKEND: resolve('build/Release/libwht_cuda_emulated.so'),
      WHT_CUDNN_DIR: resolve('build/Release/cudnn-8'),
    };
    const { status, stdout } = bench(environment, '--json', file('e.json'), '--csv', file('e.csv'), '--html', file('e.html'));
    expect(stdout).toMatch(/^EMULATED/);
    expect(stdout).not.toContain("By the paper's protocol,");
    const run = read('e.json');
    expect(run.comparisons.flatMap((each) => ('error' in each ? [`${each.id} ${each.protocol}: ${each.error}`] : []))).toEqual([]);
    expect(status).toBe(0);

    const keys = run.comparisons.map(({ id, protocol, device, dtype, layout }) => [id, protocol, device, dtype, layout].join(' '));
    const wanted = WORKLOAD_IDS.flatMap((id) => [
      `${id} paper cpu float32 NHWC`,
      ...['throughput', 'copies', 'host-visible'].flatMap((protocol) =>
        ['float32', 'float16'].flatMap((dtype) => ['NHWC', 'NCHW'].map((layout) => [id, protocol, 'cuda', dtype, layout].join(' '))),
      ),
    ]);
    expect([...keys].sort()).toEqual([...wanted].sort());
    expect(run.comparisons.some((each) => each.paper !== undefined)).toBe(false);
    const against = run.comparisons.find(
      ({ id, protocol, device }) => id === '2d-8x8-vs-conv3x3' && protocol === 'throughput' && device === 'cuda',
    );
    expect(against).toHaveProperty('baseline.implementation', 'cuDNN 8.2.1');
    expect(run.environment).toMatchObject({ emulated: true, gpu: 'Emulated GPU', versions: { cuDNN: '8.2.1' } });
    expect(run.memory.map(({ protocol, device }) => `${protocol} ${device}`)).toEqual(
      WORKLOAD_IDS.flatMap(() => ['paper cpu', 'copies cuda']),
    );
    for (const { device, subject, baselines } of run.memory) {
      const libraries = [subject, ...baselines].map((each) => ('error' in each ? each.error : each.libraries));
      // The headline has all libraries in all processes; the other account each where it is used.
      if (device === 'cuda') {
        expect(libraries).toEqual([
          { shared: ['cudnn'], own: [] },
          { shared: ['cudnn'], own: ['cudnn'] },
        ]);
      } else {
        expect(libraries[0]).toEqual({ shared: ['onnxruntime'], own: [] });
        expect(libraries[2]).toEqual({ shared: ['onnxruntime'], own: ['onnxruntime'] });
      }
    }
    expect(readFileSync(file('e.csv'), 'utf8').split('\r\n').length).toBeGreaterThan(run.comparisons.length);
    expect(readFileSync(file('e.html'), 'utf8')).toMatch(/^<!doctype html>/i);
  });

  test('results are not written where measured ones are kept', () => {
    const environment = { WHT_CUDA_BACKEND: resolve('build/Release/libwht_cuda_emulated.so') };
    const { status, stderr } = bench(environment, '--json', 'bench/results/emulated.json');
    expect(stderr).toContain('Expected --json to name a file outside bench/results, since the GPU is emulated');
    expect(status).toBe(2);
  });

  test('without cuDNN the layer has nothing to stand against on the GPU, and says why', { timeout: 100_000 }, () => {
    const environment = {
      WHT_CUDA_BACKEND: resolve('build/Release/libwht_cuda_emulated.so'),
      WHT_CUDNN_DIR: resolve('build/Release/cudnn-incomplete'),
    };
    const { status, stdout } = bench(environment, '--quick', '--only', '2d-8x8-vs-conv3x3', '--json', file('no-cudnn.json'));
    expect(status).toBe(1);
    expect(stdout).toMatch(/failed: .*cuDNN/);
    for (const each of read('no-cudnn.json').comparisons.filter(({ device }) => device === 'cuda')) {
      expect(each).toHaveProperty('error', expect.stringContaining('cuDNN could not be loaded'));
      expect(each).not.toHaveProperty('speedRatio');
    }
  });
});

describe('on the CPU', () => {
  test("a recorded Nano's board, mode, clocks and rails are named, and that the figures are another machine's", {
    timeout: 100_000,
  }, () => {
    const { status, stdout } = bench({ WHT_BOARD_ROOT: join(BOARDS, 'jetson-nano') }, ...SMALLEST, '--json', file('nano.json'));
    expect(status).toBe(0);
    const lines = stdout.replace(/\n(?=\S)/g, ' ');
    expect(lines).toMatch(/^RECORDED BOARD: the next line is read from /);
    expect(lines).toMatch(/NVIDIA Jetson Nano Developer Kit, JetPack 4\.6\.1, L4T 32\.7\.1, MAXN, clocks not locked/);
    expect(lines).toContain('GPU rows are absent: it was not asked for (--device cpu)');
    expect(lines).not.toContain('Before the run and after');
    const { environment, comparisons } = read('nano.json');
    expect(environment.before?.rails.map(({ name }) => name)).toEqual(['POM_5V_IN', 'POM_5V_GPU', 'POM_5V_CPU']);
    expect(environment.clocks).toMatchObject({ locked: false, gpu: { maxHz: 921_600_000 } });
    // Nothing drew power on that board meanwhile.
    for (const each of comparisons) expect(each).not.toHaveProperty('subject.energy');
    expect(comparisons.map((each) => ('error' in each ? each.error : 'measured'))).toEqual(['measured', 'measured', 'measured']);
  });

  test('a plain PC is said to be no Jetson, in the first line', { timeout: 100_000 }, () => {
    const { stdout } = bench({ WHT_BOARD_ROOT: join(BOARDS, 'plain-pc') }, ...SMALLEST);
    expect(stdout.split('\n').find((line) => !line.startsWith('RECORDED') && line.includes('Jetson'))).toMatch(/^Not a Jetson/);
  });

  test('an interrupted run keeps what it has, says so, and leaves no process behind', { timeout: 100_000 }, async () => {
    const run = start(
      '--quick',
      '--device',
      'cpu',
      '--only',
      '2d-32x32-vs-conv3x3',
      '--only',
      '2d-8x8-vs-conv3x3',
      '--json',
      file('i.json'),
    );
    await expect.poll(() => existsSync(file('i.json')), { timeout: 60_000, interval: 100 }).toBe(true);
    await expect.poll(() => childrenOf(run.child).length, { timeout: 20_000 }).toBeGreaterThan(0);
    const children = childrenOf(run.child);
    run.child.kill('SIGINT');
    expect(await run.end).toBe(130);
    expect(run.output()).toContain('INTERRUPTED');
    const { interrupted, comparisons } = read('i.json');
    expect(interrupted).toBe(true);
    expect(comparisons[0]).toHaveProperty('speedRatio');
    await expect.poll(() => children.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
  });

  test('an interruption while memory is measured blames no layer', { timeout: 100_000 }, async () => {
    const run = start(...SMALLEST, '--json', file('m.json'));
    const rows = () => (existsSync(file('m.json')) ? read('m.json').comparisons.length : 0);
    await expect.poll(rows, { timeout: 60_000, interval: 50 }).toBe(3);
    await expect.poll(() => childrenOf(run.child, 'memory-main.js').length, { timeout: 20_000, interval: 20 }).toBe(1);
    run.child.kill('SIGTERM');
    expect(await run.end).toBe(130);
    expect(read('m.json')).toMatchObject({ interrupted: true, memory: [] });
    expect(run.output()).not.toContain('aborted');
  });

  test('a process that is killed costs one side, not the run', { timeout: 100_000 }, async () => {
    const run = start(...SMALLEST, '--json', file('k.json'));
    await expect.poll(() => childrenOf(run.child).length, { timeout: 60_000, interval: 20 }).toBe(3);
    process.kill(childrenOf(run.child)[1] ?? 0, 'SIGKILL');
    expect([0, 1]).toContain(await run.end);
    const { comparisons } = read('k.json');
    const reasons = comparisons.flatMap((each) =>
      'error' in each ? [each.error] : each.others.flatMap((other) => ('error' in other ? [other.error] : [])),
    );
    expect(reasons).toEqual([expect.stringContaining('killed (SIGKILL)')]);
    expect(comparisons).toHaveLength(3);
  });
});

describe('the command line', () => {
  test.each([
    [['--only', 'nothing'], 'Expected --only to be one of'],
    [['--json', join('nowhere', 'x.json')], 'Expected --json to name a file that can be written'],
    [['--html', join('nowhere', 'x.html')], 'Expected --html to name a file that can be written'],
  ])('refuses %j before anything is measured', (args, message) => {
    const { status, stderr, stdout } = bench({}, ...args);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
    expect([status, stdout]).toEqual([2, '']);
  });

  test.each([
    [['--device', 'cuda'], 'Expected --device cuda to find a GPU: '],
    [['--index', '3'], 'Expected --index 3 to find a GPU: '],
  ])('refuses %j where there is none', (args, message) => {
    const { status, stderr, stdout } = bench({ WHT_CUDA_BACKEND: '/nowhere/libwht_cuda.so' }, ...args);
    expect(stderr).toContain(message);
    expect([status, stdout]).toEqual([2, '']);
  });

  test('says where npm kept an option for itself', () => {
    const { status, stderr } = bench({ npm_config_quick: 'true' });
    expect(stderr).toBe('Expected options after "--", got --quick before it: npm run bench:jetson -- --quick ...\n');
    expect(status).toBe(2);
  });

  test('refuses a recorded tree that is none', () => {
    const { status, stderr } = bench({ WHT_BOARD_ROOT: '/nowhere' });
    expect(stderr).toBe('Expected WHT_BOARD_ROOT to name a folder, got "/nowhere"\n');
    expect(status).toBe(2);
  });

  test('records what the probes read, so that it can be read again', () => {
    expect(bench({}, '--record-board', file('board')).status).toBe(0);
    expect(readdirSync(file('board'))).toContain('proc');
    const again = bench({}, '--record-board', file('board'));
    expect(again.stderr).toMatch(/^Expected .*\n$/);
    expect(again.status).toBe(2);
  });
});

function start(...args: string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const end = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, end, output: () => output };
}

/** The processes of layers, oldest first. */
function childrenOf({ pid }: ChildProcess, script = join('child', 'main.js')): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((each) => {
      try {
        const [, parent] = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${each}/status`, 'utf8')) ?? [];
        return Number(parent) === pid && readFileSync(`/proc/${each}/cmdline`, 'utf8').includes(script);
      } catch {
        return false;
      }
    });
}
