/** scripts/prebuilds/check.js: what it finds in real libraries. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeLibrary } from './tiny-library';

interface Target {
  arch: string;
  folder: string;
  machine: string;
}
interface Checked {
  name: string;
  machine?: string;
  bytes?: number;
  highest?: Record<string, string>;
  libraries?: string[];
  problems: string[];
}

const load = createRequire(import.meta.url);
const { checkTarget } = load('../../scripts/prebuilds/check.js') as { checkTarget(prebuilds: string, target: Target): Checked[] };
const { ADDON, TARGETS } = load('../../scripts/prebuilds/targets.js') as { ADDON: string; TARGETS: Target[] };
const { formatChecked } = load('../../scripts/prebuilds/table.js') as { formatChecked(checked: Checked[]): string };
const [here] = TARGETS.filter(({ arch }) => arch === process.arch) as [Target];
const [other] = TARGETS.filter(({ arch }) => arch !== process.arch) as [Target];

let prebuilds: string;
beforeEach(() => {
  prebuilds = mkdtempSync(join(tmpdir(), 'wht-prebuilds-'));
  for (const { folder } of TARGETS) mkdirSync(join(prebuilds, folder));
});
afterEach(() => rmSync(prebuilds, { recursive: true }));

function checkAddon(...wanted: Parameters<typeof writeLibrary> extends [string, ...infer Rest] ? Rest : never): Checked {
  writeLibrary(join(prebuilds, here.folder, ADDON), ...wanted);
  const checked = checkTarget(prebuilds, here);
  expect(checked).toHaveLength(1);
  return checked[0] as Checked;
}

describe('versions of symbols', () => {
  test('at the floor and below are none to complain of, and the highest is named', () => {
    const { problems, highest, libraries } = checkAddon({
      needs: [
        ['GLIBC_2.17', 'libc.so.6'],
        ['GLIBC_2.4', 'libpthread.so.0'],
        ['GCC_3.0', 'libgcc_s.so.1'],
      ],
    });
    expect(problems).toEqual([]);
    expect(highest).toEqual({ GLIBC: '2.17', GLIBCXX: 'none', CXXABI: 'none', GCC: '3.0' });
    expect(libraries?.sort()).toEqual(['libc.so.6', 'libgcc_s.so.1', 'libpthread.so.0']);
  });

  test.each([
    ['GLIBC_2.18', 'libc.so.6', 'GLIBC_2.17 at most'],
    ['GLIBC_2.34', 'libc.so.6', 'GLIBC_2.17 at most'],
    ['GLIBC_2.17.1', 'libc.so.6', 'GLIBC_2.17 at most'],
    ['GLIBC_10.0', 'libc.so.6', 'GLIBC_2.17 at most'],
    ['GCC_13.0.0', 'libgcc_s.so.1', 'GCC_4.8.0 at most'],
    // Neither is a release: one says that a newer linker packed the relocations, the other that glibc's inside is meant.
    ['GLIBC_ABI_DT_RELR', 'libc.so.6', 'GLIBC_2.17 at most'],
    ['GLIBC_PRIVATE', 'libc.so.6', 'GLIBC_2.17 at most'],
  ])('above the floor are named with their symbols: %s', (version, library, floor) => {
    const { problems } = checkAddon({ needs: [[version, library]] });
    expect(problems).toEqual([
      expect.stringContaining(`needs ${version} (needs_${version.replace(/\W/g, '_')}), where the floor is ${floor}`),
    ]);
  });

  test("of a C++ library are too many, since the system's is not to be needed", () => {
    const { problems, highest } = checkAddon({
      needs: [
        ['GLIBCXX_3.4.9', 'libc.so.6'],
        ['CXXABI_1.3', 'libm.so.6'],
      ],
    });
    expect(problems).toEqual(expect.arrayContaining([expect.stringContaining('GLIBCXX_3.4.9'), expect.stringContaining('CXXABI_1.3')]));
    expect(problems).toHaveLength(2);
    expect(highest).toMatchObject({ GLIBCXX: '3.4.9', CXXABI: '1.3' });
  });

  test('that the library itself defines are not needed', () => {
    writeFileSync(join(prebuilds, 'own.map'), 'GLIBC_9.99 { global: mine; };');
    const own = `-Wl,--version-script=${join(prebuilds, 'own.map')}`;
    const { problems, highest } = checkAddon({ source: 'void mine(void) {}', needs: [['GLIBC_2.17', 'libc.so.6']], options: [own] });
    expect(problems).toEqual([]);
    expect(highest?.GLIBC).toBe('2.17');
  });
});

test.each(['libcuda.so.1', 'libcudart.so.12', 'libcudnn.so.8', 'libnvrtc.so.12'])(
  'what is linked to %s would not load without',
  (library) => {
    const { problems } = checkAddon({ libraries: [library] });
    expect(problems).toEqual([
      expect.stringContaining(`linked to ${library}, and would not load where that is missing: CUDA is to be opened`),
    ]);
  },
);

test('what is linked to any other library that a system may lack is named', () => {
  const { problems } = checkAddon({ libraries: ['libstdc++.so.6', 'libgomp.so.1', 'libc.so.6'] });
  expect(problems).toEqual([expect.stringContaining('linked to libstdc++.so.6'), expect.stringContaining('linked to libgomp.so.1')]);
});

test('a library for another processor is named', () => {
  writeLibrary(join(prebuilds, other.folder, ADDON));
  const [checked] = checkTarget(prebuilds, other);
  expect(checked?.problems).toEqual([`expected it to be for ${other.machine}, got one for ${here.machine}`]);
});

test("a folder of the builder's machine to look for libraries in is named", () => {
  const { problems } = checkAddon({ options: ['-Wl,-rpath,/home/builder/lib'] });
  expect(problems).toEqual([expect.stringContaining('/home/builder/lib')]);
});

test('thread-local variables in the static block are named', () => {
  const source = 'extern __thread int there __attribute__((tls_model("initial-exec")));\nint get(void) { return there; }';
  const { problems } = checkAddon({ source });
  expect(problems).toEqual([expect.stringContaining('STATIC_TLS')]);
});

describe('a folder', () => {
  test('without the addon has it missing', () => {
    expect(checkTarget(prebuilds, here)).toEqual([{ name: `${here.folder}/${ADDON}`, problems: ['it is missing'] }]);
    rmSync(join(prebuilds, here.folder), { recursive: true });
    expect(checkTarget(prebuilds, here)).toEqual([{ name: `${here.folder}/${ADDON}`, problems: ['it is missing'] }]);
  });

  test('with the addon under another name has it missing, and checks what is there, which would be loaded', () => {
    writeLibrary(join(prebuilds, here.folder, 'node.napi.node'), { needs: [['GLIBC_2.99', 'libc.so.6']] });
    const checked = checkTarget(prebuilds, here);
    expect(checked.map(({ name, problems }) => [name, problems.length])).toEqual([
      [`${here.folder}/${ADDON}`, 1],
      [`${here.folder}/node.napi.node`, 1],
    ]);
  });

  test('has the libraries beside the addon checked too', () => {
    writeLibrary(join(prebuilds, here.folder, ADDON));
    writeLibrary(join(prebuilds, here.folder, 'libwht_cuda.so'), { libraries: ['libcuda.so.1'] });
    const checked = checkTarget(prebuilds, here);
    expect(checked.map(({ name, problems }) => [name, problems.length])).toEqual([
      [`${here.folder}/libwht_cuda.so`, 1],
      [`${here.folder}/${ADDON}`, 0],
    ]);
  });

  test.each([
    ['text', (file: string) => writeFileSync(file, 'not a library')],
    ['nothing', (file: string) => writeFileSync(file, '')],
    ['an object file', (file: string) => execFileSync('g++', ['-x', 'c', '-c', '-o', file, '-'], { input: 'int answer = 42;' })],
  ])('with %s in the place of the addon has that named', (_, write) => {
    write(join(prebuilds, here.folder, ADDON));
    expect(checkTarget(prebuilds, here)[0]?.problems).toEqual([expect.stringMatching(/^expected a shared library, got /)]);
  });
});

test('the table names each prebuild, the floor, and the systems whose glibc is old enough or too old', () => {
  const text = formatChecked([checkAddon({ needs: [['GLIBC_2.31', 'libc.so.6']] })]);
  expect(text).toMatch(new RegExp(`${here.folder}/${ADDON}.*${here.machine}.*2\\.31`));
  expect(text).toMatch(/the floor.*2\.17/);
  expect(text).toMatch(/What needs GLIBC_2\.31 loads on .*\(JetPack 5 .*, not on .*JetPack 4/);
});
