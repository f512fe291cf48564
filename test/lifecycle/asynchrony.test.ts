/** What the JavaScript thread pays for queueing work. The bounds are generous: they must hold on a slow machine that others use as well. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BlockWht2d, type Device, openDevice } from '../../lib/index';
import { longWork } from './long-work';

let device: Device;

beforeAll(() => {
  device = openDevice('cpu');
});

afterAll(() => device.close());

test('forward on a tiny tensor costs the JavaScript thread less than 50 microseconds', async () => {
  using x = device.zeros([1, 2, 2, 1]);
  using y = device.zeros([1, 2, 2, 1]);
  using layer = new BlockWht2d(device, { height: 2, width: 2 });
  const costs: number[] = [];
  for (let call = 0; call < 2000; call++) {
    const start = performance.now();
    layer.forward(x, { out: y });
    costs.push(performance.now() - start);
    if (call % 100 === 0) await device.synchronize();
  }
  costs.sort((a, b) => a - b);
  expect(costs[1000]).toBeLessThan(0.05);
});

test('forward returns long before its work is done', async () => {
  using work = longWork(device);
  using out = work.start();
  await device.synchronize();
  const shares: number[] = [];
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    work.start(out);
    const returned = performance.now();
    await device.synchronize();
    shares.push((returned - start) / (performance.now() - start));
  }
  // One round may be unlucky: the threads that compute may take this one's processor.
  expect(Math.min(...shares)).toBeLessThan(0.2);
});

test('the event loop turns while the device works', async () => {
  using work = longWork(device);
  using out = work.start();
  for (let count = 0; count < 10; count++) work.start(out);
  let turns = 0;
  const ticking = setInterval(() => turns++, 1);
  await device.synchronize();
  clearInterval(ticking);
  expect(turns).toBeGreaterThan(3);
});
