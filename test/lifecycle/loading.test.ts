/** Which files the native half is loaded from, tried in packages that are put together for each test. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { PackageState } from '../../lib/package-state';
import { runNode } from './child-process';

const RELEASE = resolve('build/Release');
const ADDON = join(RELEASE, 'wht_layers.node');
const EMULATED = join(RELEASE, 'libwht_cuda_emulated.so');
const MACHINE = `${process.platform}-${process.arch}`;
const OWN = 'build/Release/wht_layers.node';
const PREBUILD = `prebuilds/${MACHINE}/wht-layers.glibc.node`;
const OWN_CUDA = 'build/Release/libwht_cuda.so';
const SHIPPED_CUDA = `prebuilds/${MACHINE}/libwht_cuda.so`;
const GARBAGE = 'This is no library. '.repeat(50);

/** A folder below the system's for temporary files, for one test. */
function folderFor(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `wht-${name}-`));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** @param files paths in the package, and the files that lie there, or `GARBAGE` */
function packageWith(files: Record<string, string>): string {
  const folder = folderFor('package');
  for (const name of readdirSync('dist')) {
    if (['layers', 'networks', 'weights'].includes(name) || name.endsWith('.js'))
      cpSync(join('dist', name), join(folder, 'dist', name), { recursive: true });
  }
  cpSync('package.json', join(folder, 'package.json'));
  cpSync('native/backend.h', join(folder, 'native', 'backend.h'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(resolve('node_modules/node-gyp-build'), join(folder, 'node_modules', 'node-gyp-build'));
  for (const [path, source] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    if (source === GARBAGE) writeFileSync(file, source);
    else cpSync(source, file);
  }
  return folder;
}

async function inspect(folder: string, environment: Record<string, string> = {}): Promise<PackageState> {
  const script = `console.log(JSON.stringify(require(${JSON.stringify(join(folder, 'dist', 'package-state.js'))}).inspectPackage()))`;
  const { code, signal, stdout, stderr } = await runNode(['-e', script], environment);
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  return JSON.parse(stdout);
}

/** Runs a script in which `wht` is the package, and gives what it prints. */
async function run(folder: string, script: string, environment: Record<string, string> = {}): Promise<string> {
  const { code, signal, stdout, stderr } = await runNode(
    ['-e', `const wht = require(${JSON.stringify(join(folder, 'dist'))}); ${script}`],
    environment,
  );
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  return stdout;
}

const MESSAGE = "try { wht.openDevice('cpu') } catch (error) { console.log(error.code + ' ' + error.message) }";

describe('the addon', () => {
  test('is the one built on this machine, even beside a prebuild', async () => {
    const folder = packageWith({ [OWN]: ADDON, [PREBUILD]: ADDON });
    expect((await inspect(folder)).addon).toEqual({ file: join(folder, OWN), tried: [] });
  });

  test('is the prebuild, where the one built here does not load', async () => {
    const folder = packageWith({ [OWN]: GARBAGE, [PREBUILD]: ADDON });
    const { addon, devices } = await inspect(folder);
    expect(addon.file).toBe(join(folder, PREBUILD));
    expect(addon.tried).toEqual([{ file: join(folder, OWN), reason: expect.stringMatching(/invalid elf header/i) }]);
    expect(devices).toContainEqual(expect.objectContaining({ kind: 'cpu', available: true }));
  });

  test('that is nowhere: the error says what there is for others, and the cure', async () => {
    const folder = packageWith({ 'prebuilds/linux-mips/wht-layers.glibc.node': ADDON });
    const message = await run(folder, MESSAGE);
    expect(message).toMatch(/^ERR_WHT_DEVICE .*could not be loaded on linux-/);
    expect(message).toContain('no prebuild for this machine there (there is for linux-mips)');
    expect(message).toContain('"npx wht-layers build"');
    expect(message).toContain('"npx wht-layers doctor"');
    expect(await inspect(folder)).toEqual({ addon: { tried: [] }, cuda: { tried: [] }, devices: [] });
  });

  test("that is another processor's: the error says so", async () => {
    const folder = packageWith({ [PREBUILD]: ADDON });
    const file = join(folder, PREBUILD);
    const bytes = readFileSync(file);
    bytes.writeUInt16LE(8, 18); // e_machine of an ELF header: MIPS
    writeFileSync(file, bytes);
    expect(await run(folder, MESSAGE)).toContain('for another processor');
  });

  test('that a bundler left behind: the error says so', async () => {
    const folder = packageWith({ [OWN]: ADDON });
    rmSync(join(folder, 'native'), { recursive: true });
    rmSync(join(folder, 'build'), { recursive: true });
    expect(await run(folder, MESSAGE)).toMatch(/it was bundled.*external/);
  });

  test.runIf(process.allowedNodeEnvironmentFlags.has('--experimental-permission'))(
    'that may not be loaded: the error names the option',
    async () => {
      const folder = packageWith({ [OWN]: ADDON });
      const script = `const wht = require(${JSON.stringify(join(folder, 'dist'))}); ${MESSAGE}`;
      const { stdout } = await runNode(['--experimental-permission', '--allow-fs-read=*', '-e', script]);
      expect(stdout).toContain('--allow-addons');
    },
  );

  test('that loads from no file: the error names each, with the reason', async () => {
    const folder = packageWith({ [OWN]: GARBAGE, [PREBUILD]: GARBAGE });
    const message = await run(folder, MESSAGE);
    for (const path of [OWN, PREBUILD]) expect(message).toMatch(new RegExp(`- ${join(folder, path)}: .*invalid ELF header`));
  });
});

describe('the CUDA library', () => {
  /** Libraries that are made for these tests, by what they do when they are opened. */
  const library: Record<string, string> = {};

  beforeAll(() => {
    const folder = mkdtempSync(join(tmpdir(), 'wht-libraries-'));
    const constructors = {
      crashes: '*(volatile int*)0 = 1;',
      exits: 'fputs("the driver gives up\\n", stderr); _exit(3);',
      prints: 'puts("a driver may print {}"); fflush(stdout);',
      counts: 'FILE* file = fopen(getenv("OPENED"), "a"); fprintf(file, "%d\\n", getpid()); fclose(file);',
      'crashes-at-exit': 'atexit(abort);',
      'talks-and-crashes':
        'for (int line = 0; line < 40000; line++) fprintf(stderr, "the driver has something to say, %d\\n", line); abort();',
    };
    for (const [name, body] of Object.entries(constructors)) {
      const source = join(folder, `${name}.c`);
      const file = join(folder, `${name}.so`);
      writeFileSync(
        source,
        `#include <stdio.h>\n#include <stdlib.h>\n#include <unistd.h>\n__attribute__((constructor)) static void opened(void) { ${body} }\n`,
      );
      // The emulated backend comes with it, so that it is one itself.
      const flags = ['-shared', '-fPIC', '-Wl,--no-as-needed', `-L${RELEASE}`, '-l:libwht_cuda_emulated.so', `-Wl,-rpath,${RELEASE}`];
      execFileSync('cc', ['-o', file, source, ...flags]);
      library[name] = file;
    }
    return () => rmSync(folder, { recursive: true });
  });

  const KIND = 'const device = wht.openDevice(); console.log(device.kind); device.close();';

  test('built on this machine is opened', async () => {
    const folder = packageWith({ [OWN]: ADDON, [OWN_CUDA]: EMULATED });
    expect(await run(folder, KIND)).toBe('cuda\n');
    expect((await inspect(folder)).cuda).toEqual({ file: join(folder, OWN_CUDA), tried: [] });
  });

  test('that came with the package is opened', async () => {
    const folder = packageWith({ [PREBUILD]: ADDON, [SHIPPED_CUDA]: EMULATED });
    expect(await run(folder, KIND)).toBe('cuda\n');
    const tried = [{ file: join(folder, OWN_CUDA), reason: 'no such file' }];
    expect((await inspect(folder)).cuda).toEqual({ file: join(folder, SHIPPED_CUDA), tried });
  });

  test.each([
    ['crashes', () => library.crashes as string, /in a process of its own, which was ended by SIGSEGV/],
    ['ends its process', () => library.exits as string, /ended with exit code 3 \(the driver gives up\)/],
    ['crashes when its process ends', () => library['crashes-at-exit'] as string, /was ended by SIGABRT/],
    ['says more than anyone reads, and crashes', () => library['talks-and-crashes'] as string, /tried in a process of its own/],
    ['is no library', () => GARBAGE, /invalid elf header/i],
  ])('that %s leaves this process alone, and the next one is taken', async (_, bad, words) => {
    const alone = packageWith({ [OWN]: ADDON, [OWN_CUDA]: bad() });
    expect(await run(alone, KIND)).toBe('cpu\n');
    const script = "try { wht.openDevice('cuda') } catch (error) { console.log(error.code + ' ' + error.message) }";
    const message = await run(alone, script);
    expect(message).toMatch(/^ERR_WHT_NO_CUDA /);
    expect(message).toContain(join(alone, OWN_CUDA));
    expect(message).toMatch(words);
    expect((await inspect(alone)).devices).toContainEqual({
      kind: 'cuda',
      index: 0,
      available: false,
      reason: expect.stringMatching(words),
    });

    const both = packageWith({ [OWN]: ADDON, [OWN_CUDA]: bad(), [SHIPPED_CUDA]: EMULATED });
    expect(await run(both, KIND)).toBe('cuda\n');
    const { file, tried } = (await inspect(both)).cuda;
    expect(file).toBe(join(both, SHIPPED_CUDA));
    expect(tried).toEqual([{ file: join(both, OWN_CUDA), reason: expect.stringMatching(words) }]);
  });

  test('may print what it likes', async () => {
    const folder = packageWith({ [OWN]: ADDON, [OWN_CUDA]: library.prints as string });
    expect(await run(folder, KIND)).toMatch(/cuda\n$/);
  });

  test('that finds no GPU says why in its own words', async () => {
    const folder = packageWith({ [OWN]: ADDON, [OWN_CUDA]: EMULATED });
    const { cuda, devices } = await inspect(folder, { WHT_EMULATION_DRIVER: 'none' });
    expect(cuda).toEqual({ file: join(folder, OWN_CUDA), tried: [expect.objectContaining({ reason: 'no such file' })] });
    const reason = expect.stringContaining('no NVIDIA driver is installed');
    expect(devices).toContainEqual({ kind: 'cuda', index: 0, available: false, reason });
  });

  test('is not tried by an application that was started in place of the trial', async () => {
    const folder = packageWith({ [OWN]: ADDON, [OWN_CUDA]: EMULATED });
    const script = `const wht = require(${JSON.stringify(join(folder, 'dist'))}); wht.openDevice(); console.log('went on');`;
    expect(await runNode(['-e', script], { WHT_CUDA_TRIAL: '1' })).toMatchObject({ code: 1, stdout: '' });
  });

  test('is tried with the modules that NODE_OPTIONS names, and without its debugger', async () => {
    const folder = packageWith({ [OWN]: ADDON, [OWN_CUDA]: EMULATED });
    const preload = join(folder, 'preload.js');
    const loaded = join(folder, 'loaded');
    writeFileSync(
      preload,
      `require('node:fs').appendFileSync(${JSON.stringify(loaded)}, process.execArgv + process.env.NODE_OPTIONS + '\\n');`,
    );
    const script = `const wht = require(${JSON.stringify(join(folder, 'dist'))}); ${KIND}`;
    const outcome = await runNode(['-e', script], { NODE_OPTIONS: `--require ${preload} --inspect=127.0.0.1:0` });
    expect(outcome).toMatchObject({ code: 0, stdout: 'cuda\n', stderr: expect.stringContaining('Debugger listening') });
    const [here, trial, ...others] = readFileSync(loaded, 'utf8').trim().split('\n');
    expect(here).toContain('--inspect');
    expect(trial).toBe(`--require ${preload}`);
    expect(others).toEqual([]);
  });

  test('is not opened for the CPU', async () => {
    const folder = packageWith({ [OWN]: ADDON, [OWN_CUDA]: library.counts as string });
    const opened = join(folder, 'opened');
    await run(folder, "wht.openDevice('cpu').close();", { OPENED: opened });
    expect(readdirSync(folder)).not.toContain('opened');
  });

  test('is tried once for a process and its workers', async () => {
    const folder = packageWith({ [OWN]: ADDON, [OWN_CUDA]: library.counts as string });
    const opened = join(folder, 'opened');
    const worker = `const wht = require(${JSON.stringify(join(folder, 'dist'))}); ${KIND}`;
    const script = `${KIND} wht.openDevice().close(); new (require('node:worker_threads').Worker)(${JSON.stringify(worker)}, { eval: true });`;
    expect(await run(folder, script, { OPENED: opened })).toBe('cuda\ncuda\n');
    expect(new Set(readFileSync(opened, 'utf8').trim().split('\n')).size).toBe(2);
  });
});
