import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BlockWht2d, copy, type Device, openDevice } from '../../lib/index';
import { processThreads } from './process-threads';

const MEBIBYTE = 2 ** 20;

let device: Device;

beforeEach(() => {
  device = openDevice('cpu', { threads: 1 });
});

afterEach(() => device.close());

function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error('Expected node to run with --expose-gc');
  globalThis.gc();
}

/** Collects garbage and lets finalizers run, until `done` or for so many turns of the event loop. */
async function collectUntil(done: () => boolean): Promise<boolean> {
  for (let turn = 0; turn < 100 && !done(); turn++) {
    collectGarbage();
    await nextTurn();
  }
  return done();
}

test('tensors that are dropped are freed', async () => {
  const before = device.memory().current;
  const drop = () => {
    for (let count = 0; count < 32; count++) device.zeros([MEBIBYTE / 4]);
  };
  drop();
  await device.synchronize();
  expect(device.memory().peak - before).toBeGreaterThanOrEqual(MEBIBYTE);
  expect(await collectUntil(() => device.memory().current <= before)).toBe(true);
});

test('a tensor that is still held is not', async () => {
  const held = device.tensor(Float32Array.of(1, 2, 3), [3]);
  for (let turn = 0; turn < 5; turn++) {
    collectGarbage();
    await nextTurn();
  }
  expect([...(await held.read())]).toEqual([1, 2, 3]);
});

test('a tensor that is dropped while work on it is queued, or a read of it, is freed after that', async () => {
  const values = new Float32Array(MEBIBYTE / 4).fill(3);
  const reads = () => Array.from({ length: 20 }, () => copy(device.tensor(values, [values.length])).read());
  const pending = reads();
  collectGarbage();
  for (const read of await Promise.all(pending)) expect(read.every((value) => value === 3)).toBe(true);
  expect(await collectUntil(() => device.memory().current === 0)).toBe(true);
});

test('layers that are dropped are freed', async () => {
  const before = device.memory().current;
  const drop = () => {
    for (let count = 0; count < 8; count++) new BlockWht2d(device, { height: 256, width: 256 });
  };
  drop();
  expect(device.memory().peak - before).toBeGreaterThanOrEqual(2 * 65536 * 4);
  expect(await collectUntil(() => device.memory().current <= before)).toBe(true);
});

test('the garbage collector is told how large tensors are: a loop that drops them does not fill the memory', async () => {
  // Their JavaScript halves alone are far too small to make it run.
  for (let count = 0; count < 200; count++) {
    device.zeros([2 * MEBIBYTE]);
    if (count % 5 === 0) await device.synchronize();
  }
  expect(device.memory().peak).toBeLessThan(800 * MEBIBYTE);
});

test('a device that is dropped without being closed ends its threads', async () => {
  const threads = processThreads();
  const drop = () => {
    for (let count = 0; count < 50; count++) {
      const dropped = openDevice('cpu', { threads: 3 });
      copy(dropped.zeros([100]));
    }
  };
  drop();
  expect(processThreads()).toBeGreaterThan(threads + 50);
  expect(await collectUntil(() => processThreads() < threads + 20)).toBe(true);
});
