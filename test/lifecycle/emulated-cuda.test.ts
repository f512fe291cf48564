/** The CUDA backend's own sources on the CPU: what it says where something is missing, and what it does when something goes wrong. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  add,
  BlockWht1d,
  BlockWht2d,
  Conv2d,
  type Conv2dOptions,
  copy,
  type Device,
  fwht,
  globalAveragePool,
  listDevices,
  multiply,
  openDevice,
  type Tensor,
} from '../../lib/index';
import { runNode } from './child-process';

const RELEASE = resolve('build/Release');

beforeEach(() => {
  vi.stubEnv('WHT_CUDA_BACKEND', resolve(RELEASE, 'libwht_cuda_emulated.so'));
  vi.stubEnv('WHT_CUDNN_DIR', resolve(RELEASE, 'cudnn-8'));
});

afterEach(() => {
  vi.unstubAllEnvs();
});

/** An error of this code, whose message has all of the words. */
function whtError(code: string, ...words: (string | RegExp)[]): unknown {
  const escaped = words.map((word) => (typeof word === 'string' ? word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') : word.source));
  const all = new RegExp(escaped.map((word) => `(?=[^]*${word})`).join(''));
  return expect.objectContaining({ name: 'WhtError', code, message: expect.stringMatching(all) });
}

describe('a GPU that can not be used', () => {
  test.each([
    ['no driver', { WHT_EMULATION_DRIVER: 'none' }, [/no NVIDIA driver is installed/, /libcuda\.so\.1/]],
    ['an old driver', { WHT_EMULATION_DRIVER: 'old' }, [/driver is too old/, /supports CUDA 9\.0/, /built with CUDA \d+\.\d/]],
    ['a driver without a GPU', { WHT_EMULATION_DEVICES: '0' }, [/found no GPU/]],
    [
      'a GPU that the library has no code for',
      { WHT_EMULATION_ARCHITECTURE: 'missing' },
      [/compute capability 7\.5/, /no code/, /build wht-layers again/],
    ],
  ])('%s is named, and the CPU takes its place', async (_, environment, words) => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    expect(() => openDevice('cuda')).toThrow(whtError('ERR_WHT_NO_CUDA', ...words) as Error);
    const listed = listDevices().find(({ kind }) => kind === 'cuda');
    expect(listed).toMatchObject({ available: false, reason: expect.stringMatching(words[0] as RegExp) });
    using device = openDevice();
    expect(device.kind).toBe('cpu');
    expect(await copy(device.tensor(Float32Array.of(1, 2), [2])).read()).toEqual(Float32Array.of(1, 2));
  });

  test('a GPU of another index', () => {
    vi.stubEnv('WHT_EMULATION_DEVICES', '2');
    expect(listDevices().filter(({ kind }) => kind === 'cuda')).toMatchObject([{ index: 0 }, { index: 1 }]);
    using second = openDevice('cuda', { index: 1 });
    expect(second.kind).toBe('cuda');
    expect(() => openDevice('cuda', { index: 2 })).toThrow(whtError('ERR_WHT_DEVICE', /one of 2 GPUs/, /got 2/) as Error);
  });
});

describe('a device', () => {
  let device: Device;

  beforeEach(() => {
    device = openDevice('cuda');
  });
  afterEach(() => device.close());

  const VALUES = Float32Array.from({ length: 64 }, (_, at) => at / 8 - 4);
  const input = () => device.tensor(VALUES, [1, 4, 4, 4]);

  test('is what auto opens, and says what it is', () => {
    using automatic = openDevice();
    expect(automatic.kind).toBe('cuda');
    expect(device.info()).toMatchObject({
      kind: 'cuda',
      name: 'Emulated GPU',
      backend: 'cuda sm_75',
      computeCapability: '7.5',
      cudnn: '8.2.1',
    });
    expect(device.info().memoryTotal).toBeGreaterThan(0);
  });

  describe('cuDNN', () => {
    // A process keeps the cuDNN that it has loaded, so those without one are others.
    const SCRIPT = `
      const wht = require(require('node:path').resolve('dist'));
      const device = wht.openDevice('cuda');
      const tell = (make) => { try { make(); console.log('made'); } catch (error) { console.log(error.code, error.message); } };
      tell(() => new wht.Conv2d(device, { inChannels: 4, outChannels: 4, kernelSize: 3 }));
      tell(() => new wht.SqueezeExcite(device, { channels: 4, hidden: 2 }));
      console.log('cudnn', device.info().cudnn);
      const layer = new wht.BlockWht2d(device, { height: 2, width: 2, threshold: 'none' });
      const values = Float32Array.of(1, 2, 3, 4);
      console.log('layer', layer.forward(device.tensor(values, [1, 2, 2, 1])).readSync().join());
      console.log('cpu', wht.fwht(wht.openDevice('cpu').tensor(values, [4]), { normalization: 'none' }).readSync().join());
    `;

    test.each([
      ['is nowhere', '/nowhere', ['/nowhere', 'libcudnn.so.9', 'libcudnn.so.8', 'libcudnn.so.7', 'No such file']],
      [
        'has parts missing',
        resolve(RELEASE, 'cudnn-incomplete'),
        ['libcudnn_engines_precompiled.so.9', 'libcudnn_cnn_infer.so.8', 'No such file'],
      ],
    ])('that %s is an error of the layers that need it, with each file and the words of the loader', async (_, directory, words) => {
      vi.stubEnv('WHT_CUDNN_DIR', directory);
      const { code, stdout } = await runNode(['-e', SCRIPT]);
      expect(code).toBe(0);
      const [convolution, squeezeExcite, ...others] = stdout.trim().split('\n');
      for (const told of [convolution, squeezeExcite]) {
        expect(told).toMatch(/^ERR_WHT_NO_CUDNN /);
        for (const word of words) expect(told).toContain(word);
      }
      expect(others).toEqual(['cudnn undefined', 'layer 1,2,3,4', expect.stringMatching(/^cpu 10,/)]);
    });

    test('shows the algorithms it was asked to try, the fastest first', async () => {
      using layer = new Conv2d(device, { inChannels: 4, outChannels: 4, kernelSize: 3, activation: 'relu' });
      const table = await layer.algorithms([1, 4, 4, 4]);
      const times = table.flatMap(({ milliseconds }) => (milliseconds === undefined ? [] : [milliseconds]));
      expect(times.length).toBeGreaterThan(1);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(table.filter(({ chosen }) => chosen)).toHaveLength(1);
      expect(new Set(table.map(({ fused }) => fused))).toEqual(new Set([true, false]));
      for (const { milliseconds, reason } of table) expect(milliseconds !== undefined || reason !== undefined).toBe(true);
      await expect(layer.algorithms([1, 4, 4, 5])).rejects.toMatchObject({ code: 'ERR_WHT_SHAPE' });
      using cpu = openDevice('cpu');
      expect(await new Conv2d(cpu, { inChannels: 4, outChannels: 4, kernelSize: 3 }).algorithms([1, 4, 4, 4])).toEqual([]);
    });

    describe('with inexact algorithms', () => {
      const OPTIONS = { inChannels: 4, outChannels: 4, kernelSize: 3 } as const;
      const INEXACT = ['FFT', 'WINOGRAD'];

      beforeEach(() => {
        vi.stubEnv('WHT_STAND_IN_CUDNN_ALGORITHMS', '0,1,4,6');
        // Long enough for a busy machine to show which is fastest.
        vi.stubEnv('WHT_STAND_IN_CUDNN_DELAY', '10');
      });

      /** The largest error against the CPU's output, relative to the largest value; the inexact algorithms of the stand-in are off by 1e-5. */
      async function errorOf(layer: Conv2d, options: Conv2dOptions = OPTIONS): Promise<number> {
        using cpu = openDevice('cpu');
        const expected = await new Conv2d(cpu, options).forward(cpu.tensor(VALUES, [1, 4, 4, 4])).read();
        const given = await layer.forward(input()).read();
        const largest = (values: Float32Array) => Math.max(...values.map(Math.abs));
        return largest(given.map((value, at) => value - (expected[at] ?? Number.NaN))) / largest(expected);
      }

      test.each([
        ['by default', {}],
        ['where they are not wanted', { inexact: false }],
      ])('never uses them %s, and says why', async (_, options) => {
        vi.stubEnv('WHT_STAND_IN_CUDNN_FASTEST', '6');
        using layer = new Conv2d(device, { ...OPTIONS, ...options });
        expect(await errorOf(layer)).toBeLessThan(1e-6);
        const table = await layer.algorithms([1, 4, 4, 4]);
        expect(table[0]).toMatchObject({ name: 'WINOGRAD', chosen: false });
        expect(table.filter(({ chosen }) => chosen)).toMatchObject([{ name: expect.stringMatching(/^IMPLICIT_(PRECOMP_)?GEMM$/) }]);
        for (const { name, milliseconds, reason } of table) {
          if (INEXACT.includes(name) && milliseconds !== undefined) expect(reason).toMatch(/^not used by layers: inexact/);
        }
        expect(await errorOf(layer)).toBeLessThan(1e-6);
      });

      test.each([
        ['one of them', '6', 'WINOGRAD'],
        ['another', '4', 'FFT'],
        ['one that is exact', '1', 'IMPLICIT_PRECOMP_GEMM'],
      ])('uses the fastest where all may be: %s', async (_, fastest, name) => {
        vi.stubEnv('WHT_STAND_IN_CUDNN_FASTEST', fastest);
        using layer = new Conv2d(device, { ...OPTIONS, inexact: true });
        const expectUse = async () => {
          const error = await errorOf(layer);
          expect(error).toBeLessThan(2e-5);
          expect(error > 5e-6).toBe(INEXACT.includes(name));
        };
        await expectUse();
        const table = await layer.algorithms([1, 4, 4, 4]);
        expect(table[0]).toMatchObject({ name, fused: false, chosen: true });
        expect(table.filter(({ chosen }) => chosen)).toHaveLength(1);
        for (const { milliseconds, reason } of table) expect(reason === undefined).toBe(milliseconds !== undefined);
        await expectUse();
      });

      test.each([
        [false, '6f', 'WINOGRAD', 1e-6],
        [false, '1f', 'IMPLICIT_PRECOMP_GEMM', 1e-6],
        [true, '6f', 'WINOGRAD', 2e-5],
        [true, '1f', 'IMPLICIT_PRECOMP_GEMM', 1e-6],
      ])('takes a fused call that makes 0 of NaN only where all may be used: %s, %s', async (inexact, fastest, name, bound) => {
        vi.stubEnv('WHT_STAND_IN_CUDNN_FASTEST', fastest);
        const options = { ...OPTIONS, activation: 'relu' } as const;
        using layer = new Conv2d(device, { ...options, inexact });
        expect(await errorOf(layer, options)).toBeLessThan(bound);
        const table = await layer.algorithms([1, 4, 4, 4]);
        expect(table[0]).toMatchObject({ name, fused: true, chosen: inexact });
        expect(table.find(({ chosen }) => chosen)?.fused).toBe(inexact);
        expect(await errorOf(layer, options)).toBeLessThan(bound);
      });

      test('has none on the CPU, whose output is the same', async () => {
        using cpu = openDevice('cpu');
        const x = cpu.tensor(VALUES, [1, 4, 4, 4]);
        const output = (inexact: boolean) => new Conv2d(cpu, { ...OPTIONS, inexact }).forward(x).read();
        expect(await output(true)).toEqual(await output(false));
      });

      test('has nothing to use where there are no others, unless all may be', async () => {
        vi.stubEnv('WHT_STAND_IN_CUDNN_ALGORITHMS', '6');
        using inexact = new Conv2d(device, { ...OPTIONS, inexact: true });
        expect(await errorOf(inexact)).toBeLessThan(2e-5);
        using exact = new Conv2d(device, OPTIONS);
        await expect(exact.forward(input()).read()).rejects.toEqual(whtError('ERR_WHT_CUDA', /no algorithm for this convolution/));
      });
    });

    test('calls slow algorithms seldom, for the first input of a shape and for the table', async () => {
      vi.stubEnv('WHT_STAND_IN_CUDNN_ALGORITHMS', '0,1,2,6,7');
      vi.stubEnv('WHT_STAND_IN_CUDNN_FASTEST', '1');
      vi.stubEnv('WHT_STAND_IN_CUDNN_DELAY', '40');
      using layer = new Conv2d(device, { inChannels: 4, outChannels: 4, kernelSize: 3, inexact: true });
      // How many would take as long.
      const slowCalls = async (work: () => Promise<unknown>) => {
        const start = performance.now();
        await work();
        return (performance.now() - start) / 40;
      };
      // Twice each; the first of them, with nothing to compare it with, four times.
      expect(await slowCalls(() => layer.forward(input()).read())).toBeLessThan(20);
      // Five times each, and the first thirteen times.
      expect(await slowCalls(() => layer.algorithms([1, 4, 4, 4]))).toBeLessThan(60);
    });
  });

  describe('memory', () => {
    test('is counted, and taken again where it was given back', async () => {
      const before = device.memory();
      const x = device.zeros([1000, 1000]);
      expect(device.memory().current - before.current).toBe(4_000_000);
      x.dispose();
      await device.synchronize();
      expect(device.memory()).toMatchObject({ current: before.current });
      expect(device.memory().peak).toBeGreaterThanOrEqual(before.current + 4_000_000);
      vi.stubEnv('WHT_EMULATION_MEMORY', '4500000');
      // The block is the pool's: there would not be enough for another.
      for (let count = 0; count < 3; count++) device.zeros([1000, 1000]).dispose();
      await device.synchronize();
    });

    test('that the pool keeps is given up where another size needs it', () => {
      vi.stubEnv('WHT_EMULATION_MEMORY', '8000000');
      for (const count of [1_000_000, 1_100_000, 1_200_000, 1_300_000, 1_400_000]) device.zeros([count]).dispose();
    });

    test('that runs out is an error at once, and the device is as before', async () => {
      const x = input();
      const { current } = device.memory();
      vi.stubEnv('WHT_EMULATION_MEMORY', '1000000');
      const outOfMemory = whtError('ERR_WHT_OUT_OF_MEMORY', /no memory left for \d+ bytes/, /of 1000000 bytes are free/) as Error;
      expect(() => device.zeros([1_000_000])).toThrow(outOfMemory);
      expect(() => device.tensor(new Float32Array(1_000_000), [1_000_000])).toThrow(outOfMemory);
      expect(device.memory().current).toBe(current);
      expect(await copy(x).read()).toEqual(VALUES);
    });

    test('that runs out for a read is the error of that read', async () => {
      const x = device.zeros([1_000_000], { dtype: 'float16' });
      await device.synchronize();
      vi.stubEnv('WHT_EMULATION_MEMORY', '4000000');
      await expect(x.read()).rejects.toEqual(whtError('ERR_WHT_OUT_OF_MEMORY', /'read' failed/));
      vi.stubEnv('WHT_EMULATION_MEMORY', undefined);
      await expect(x.read()).resolves.toHaveLength(1_000_000);
    });

    test('that the pool keeps is there for the trials of a convolution', async () => {
      using layer = new Conv2d(device, { inChannels: 64, outChannels: 64, kernelSize: 1 });
      device.zeros([4_000_000]).dispose();
      await device.synchronize();
      vi.stubEnv('WHT_EMULATION_MEMORY', '20000000');
      expect((await layer.algorithms([1, 128, 128, 64])).some(({ chosen }) => chosen)).toBe(true);
    });

    test('that runs out for a workspace reaches the next read, and the device is as before', async () => {
      // Projections go through a workspace of 4 bytes a channel.
      using layer = new BlockWht1d(device, { inChannels: 4096, outChannels: 1024, blockSize: 64 });
      const x = device.zeros([1, 16, 16, 4096]);
      const y = device.zeros([1, 16, 16, 1024]);
      await device.synchronize();
      vi.stubEnv('WHT_EMULATION_MEMORY', '6000000');
      layer.forward(x, { out: y });
      await expect(y.read()).rejects.toEqual(whtError('ERR_WHT_OUT_OF_MEMORY', /block transform/));
      vi.stubEnv('WHT_EMULATION_MEMORY', undefined);
      layer.forward(x, { out: y });
      await expect(y.read()).resolves.toHaveLength(16 * 16 * 1024);
    });
  });

  describe('a fault on the GPU', () => {
    const operations: [name: string, kernel: string, queue: (x: Tensor) => Tensor][] = [
      ['block transform', 'contiguous', (x) => fwht(x)],
      ['block transform', 'strided', (x) => new BlockWht2d(device, { height: 4, width: 4 }).forward(x)],
      ['block transform', 'gather', (x) => new BlockWht2d(device, { height: 4, width: 4, stride: 2 }).forward(x)],
      ['binary', 'binary', (x) => multiply(x, 2)],
      ['global average pool', 'average', (x) => globalAveragePool(x)],
      [
        'convolution',
        'affine',
        (x) => new Conv2d(device, { inChannels: 4, outChannels: 4, kernelSize: 1, activation: 'relu6' }).forward(x),
      ],
    ];

    test.each(operations)("of '%s' (%s) reaches the next read, with its name", async (name, kernel, queue) => {
      const x = input();
      await device.synchronize();
      vi.stubEnv('WHT_EMULATION_FAULT', kernel);
      const y = queue(x);
      await expect(y.read()).rejects.toEqual(whtError('ERR_WHT_CUDA', `'${name}'`, /cudaErrorIllegalAddress/));
      // A GPU does not recover from it in this process, and says so to whoever asks.
      await expect(device.synchronize()).rejects.toEqual(whtError('ERR_WHT_CUDA', /cudaErrorIllegalAddress/));
      using cpu = openDevice('cpu');
      expect(await add(cpu.tensor(VALUES, [64]), 0).read()).toEqual(VALUES);
    });

    test('among several operations names all that may be meant', async () => {
      const x = input();
      await device.synchronize();
      vi.stubEnv('WHT_EMULATION_FAULT', 'average');
      globalAveragePool(add(x, 1));
      await expect(device.synchronize()).rejects.toEqual(whtError('ERR_WHT_CUDA', "'binary' or 'global average pool'"));
    });

    test('after many operations names the one', async () => {
      const x = input();
      for (let count = 0; count < 200; count++) add(x, 1).dispose();
      vi.stubEnv('WHT_EMULATION_FAULT', 'contiguous');
      const y = fwht(x);
      await expect(y.read()).rejects.toEqual(whtError('ERR_WHT_CUDA', "'write' or 'binary' or 'block transform'"));
    });

    test('that nobody asks for does no harm', () => {
      const x = input();
      vi.stubEnv('WHT_EMULATION_FAULT', 'binary');
      add(x, 1);
      expect(() => device.close()).not.toThrow();
    });
  });
});

describe.each([
  ['a GPU with memory of its own', {}],
  ["a GPU that shares the host's memory", { WHT_EMULATION_INTEGRATED: '1' }],
])('host-visible tensors on %s', (_, environment) => {
  let device: Device;

  beforeEach(() => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    device = openDevice('cuda');
  });
  afterEach(() => device.close());

  test('show what was written and what the device computes', async () => {
    using x = device.tensor(Float32Array.of(1, 2, 3, 4), [4], { hostVisible: true });
    await device.synchronize();
    expect(x.view()).toEqual(Float32Array.of(1, 2, 3, 4));
    fwht(x, { ordering: 'natural', normalization: 'none', out: x });
    await device.synchronize();
    expect(x.view()).toEqual(Float32Array.of(10, -2, -4, 0));
    expect(await x.read()).toEqual(Float32Array.of(10, -2, -4, 0));
  });

  test('are inputs as JavaScript wrote them', async () => {
    using x = device.zeros([4], { hostVisible: true });
    using y = device.zeros([4], { hostVisible: true });
    await device.synchronize();
    x.view().set([1, -1, 2, 0]);
    y.view().set([3, 3, 3, 3]);
    expect(await add(x, y).read()).toEqual(Float32Array.of(4, 2, 5, 3));
    expect(await add(x, y, { out: y }).read()).toEqual(Float32Array.of(4, 2, 5, 3));
    expect(y.view()).toEqual(Float32Array.of(4, 2, 5, 3));
    expect(await x.read()).toEqual(Float32Array.of(1, -1, 2, 0));
  });

  test('may be disposed with work on them queued', async () => {
    const x = device.tensor(Float32Array.of(1, 2), [2], { hostVisible: true });
    const y = add(x, 1);
    x.dispose();
    expect(await y.read()).toEqual(Float32Array.of(2, 3));
  });

  test('of no elements have a view of none', () => {
    using x = device.zeros([0, 3], { hostVisible: true });
    expect(x.view()).toHaveLength(0);
  });
});

describe('a process with work queued on the GPU', () => {
  const SCRIPT = `
    const wht = require(require('node:path').resolve('dist'));
    const device = wht.openDevice('cuda');
    const layer = new wht.BlockWht2d(device, { height: 16, width: 16 });
    let x = device.zeros([4, 16, 16, 64], { hostVisible: true });
    for (let count = 0; count < 50; count++) x = layer.forward(x);
  `;

  test.each([
    ['ends by itself', ''],
    ['is ended', 'process.exit(0);'],
    ['closes its device', 'device.close();'],
    [
      'waits for it in two workers, one of which is terminated',
      `
      const { Worker } = require('node:worker_threads');
      const run = (then) => new Worker(${JSON.stringify(SCRIPT)} + then, { eval: true });
      run('x.read().then(() => device.close());');
      const stopped = run('setInterval(() => layer.forward(x, { out: device.zeros(x.shape) }), 1);');
      setTimeout(() => stopped.terminate(), 500);
    `,
    ],
  ])('%s', async (_, end) => {
    const { code, signal, stderr } = await runNode(['-e', SCRIPT + end]);
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  });
});

// Built where there is a compiler, whether or not there is a GPU.
test.runIf(existsSync(resolve(RELEASE, 'libwht_cuda.so')))('the real library opens a GPU or says why not', () => {
  vi.stubEnv('WHT_CUDA_BACKEND', resolve(RELEASE, 'libwht_cuda.so'));
  const listed = listDevices().filter(({ kind }) => kind === 'cuda');
  expect(listed.length).toBeGreaterThan(0);
  for (const { available, name, reason } of listed) {
    if (available) expect(name).not.toBe('');
    else expect(reason).toMatch(/no NVIDIA driver is installed|driver is too old|found no GPU|no code/);
  }
});
