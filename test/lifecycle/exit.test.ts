import { describe, expect, test } from 'vitest';
import { runWithDevice } from './child-process';

/** Far less than the queued work would take, and enough for a slow machine to start Node. */
const PROMPTLY = 15_000;

const succeeded = { code: 0, signal: null, stderr: '' };

describe('a process', () => {
  test('ends by itself with a device open', async () => {
    const outcome = await runWithDevice(`longOutput.read().then(() => console.log('done'));`);
    expect(outcome).toMatchObject({ ...succeeded, stdout: 'done\n' });
  });

  test('ends by itself with a device that was never used', async () => {
    const outcome = await runWithDevice(`wht.openDevice('cpu'); console.log('done');`);
    expect(outcome).toMatchObject({ ...succeeded, stdout: 'done\n' });
  });

  test('is kept alive by a read, a synchronize and an elapsed that wait', async () => {
    const { code, stdout } = await runWithDevice(`
      for (let count = 0; count < 5; count++) longLayer.forward(longInput, { out: longOutput });
      longOutput.read().then(() => console.log('read'));
      device.synchronize().then(() => console.log('synchronized'));
      device.elapsed(() => {}).then(() => console.log('elapsed'));
    `);
    expect({ code, lines: stdout.split('\n').sort() }).toEqual({ code: 0, lines: ['', 'elapsed', 'read', 'synchronized'] });
  });

  test('is not kept alive by work that nobody waits for', async () => {
    const outcome = await runWithDevice('queueForMinutes();');
    expect(outcome).toMatchObject(succeeded);
    expect(outcome.milliseconds).toBeLessThan(PROMPTLY);
  });

  test('that exits drops what is queued, and keeps its exit code', async () => {
    const outcome = await runWithDevice(`queueForMinutes(); longOutput.read(); setTimeout(() => process.exit(7), 50);`);
    expect(outcome).toMatchObject({ ...succeeded, code: 7 });
    expect(outcome.milliseconds).toBeLessThan(PROMPTLY);
  });

  test('that exits at once does so', async () => {
    const outcome = await runWithDevice(`queueForMinutes(); process.exit(3);`);
    expect(outcome).toMatchObject({ ...succeeded, code: 3 });
    expect(outcome.milliseconds).toBeLessThan(PROMPTLY);
  });

  test('that dies of an exception does so', async () => {
    const outcome = await runWithDevice(`queueForMinutes(); longOutput.read(); throw new Error('mine');`);
    expect(outcome).toMatchObject({ code: 1, signal: null, stderr: expect.stringContaining('Error: mine') });
    expect(outcome.milliseconds).toBeLessThan(PROMPTLY);
  });

  test('that leaves views of host-visible tensors behind ends by itself', async () => {
    const outcome = await runWithDevice(`
      globalThis.views = Array.from({ length: 100 }, () => device.zeros([1000], { hostVisible: true }).view());
      gc();
    `);
    expect(outcome).toMatchObject(succeeded);
  });
});

describe('worker threads', () => {
  /** A script in workers, which find `wht` and `device` as the main thread does. */
  const workers = (script: string, main: string) => `
    const { Worker } = require('node:worker_threads');
    const source = \`
      const { parentPort, workerData } = require('node:worker_threads');
      const wht = require(require('node:path').resolve('dist'));
      const device = wht.openDevice('cpu', { threads: 2 });
      ${script}
    \`;
    const start = (workerData) => new Worker(source, { eval: true, workerData });
    ${main}
  `;

  test('each compute right, side by side and beside the main thread', async () => {
    const outcome = await runWithDevice(
      workers(
        `const x = device.tensor(new Float32Array(1024).fill(workerData), [1024]);
         Promise.all(Array.from({ length: 50 }, () => wht.fwht(x).read())).then((spectra) => {
           parentPort.postMessage(spectra.every((spectrum) => Math.abs(spectrum[0] - 32 * workerData) < 1e-3));
         });`,
        `let right = 0;
         for (let id = 1; id <= 4; id++) start(id).on('message', (ok) => { if (ok) right++; });
         const x = device.tensor(new Float32Array(1024).fill(9), [1024]);
         wht.fwht(x).read().then((spectrum) => { if (Math.abs(spectrum[0] - 288) < 1e-3) right++; });
         process.on('exit', () => console.log(right));`,
      ),
    );
    expect(outcome).toMatchObject({ ...succeeded, stdout: '5\n' });
  });

  test('can be terminated with a long queue and reads that wait', async () => {
    const outcome = await runWithDevice(
      workers(
        `const layer = new wht.Conv2d(device, { inChannels: 256, outChannels: 256, kernelSize: 3 });
         const x = device.zeros([1, 48, 48, 256]);
         const out = layer.forward(x);
         for (let count = 0; count < 3000; count++) layer.forward(x, { out });
         out.read();
         device.synchronize();
         parentPort.postMessage('queued');`,
        `const all = Array.from({ length: 2 }, () => start(0));
         Promise.all(all.map((worker) => new Promise((resolve) => worker.once('message', resolve))))
           .then(() => Promise.all(all.map((worker) => worker.terminate())))
           .then(() => longOutput.read())
           .then(() => console.log('the main thread works on'));`,
      ),
    );
    expect(outcome).toMatchObject({ ...succeeded, stdout: 'the main thread works on\n' });
    expect(outcome.milliseconds).toBeLessThan(PROMPTLY);
  });

  test('can come and go', async () => {
    const outcome = await runWithDevice(
      workers(
        `wht.fwht(device.tensor(Float32Array.of(1, 1), [2])).read().then(([value]) => parentPort.postMessage(value));`,
        `(async () => {
           for (let round = 0; round < 10; round++) {
             const worker = start(round);
             await new Promise((resolve) => worker.once('exit', resolve));
           }
           console.log('done');
         })();`,
      ),
    );
    expect(outcome).toMatchObject({ ...succeeded, stdout: 'done\n' });
  });

  test('can be terminated in the middle of calls, time and again', async () => {
    const outcome = await runWithDevice(
      workers(
        `const x = device.zeros([1 << 10]);
         parentPort.postMessage('started');
         for (let size = 0; ; size = (size + 1) % 10) {
           const layer = new wht.BlockWht1d(device, { inChannels: 1 << size });
           wht.fwht(x, { blockSize: 1 << size }).dispose();
           layer.dispose();
         }`,
        `(async () => {
           for (let round = 0; round < 20; round++) {
             const worker = start(0);
             await new Promise((resolve) => worker.once('message', resolve));
             await new Promise((resolve) => setTimeout(resolve, round % 4));
             await worker.terminate();
           }
           console.log('done');
         })();`,
      ),
    );
    expect(outcome).toMatchObject({ ...succeeded, stdout: 'done\n' });
  });

  test('are ended with the process', async () => {
    const outcome = await runWithDevice(
      workers(
        `const x = device.zeros([1 << 20]);
         setInterval(() => { for (let count = 0; count < 100; count++) wht.fwht(x, { axis: 0, blockSize: 1024, out: x }); }, 1);
         parentPort.postMessage('started');`,
        `start(0).once('message', () => process.exit(4));`,
      ),
    );
    expect(outcome).toMatchObject({ ...succeeded, code: 4 });
    expect(outcome.milliseconds).toBeLessThan(PROMPTLY);
  });
});
