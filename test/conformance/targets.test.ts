import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openDevice } from '../../lib/index';
import { targets } from './targets';

const names = targets().map(({ name }) => name);

/** The CPU's features as Linux names them. */
function cpuFlags(): Set<string> {
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'));
  return new Set(line?.[1]?.trim().split(/\s+/));
}

// Whoever names targets wants those alone.
const testAll = test.runIf(process.env.WHT_TARGETS === undefined);

testAll('the portable kernels are tested everywhere', () => {
  expect(names).toContain('cpu portable');
});

testAll('the CUDA backend is tested everywhere, in both orders of threads', () => {
  expect(names).toEqual(expect.arrayContaining(['cuda-emulated', 'cuda-emulated, reversed']));
});

testAll('the kernels that the machine gets by itself are among those tested', () => {
  using device = openDevice('cpu');
  expect(names).toContain(`cpu ${device.info().simd}`);
});

test.runIf(process.platform === 'linux' && process.env.WHT_TARGETS === undefined)('no SIMD level that the CPU has is left out', () => {
  const flags = cpuFlags();
  const has = (...wanted: string[]) => wanted.every((flag) => flags.has(flag));
  const levels = {
    avx2: has('avx2', 'fma', 'f16c'),
    avx512: has('avx512f', 'avx512bw', 'avx512dq', 'avx512vl'),
    neon: process.arch === 'arm64',
  };
  for (const [level, present] of Object.entries(levels)) if (present) expect(names).toContain(`cpu ${level}`);
});

test.each(targets().filter(({ kind }) => kind === 'cpu'))('$name reports itself', (target) => {
  using device = target.open();
  expect(`cpu ${device.info().simd}`).toBe(target.name);
  expect(device.info().backend).toBe(target.name);
});
