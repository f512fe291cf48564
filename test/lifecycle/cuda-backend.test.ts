/** How a backend in a shared library is found, and how its errors come through: with one that fails when told to. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  add,
  BlockWht1d,
  Conv2d,
  copy,
  type Device,
  fwht,
  globalAveragePool,
  listDevices,
  openDevice,
  SqueezeExcite,
  type Tensor,
} from '../../lib/index';

const FAULTY_BACKEND = resolve('build/Release/libwht_faulty.so');

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a CUDA backend that can not be loaded', () => {
  /** A shared library that every process has, and that is no backend. */
  function mathLibrary(): string {
    const report = process.report?.getReport() as unknown as { sharedObjects: string[] };
    const library = report.sharedObjects.find((path) => /\/libm[.-]/.test(path));
    if (library === undefined) throw new Error('Expected this process to have loaded libm');
    return library;
  }

  function textFile(): string {
    const folder = mkdtempSync(join(tmpdir(), 'wht-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'backend.so');
    writeFileSync(path, 'This is no library. '.repeat(50));
    return path;
  }

  test.each([
    ['a missing file', () => '/nowhere/libwht_cuda.so', /no such file/i],
    ['a text file', textFile, /invalid elf header/i],
    ['a library of something else', mathLibrary, /no function wht_backend_entry/],
  ])('%s', (_, library, loaderSays) => {
    const path = library();
    vi.stubEnv('WHT_CUDA_BACKEND', path);
    const words = expect.stringMatching(loaderSays);
    const named = expect.stringContaining(path);
    expect(() => openDevice('cuda')).toThrow(expect.objectContaining({ code: 'ERR_WHT_NO_CUDA', message: words }));
    expect(() => openDevice('cuda')).toThrow(expect.objectContaining({ message: named }));

    const listed = listDevices().find(({ kind }) => kind === 'cuda');
    expect(listed).toEqual({ kind: 'cuda', index: 0, available: false, reason: words });
    expect(listed?.reason).toEqual(named);
    expect(listDevices()).toContainEqual(expect.objectContaining({ kind: 'cpu', available: true }));
  });

  test("leaves 'auto' the CPU", () => {
    vi.stubEnv('WHT_CUDA_BACKEND', '/nowhere/libwht_cuda.so');
    using device = openDevice();
    expect(device.kind).toBe('cpu');
  });

  test("WHT_DEVICE decides what 'auto' means", () => {
    vi.stubEnv('WHT_CUDA_BACKEND', '/nowhere/libwht_cuda.so');
    vi.stubEnv('WHT_DEVICE', 'cuda');
    expect(() => openDevice()).toThrow(expect.objectContaining({ code: 'ERR_WHT_NO_CUDA' }));
    using device = openDevice('cpu');
    expect(device.kind).toBe('cpu');
  });
});

describe('a backend in a shared library', () => {
  let device: Device;

  beforeAll(() => {
    if (!existsSync(FAULTY_BACKEND)) throw new Error(`Expected ${FAULTY_BACKEND}: build it with "node scripts/build-native.js --tests"`);
  });

  beforeEach(() => {
    vi.stubEnv('WHT_CUDA_BACKEND', FAULTY_BACKEND);
    device = openDevice('cuda');
  });

  afterEach(() => device.close());

  const VALUES = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const input = () => device.tensor(VALUES, [1, 2, 2, 2]);

  test('computes', async () => {
    expect(device.kind).toBe('cuda');
    expect([...(await globalAveragePool(input()).read())]).toEqual([4, 5]);
    expect(listDevices()).toContainEqual(expect.objectContaining({ kind: 'cuda', available: true }));
  });

  test("is what 'auto' opens", () => {
    using automatic = openDevice();
    expect(automatic.kind).toBe('cuda');
  });

  const operations: [name: string, queue: (x: Tensor) => Tensor][] = [
    ['block transform', (x) => fwht(x)],
    ['block transform', (x) => new BlockWht1d(device, { inChannels: 2 }).forward(x)],
    ['convolution', (x) => new Conv2d(device, { inChannels: 2, outChannels: 2, kernelSize: 1 }).forward(x)],
    ['global average pool', (x) => globalAveragePool(x)],
    ['binary', (x) => add(x, 1)],
    ['copy', (x) => copy(x)],
    ['global average pool', (x) => new SqueezeExcite(device, { channels: 2, hidden: 1 }).forward(x)],
  ];

  describe.each(operations)("an error of a queued '%s'", (name, queue) => {
    const failure = { name: 'WhtError', code: 'ERR_WHT_CUDA', message: expect.stringContaining(name) };

    /** Queues an operation that will fail; a healthy one is another. */
    const queueFailing = (x: Tensor): Tensor => {
      vi.stubEnv('WHT_FAULT_OPERATION', name);
      const y = queue(x);
      vi.stubEnv('WHT_FAULT_OPERATION', undefined);
      return y;
    };

    test('reaches the next read, once; later work runs', async () => {
      const x = input();
      const y = queueFailing(x);
      await expect(y.read()).rejects.toMatchObject(failure);
      await expect(device.synchronize()).resolves.toBeUndefined();
      expect(await x.read()).toEqual(VALUES);
      await expect(queue(x).read()).resolves.toHaveLength(y.size);
    });

    test('reaches the next synchronize, once', async () => {
      queueFailing(input());
      await expect(device.synchronize()).rejects.toMatchObject(failure);
      await expect(device.synchronize()).resolves.toBeUndefined();
    });

    test('reaches the next readSync, once', () => {
      const x = input();
      queueFailing(x);
      expect(() => x.readSync()).toThrow(expect.objectContaining(failure));
      expect(x.readSync()).toEqual(VALUES);
    });

    test('that nobody asks for does no harm', () => {
      queueFailing(input());
      expect(() => device.close()).not.toThrow();
    });
  });

  test('memory that runs out is an error at once, and the device is as before', async () => {
    const x = input();
    await device.synchronize();
    const before = device.memory().current;
    vi.stubEnv('WHT_FAULT_ALLOCATION', '4096');
    const outOfMemory = expect.objectContaining({ code: 'ERR_WHT_OUT_OF_MEMORY' });
    expect(() => device.zeros([1024])).toThrow(outOfMemory);
    expect(() => device.tensor(new Float32Array(1024), [1024])).toThrow(outOfMemory);
    expect(() => new BlockWht1d(device, { inChannels: 2, outChannels: 1024 }).forward(x)).toThrow(outOfMemory);
    expect(device.zeros([1023]).size).toBe(1023);
    vi.stubEnv('WHT_FAULT_ALLOCATION', undefined);
    expect(await copy(x).read()).toEqual(VALUES);
    expect(device.zeros([1024]).size).toBe(1024);
    expect(device.memory().current).toBeGreaterThan(before);
  });

  test("tensors of the CPU are another device's", () => {
    using cpu = openDevice('cpu');
    using x = cpu.zeros([1, 2, 2, 2]);
    expect(() => add(input(), x)).toThrow(expect.objectContaining({ code: 'ERR_WHT_DEVICE' }));
  });
});
