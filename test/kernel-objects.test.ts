import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const CMAKE_FILES = join(__dirname, '..', 'build', 'CMakeFiles');
const SETS = readdirSync(CMAKE_FILES).flatMap((name) => /^kernels_(\w+)\.dir$/.exec(name)?.[1] ?? []);

test('the kernels are compiled for more than one instruction set', () => {
  expect(SETS).toContain('portable');
  expect(SETS.length).toBeGreaterThan(1);
});

// The linker keeps one of several weak definitions of a name. One compiled for AVX-512 would then run on every processor.
describe.each(SETS)('the kernels for %s', (name) => {
  test('define no function that the linker could merge with another instruction set', () => {
    const object = join(CMAKE_FILES, `kernels_${name}.dir`, 'native', 'cpu', 'kernels.cc.o');
    const symbols = execFileSync('nm', ['-C', '--defined-only', object], { encoding: 'utf8' }).trim().split('\n');
    const weak = symbols.filter((line) => /^\S+ [WVu] /.test(line));
    expect(weak.length).toBeGreaterThan(0);
    expect(weak.filter((line) => !line.includes(`wht::${name}::`))).toEqual([]);
  });
});
