/** Real shared libraries of a few bytes, that ask of a system what a test wants. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Wanted {
  /** Versions of symbols to need, each from a library, e.g. ['GLIBC_2.17', 'libc.so.6']. */
  needs?: [version: string, library: string][];
  /** Libraries to be linked to, without versions. */
  libraries?: string[];
  /** More C. */
  source?: string;
  options?: string[];
}

/** Writes a library for this machine's processor. The function that needs GLIBC_2.17 is called needs_GLIBC_2_17. */
export function writeLibrary(file: string, { needs = [], libraries = [], source = '', options = [] }: Wanted = {}): void {
  const folder = mkdtempSync(join(tmpdir(), 'wht-tiny-library-'));
  const compile = (...args: string[]) => execFileSync('g++', ['-shared', '-fPIC', '-nostdlib', '-x', 'c', ...args], { cwd: folder });
  try {
    const stubs = [...needs, ...libraries.map((library) => [undefined, library] as const)].map(([version, library], i) => {
      const symbol = `needs_${(version ?? library).replace(/\W/g, '_')}`;
      writeFileSync(join(folder, `${i}.map`), `${version ?? ''} { global: *; };`);
      writeFileSync(join(folder, `${i}.c`), `void ${symbol}(void) {}`);
      compile(`${i}.c`, `-Wl,-soname,${library}`, `-Wl,--version-script=${i}.map`, '-o', `${i}.so`);
      return { symbol, library: `./${i}.so` };
    });
    const calls = stubs.map(({ symbol }) => `void ${symbol}(void);\nvoid call_${symbol}(void) { ${symbol}(); }`);
    writeFileSync(join(folder, 'tiny.c'), [source, ...calls].join('\n'));
    compile('tiny.c', '-x', 'none', ...stubs.map(({ library }) => library), ...options, '-o', file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
