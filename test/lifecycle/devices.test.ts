import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { BlockWht2d, copy, listDevices, openDevice } from '../../lib/index';
import { longWork } from './long-work';
import { processThreads } from './process-threads';

describe('closing a device', () => {
  test('settles the reads that wait, with the values', async () => {
    const device = openDevice('cpu');
    const work = longWork(device);
    work.start();
    const x = device.tensor(Float32Array.of(1, 2, 3), [3]);
    const reads = [x.read(), copy(x).read()];
    const synchronized = device.synchronize();
    device.close();
    expect((await Promise.all(reads)).map((values) => [...values])).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    await expect(synchronized).resolves.toBeUndefined();
  });

  test('twice, or disposing its tensors and layers afterwards, does nothing', () => {
    const device = openDevice('cpu');
    const x = device.zeros([3]);
    const layer = new BlockWht2d(device, { height: 2, width: 2 });
    device.close();
    device.close();
    x.dispose();
    layer.dispose();
    expect([device.closed, x.disposed, layer.disposed]).toEqual([true, true, true]);
  });

  test('is what `using` does', () => {
    let kept: ReturnType<typeof openDevice>;
    {
      using device = openDevice('cpu');
      kept = device;
      expect(device.closed).toBe(false);
    }
    expect(kept.closed).toBe(true);
  });

  test('leaves another device alone', async () => {
    const closed = openDevice('cpu');
    using open = openDevice('cpu');
    const x = open.tensor(Float32Array.of(1, 2), [2]);
    closed.zeros([5]);
    closed.close();
    expect([...(await copy(x).read())]).toEqual([1, 2]);
  });

  test('in the middle of timing rejects', async () => {
    const device = openDevice('cpu');
    await expect(device.elapsed(() => device.close())).rejects.toMatchObject({ code: 'ERR_WHT_DISPOSED' });
  });
});

test('a thousand devices can be opened and closed, and leave no threads and no memory behind', async () => {
  openDevice('cpu', { threads: 2 }).close();
  const threads = processThreads();
  const resident = process.memoryUsage().rss;
  for (let count = 0; count < 1000; count++) {
    const device = openDevice('cpu', { threads: 2 });
    const x = device.tensor(Float32Array.of(count), [1]);
    if (count % 50 === 0) {
      expect([...(await copy(x).read())]).toEqual([count]);
      await nextTurn();
    }
    device.close();
  }
  // Node starts some of its own at will; a device that leaked its own would leave thousands.
  expect(processThreads()).toBeLessThan(threads + 20);
  expect(process.memoryUsage().rss - resident).toBeLessThan(100 * 2 ** 20);
});

test('devices work side by side', async () => {
  const devices = Array.from({ length: 4 }, () => openDevice('cpu', { threads: 2 }));
  const reads = devices.flatMap((device, id) =>
    Array.from({ length: 50 }, (_, at) => copy(device.tensor(Float32Array.of(id, at), [2])).read()),
  );
  for (const [at, values] of (await Promise.all(reads)).entries()) expect([...values]).toEqual([Math.floor(at / 50), at % 50]);
  for (const device of devices) device.close();
});

describe('what a device tells about itself', () => {
  test('info', () => {
    using device = openDevice('cpu', { threads: 3 });
    const info = device.info();
    expect(info).toMatchObject({ kind: 'cpu', threads: 3 });
    expect(info.name).not.toBe('');
    expect(['portable', 'avx2', 'avx512', 'neon']).toContain(info.simd);
    expect(info.memoryTotal).toBeGreaterThan(2 ** 28);
    expect(info.memoryFree).toBeGreaterThan(0);
    expect(info.memoryFree).toBeLessThanOrEqual(info.memoryTotal);
    expect(info).not.toHaveProperty('computeCapability');
  });

  test('memory: what is held, and the most that was', async () => {
    using device = openDevice('cpu');
    const empty = device.memory();
    expect(empty.current).toBe(0);
    const large = device.zeros([2 ** 20]);
    const small = device.zeros([2 ** 10], { dtype: 'float16' });
    expect(device.memory().current).toBeGreaterThanOrEqual(large.byteLength + small.byteLength);
    expect(device.memory().current).toBeLessThan(large.byteLength + small.byteLength + 8192);
    await device.synchronize();
    large.dispose();
    expect(device.memory().current).toBeLessThan(small.byteLength + 8192);
    expect(device.memory().peak).toBeGreaterThanOrEqual(large.byteLength + small.byteLength);
    small.dispose();
    expect(device.memory().current).toBe(0);
  });

  test('memory: parameters count', () => {
    using device = openDevice('cpu');
    const layer = new BlockWht2d(device, { height: 64, width: 64 });
    expect(device.memory().current).toBeGreaterThanOrEqual(2 * 4096 * 4);
    layer.dispose();
    expect(device.memory().current).toBe(0);
  });

  test('listDevices names the CPU', () => {
    expect(listDevices()).toContainEqual({ kind: 'cpu', index: 0, available: true, name: expect.stringMatching(/\S/) });
  });
});

describe('device.elapsed', () => {
  test('measures what was queued, on the device', async () => {
    using device = openDevice('cpu');
    using work = longWork(device);
    using out = work.start();
    await device.synchronize();
    const start = performance.now();
    const elapsed = await device.elapsed(() => work.start(out));
    const wall = performance.now() - start;
    expect(elapsed).toBeGreaterThan(0.5);
    expect(elapsed).toBeLessThanOrEqual(wall + 1);
    expect(elapsed).toBeGreaterThan(wall / 4);
  });

  test('does not count what was queued before', async () => {
    using device = openDevice('cpu');
    using work = longWork(device);
    using out = work.start();
    await device.synchronize();
    const long = await device.elapsed(() => work.start(out));
    work.start(out);
    const nothing = await device.elapsed(() => {});
    expect(nothing).toBeGreaterThanOrEqual(0);
    expect(nothing).toBeLessThan(long / 2);
  });

  test('waits for an async function, and passes its error on', async () => {
    using device = openDevice('cpu');
    const elapsed = await device.elapsed(() => new Promise((resolve) => setTimeout(resolve, 30)));
    expect(elapsed).toBeGreaterThan(25);
    await expect(device.elapsed(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
  });
});

test('a SIMD level that the processor lacks is refused, by name', () => {
  const foreign = process.arch === 'arm64' ? 'avx2' : 'neon';
  vi.stubEnv('WHT_SIMD', foreign);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  expect(() => openDevice('cpu')).toThrow(expect.objectContaining({ code: 'ERR_WHT_DEVICE', message: expect.stringContaining(foreign) }));
});
