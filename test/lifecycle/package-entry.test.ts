import { expect, test } from 'vitest';
import * as source from '../../lib/index';
import { runNode } from './child-process';

const names = Object.keys(source).sort();

test('the package can be required by its name', async () => {
  const outcome = await runNode(['-p', `Object.keys(require('wht-layers')).sort().join()`]);
  expect(outcome).toMatchObject({ code: 0, stderr: '', stdout: `${names.join()}\n` });
});

test('the package can be imported by its name, with every name in it', async () => {
  const script = `import { ${names.join(', ')} } from 'wht-layers'; console.log([${names.join(', ')}].every((item) => typeof item === 'function'));`;
  const outcome = await runNode(['--input-type=module', '-e', script]);
  expect(outcome).toMatchObject({ code: 0, stderr: '', stdout: 'true\n' });
});

test('an error is a WhtError of the same class, however it came about', async () => {
  const script = `
    import { openDevice, WhtError } from 'wht-layers';
    process.env.WHT_CUDA_BACKEND = '/nowhere/libwht_cuda.so';
    const errors = [];
    for (const kind of ['cuda', 'tpu']) try { openDevice(kind); } catch (error) { errors.push(error); }
    console.log(errors.map((error) => error instanceof WhtError && error instanceof Error && error.code).join());
  `;
  const outcome = await runNode(['--input-type=module', '-e', script]);
  expect(outcome).toMatchObject({ code: 0, stdout: 'ERR_WHT_NO_CUDA,ERR_WHT_OPTION\n' });
});
