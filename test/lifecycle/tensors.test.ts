import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BlockWht1d, BlockWht2d, Conv2d, copy, type Device, fwht, multiply, openDevice } from '../../lib/index';
import { longWork } from './long-work';

let device: Device;

beforeAll(() => {
  device = openDevice('cpu', { threads: 2 });
});

afterAll(() => device.close());

describe('dispose', () => {
  test('frees at once, and once only', async () => {
    await device.synchronize();
    const before = device.memory().current;
    const tensor = device.zeros([2 ** 16]);
    await device.synchronize();
    tensor.dispose();
    expect(device.memory().current).toBe(before);
    tensor.dispose();
    expect(device.memory().current).toBe(before);
    expect(tensor.disposed).toBe(true);
  });

  test('leaves what is queued alone', async () => {
    const before = device.memory().current;
    for (let round = 0; round < 100; round++) {
      const x = device.tensor(new Float32Array(4096).fill(round), [4096]);
      const spectrum = fwht(x);
      x.dispose();
      const y = fwht(spectrum);
      spectrum.dispose();
      const values = y.read();
      y.dispose();
      expect((await values).every((value) => Math.abs(value - round) < 1e-4)).toBe(true);
    }
    await device.synchronize();
    expect(device.memory().current).toBe(before);
  });

  test('of a layer leaves its queued work alone', async () => {
    const x = device.tensor(Float32Array.of(1, 2, 3, 4), [1, 1, 1, 4]);
    const reads = Array.from({ length: 100 }, (_, round) => {
      const layer = new BlockWht1d(device, { inChannels: 4, threshold: 'none', weights: new Float32Array(4).fill(round) });
      const y = layer.forward(x);
      layer.dispose();
      layer.dispose();
      return y.read();
    });
    for (const [round, values] of (await Promise.all(reads)).entries()) {
      expect([...values].map((value) => Math.round(value * 1e4) / 1e4)).toEqual([round, 2 * round, 3 * round, 4 * round]);
    }
  });

  test('is what `using` does', () => {
    const tensor = device.zeros([1]);
    const layer = new Conv2d(device, { inChannels: 1, outChannels: 1, kernelSize: 1 });
    {
      using _tensor = tensor;
      using _layer = layer;
    }
    expect([tensor.disposed, layer.disposed]).toEqual([true, true]);
  });
});

describe('the order of the stream', () => {
  test('a write does not reach work queued before it', async () => {
    using x = device.zeros([2048]);
    const reads: Promise<Float32Array>[] = [];
    for (let round = 0; round < 300; round++) {
      x.write(new Float32Array(2048).fill(round));
      reads.push(multiply(x, 2).read());
    }
    for (const [round, values] of (await Promise.all(reads)).entries()) {
      expect(values.every((value) => value === 2 * round)).toBe(true);
    }
  });

  test('what is written is copied before write and tensor return', async () => {
    using work = longWork(device);
    work.start();
    const data = Float32Array.of(1, 2, 3);
    using made = device.tensor(data, [3]);
    using written = device.zeros([3]);
    written.write(data);
    data.fill(9);
    expect([...(await made.read())]).toEqual([1, 2, 3]);
    expect([...(await written.read())]).toEqual([1, 2, 3]);
  });

  test('reads are settled in the order in which they were asked for', async () => {
    using x = device.zeros([1]);
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 200 }, async (_, round) => {
        x.write(Float32Array.of(round));
        const [value] = await x.read();
        order.push(value ?? Number.NaN);
      }),
    );
    expect(order).toEqual(Array.from({ length: 200 }, (_, round) => round));
  });

  test('an output that is written again and again holds the last', async () => {
    using x = device.zeros([64]);
    using y = device.zeros([64]);
    for (let round = 0; round < 500; round++) {
      x.write(new Float32Array(64).fill(round));
      copy(x, { out: y });
    }
    expect(new Set(await y.read())).toEqual(new Set([499]));
  });
});

describe('reading', () => {
  test('readSync waits for what is queued, and agrees with read', async () => {
    using work = longWork(device);
    work.start();
    using x = device.tensor(Float32Array.of(1, 2, 3, 4), [4]);
    using y = fwht(x, { normalization: 'none', ordering: 'natural' });
    expect([...y.readSync()]).toEqual([10, -2, -4, 0]);
    expect(await y.read()).toEqual(y.readSync());
  });

  test('gives a copy of its own', async () => {
    using x = device.tensor(Float32Array.of(1, 2), [2]);
    const first = await x.read();
    first.fill(7);
    expect([...(await x.read())]).toEqual([1, 2]);
  });

  test('part of a larger buffer can be written', async () => {
    using x = device.tensor(Float32Array.of(0, 1, 2, 3, 4).subarray(1, 4), [3]);
    expect([...(await x.read())]).toEqual([1, 2, 3]);
  });

  test('shared memory can be written', async () => {
    const shared = new Float32Array(new SharedArrayBuffer(8));
    shared.set([5, 6]);
    using x = device.tensor(shared, [2]);
    expect([...(await x.read())]).toEqual([5, 6]);
  });

  test('zeros are zero, whatever the memory held', async () => {
    for (let round = 0; round < 20; round++) {
      device.tensor(new Float32Array(5000).fill(3), [5000]).dispose();
      using x = device.zeros([5000]);
      expect((await x.read()).every((value) => value === 0)).toBe(true);
    }
  });
});

describe('what a tensor tells about itself', () => {
  test('its shape, dtype, layout and size', () => {
    const shape = [2, 3, 4];
    using tensor = device.zeros(shape, { dtype: 'float16', layout: 'NCHW' });
    shape[0] = 9;
    expect(tensor).toMatchObject({ shape: [2, 3, 4], dtype: 'float16', layout: 'NCHW', size: 24, byteLength: 48, hostVisible: false });
    expect(tensor.device).toBe(device);
    expect(Object.isFrozen(tensor.shape)).toBe(true);
  });
});

describe('a host-visible tensor', () => {
  test('shows what the device wrote, and the device what was written to it', async () => {
    using x = device.zeros([1, 2, 2, 1], { hostVisible: true });
    using y = device.zeros([1, 2, 2, 1], { hostVisible: true });
    using layer = new BlockWht2d(device, { height: 2, width: 2, threshold: 'none' });
    await device.synchronize();
    x.view().set([1, 2, 3, 4]);
    layer.forward(x, { out: y });
    await device.synchronize();
    expect([...y.view()].map((value) => Math.round(value * 1e5) / 1e5)).toEqual([1, 2, 3, 4]);
    x.write(Float32Array.of(5, 6, 7, 8));
    await device.synchronize();
    expect([...x.view()]).toEqual([5, 6, 7, 8]);
  });

  test('gives the same view every time, and no copy', () => {
    using x = device.zeros([16], { hostVisible: true });
    expect(x.view()).toBe(x.view());
    expect(x.view()).toBeInstanceOf(Float32Array);
    expect(x.view().byteLength).toBe(64);
  });

  test('gives float16 as its bits', async () => {
    using x = device.tensor(Float32Array.of(1, -2), [2], { dtype: 'float16', hostVisible: true });
    await device.synchronize();
    expect(x.view()).toEqual(Uint16Array.of(0x3c00, 0xc000));
  });

  test('empties its view when it is disposed', () => {
    const x = device.zeros([16], { hostVisible: true });
    const view = x.view();
    x.dispose();
    expect(view).toHaveLength(0);
  });

  test('empties its view when its device is closed', () => {
    const other = openDevice('cpu');
    const view = other.zeros([16], { hostVisible: true }).view();
    other.close();
    expect(view).toHaveLength(0);
  });

  test('may be disposed while work on it is queued', async () => {
    using work = longWork(device);
    work.start();
    const x = device.zeros([4096], { hostVisible: true });
    x.view();
    using y = copy(x);
    x.dispose();
    expect((await y.read()).every((value) => value === 0)).toBe(true);
  });

  test('is kept by its view alone', async () => {
    const view = (() => device.tensor(Float32Array.of(1, 2, 3), [3], { hostVisible: true }).view())();
    await device.synchronize();
    for (let round = 0; round < 10; round++) {
      globalThis.gc?.();
      await new Promise(setImmediate);
    }
    expect([...view]).toEqual([1, 2, 3]);
  });

  test('may be empty', () => {
    using x = device.zeros([0, 3], { hostVisible: true });
    expect(x.view()).toHaveLength(0);
  });
});
