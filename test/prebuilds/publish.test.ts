/** `npm run prebuilds -- --check`, which npm runs before publishing: what it refuses. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeLibrary } from './tiny-library';

interface Target {
  arch: string;
  folder: string;
}

const load = createRequire(import.meta.url);
const { ADDON, TARGETS } = load('../../scripts/prebuilds/targets.js') as { ADDON: string; TARGETS: Target[] };
const { digestSources, record } = load('../../scripts/prebuilds/sources.js') as {
  digestSources(root: string): string;
  record(prebuilds: string, target: Target, sources: string): void;
};
const [here] = TARGETS.filter(({ arch }) => arch === process.arch) as [Target];
const [other] = TARGETS.filter(({ arch }) => arch !== process.arch) as [Target];

/** A checkout whose prebuild for this machine, a tiny one, is in order. */
let checkout: string;
let addon: string;
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'wht-checkout-'));
  for (const path of ['CMakeLists.txt', 'native', 'package.json', 'scripts']) cpSync(path, join(checkout, path), { recursive: true });
  symlinkSync(resolve('node_modules'), join(checkout, 'node_modules'));
  mkdirSync(join(checkout, 'prebuilds', here.folder), { recursive: true });
  addon = join(checkout, 'prebuilds', here.folder, ADDON);
  writeLibrary(addon);
  record(join(checkout, 'prebuilds'), here, digestSources(checkout));
});
afterEach(() => rmSync(checkout, { recursive: true }));

function check(...options: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(checkout, 'scripts', 'prebuilds.js'), '--check', ...options], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** The publish is refused for one reason, and the cure is named. */
function expectRefusal(reason: string): void {
  const { status, stderr } = check('--arch', here.arch);
  expect(stderr.trim().split('\n')).toEqual([
    expect.stringContaining(`prebuilds/${here.folder}/${ADDON}: `),
    expect.stringContaining('"npm run prebuilds" builds them'),
  ]);
  expect(stderr).toContain(reason);
  expect(status).toBe(1);
}

test('a prebuild of these sources passes, wherever the checkout lies and whenever its files were written', () => {
  const moved = `${checkout}-moved`;
  cpSync(checkout, moved, { recursive: true, verbatimSymlinks: true });
  rmSync(checkout, { recursive: true });
  cpSync(moved, checkout, { recursive: true, verbatimSymlinks: true });
  rmSync(moved, { recursive: true });
  expect(check('--arch', here.arch)).toMatchObject({ status: 0, stderr: '' });
});

test('all targets are wanted where none is named', () => {
  const { status, stderr } = check();
  expect(status).toBe(1);
  expect(stderr).toContain(`prebuilds/${other.folder}/${ADDON}: it is missing.`);
  expect(stderr).not.toContain(`prebuilds/${here.folder}/`);
});

test('no prebuild', () => {
  rmSync(addon);
  expectRefusal('it is missing');
});

test('no prebuilds at all, as in a fresh clone', () => {
  rmSync(join(checkout, 'prebuilds'), { recursive: true });
  expectRefusal('it is missing');
});

describe('a prebuild of other sources', () => {
  const REASON = 'built from other sources than are here now';
  test.each([
    'CMakeLists.txt',
    'native/backend.h',
    'native/cpu/kernels.cc',
    'native/prebuild/old_glibc.cmake',
    'scripts/prebuilds/arm64.cmake',
  ])('%s was edited', (path) => {
    appendFileSync(join(checkout, path), '\n');
    expectRefusal(REASON);
  });

  test('one was added', () => {
    writeFileSync(join(checkout, 'native', 'cpu', 'new.cc'), '');
    expectRefusal(REASON);
  });

  test('one was removed', () => {
    rmSync(join(checkout, 'native', 'cpu', 'memory.cc'));
    expectRefusal(REASON);
  });

  test('the headers of Node-API are of another version', () => {
    rmSync(join(checkout, 'node_modules'));
    for (const name of ['node-addon-api', 'node-api-headers', 'cli-table3']) {
      const place = join(checkout, 'node_modules', name);
      if (name === 'node-addon-api') {
        mkdirSync(place, { recursive: true });
        writeFileSync(join(place, 'package.json'), JSON.stringify({ name, version: '0.0.1' }));
      } else symlinkSync(resolve('node_modules', name), place);
    }
    expectRefusal(REASON);
  });
});

test('a prebuild that nobody recorded', () => {
  rmSync(join(checkout, 'prebuilds', 'sources.json'));
  expectRefusal('does not say what sources it was built from');
});

test('another file in the place of the recorded one', () => {
  writeLibrary(addon, { source: 'void another(void) {}' });
  expectRefusal(`${ADDON} is not as it was built`);
});

test('a library that was put beside it', () => {
  writeLibrary(join(checkout, 'prebuilds', here.folder, 'zlib.so'));
  expectRefusal('zlib.so is not as it was built');
});

test('one above the floor, though it is of these sources', () => {
  writeLibrary(addon, { needs: [['GLIBC_2.34', 'libc.so.6']] });
  record(join(checkout, 'prebuilds'), here, digestSources(checkout));
  expectRefusal('needs GLIBC_2.34');
});

test.each([
  [['--arch', 'ppc64'], 'Expected --arch to be one of x64, arm64, got "ppc64"'],
  [['--arhc', 'x64'], "Unknown option '--arhc'"],
  [['--arch', 'arm64', '--cuda', '75'], 'Expected --cuda with the x64 prebuild'],
])('%j is not understood, and nothing is done', (args, words) => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/prebuilds.js', ...args], { encoding: 'utf8' });
  expect(stderr).toContain(words);
  expect(status).toBe(2);
});

test('npm has a command for each: it builds, and checks before publishing', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  expect(scripts.prebuilds).toBe('node scripts/prebuilds.js');
  expect(scripts.prepublishOnly).toContain('node scripts/prebuilds.js --check');
});
