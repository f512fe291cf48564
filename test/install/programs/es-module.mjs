/** A user with ES modules: prints "ok" where each name of the package can be imported by itself, and is the same as CommonJS has. */
import assert from 'node:assert';
import { createRequire } from 'node:module';
import * as wht from 'wht-layers';
import { fwht, openDevice } from 'wht-layers';

const required = createRequire(import.meta.url)('wht-layers');
const imported = { ...wht };
const names = Object.keys(required);
assert.ok(names.length > 10);
for (const name of names) assert.strictEqual(imported[name], required[name], name);
const device = openDevice('cpu', { threads: 2 });
const x = device.tensor(new Float32Array([1, 2, 3, 4]), [1, 4]);
assert.deepStrictEqual([...(await fwht(x, { ordering: 'natural', normalization: 'none' }).read())], [10, -2, -4, 0]);
device.close();
console.log('ok');
