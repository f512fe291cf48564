/** A user with worker threads: prints "ok" where three of them and the main thread use the package at the same time. */
const assert = require('node:assert');
const { isMainThread, parentPort, Worker } = require('node:worker_threads');
const { fwht, openDevice } = require('wht-layers');

async function transform() {
  const device = openDevice('cpu', { threads: 2 });
  const x = device.tensor(new Float32Array([1, 2, 3, 4]), [1, 4]);
  const values = await fwht(x, { ordering: 'natural', normalization: 'none' }).read();
  device.close();
  return [...values];
}

async function main() {
  const answers = Array.from(
    { length: 3 },
    () => new Promise((resolve, reject) => new Worker(__filename).on('message', resolve).on('error', reject)),
  );
  for (const values of [await transform(), ...(await Promise.all(answers))]) assert.deepStrictEqual(values, [10, -2, -4, 0]);
  console.log('ok');
}

if (isMainThread) main();
else transform().then((values) => parentPort.postMessage(values));
