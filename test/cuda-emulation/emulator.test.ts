/** The emulation's own tests, a C++ program: barriers, shuffles, float16, faults. */
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

test.each(['', 'reversed'])('the emulated GPU does what a GPU does (order: %s)', (order) => {
  const program = resolve('build/Release/cuda_emulation_check');
  const said = execFileSync(program, { encoding: 'utf8', env: { ...process.env, WHT_EMULATION_ORDER: order } });
  expect(said.trim().split('\n').pop()).toBe('ok');
});
