/** The doctor of this machine, as a user runs it: the package is real, and so are the crashes. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { withoutHome } from '../../scripts/doctor/home-folder';
import type { DoctorReport } from '../../scripts/doctor/schema';

const ROOT = resolve(__dirname, '..', '..');
const EMULATED = join(ROOT, 'build', 'Release', 'libwht_cuda_emulated.so');
const folder = mkdtempSync(join(tmpdir(), 'wht-doctor-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const UNSET = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => name.startsWith('WHT_'))
    .map((name) => [name, undefined]),
);

function doctor(variables: Record<string, string> = {}, args: string[] = [], root = ROOT) {
  // As if whose machine it is had nothing to do with where the package is.
  const env = { ...process.env, ...UNSET, HOME: '/nobody', ...variables };
  return spawnSync(process.execPath, [join(root, 'dist', 'doctor', 'main.js'), ...args], { encoding: 'utf8', env, timeout: 50_000 });
}

function report(variables: Record<string, string> = {}, root = ROOT): { status: number | null; found: DoctorReport } {
  const { status, stdout } = doctor(variables, ['--json'], root);
  return { status, found: JSON.parse(stdout) };
}

/** A library that ends the process that opens it. */
function crashing(file: string): string {
  const source = join(folder, 'crash.cc');
  writeFileSync(source, '#include <csignal>\n__attribute__((constructor)) static void crash() { raise(SIGSEGV); }\n');
  execFileSync('c++', ['-shared', '-fPIC', '-o', file, source]);
  return file;
}

/** The package's JavaScript with no native half, or with this one. */
function packageWithout(name: string, addon?: (file: string) => void): string {
  const root = join(folder, name);
  mkdirSync(join(root, 'build', 'Release'), { recursive: true });
  for (const each of ['dist', 'scripts', 'package.json']) cpSync(join(ROOT, each), join(root, each), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  addon?.(join(root, 'build', 'Release', 'wht_layers.node'));
  return root;
}

describe('the doctor of this machine', () => {
  it('says which device it gives, on one screen', () => {
    const { status, stdout, stderr } = doctor();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.split('\n').length).toBeLessThan(40);
    expect(stdout).toMatch(/\n─{80}\nopenDevice\(\) gives (the CPU: (AVX2|AVX-512|NEON|portable code), \d+ threads?|CUDA on .*)\n/);
    expect(stdout).toContain(`✓ Node.js        ${process.versions.node}\n`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what colours are made of
    expect(stdout).not.toMatch(/\u001b/);
  });

  it('says the same as JSON', () => {
    const { status, found } = report();
    expect(status).toBe(0);
    expect(found).toMatchObject({
      schema: 1,
      facts: { machine: { node: process.versions.node }, package: { folder: ROOT, variables: {} } },
    });
    expect(['cpu', 'cuda']).toContain(found.backend.kind);
    expect(found.facts.package?.state?.addon.file).toMatch(/\.node$/);
    expect(found.findings.map(({ subject }) => subject)).toEqual([
      ...['package', 'addon', 'CUDA library', 'board', 'processor', 'system', 'Node.js', 'C++ compiler', 'CMake'],
      ...['CUDA toolkit', 'driver', 'GPU', 'cuDNN'],
    ]);
  });

  it('takes the level of instructions from the device', () => {
    expect(report({ WHT_SIMD: 'portable', WHT_DEVICE: 'cpu', WHT_THREADS: '1' }).found.backend).toMatchObject({
      ...{ kind: 'cpu', simd: 'portable', text: 'the CPU: portable code, 1 thread' },
    });
  });

  it.skipIf(!existsSync(EMULATED))('says CUDA where that is what it is', () => {
    const { status, found } = report({ WHT_CUDA_BACKEND: EMULATED });
    expect(status).toBe(0);
    expect(found.backend).toEqual({ kind: 'cuda', text: expect.stringMatching(/^CUDA on Emulated GPU, compute capability \d/) });
  });

  it.skipIf(!existsSync(EMULATED))('loads cuDNN, and says which it is', () => {
    const variables = { WHT_CUDA_BACKEND: EMULATED, WHT_CUDNN_DIR: join(ROOT, 'build', 'Release', 'cudnn-8') };
    const { found } = report(variables);
    const version = found.facts.package?.opened?.cudnn;
    expect(version).toMatch(/^8\./);
    expect(found.findings.find(({ subject }) => subject === 'cuDNN')).toMatchObject({
      state: 'ok',
      text: expect.stringContaining(`${version}`),
    });
  });

  it('ends with 1 where no device can be opened', () => {
    const { status, found } = report({ WHT_DEVICE: 'gpu' });
    expect(status).toBe(1);
    expect(found.backend).toMatchObject({ kind: 'none', because: { cause: 'open-failed', cure: ['unset WHT_DEVICE', expect.anything()] } });
    expect(found.backend.because?.text).toMatch(/Expected WHT_DEVICE to be one of 'cpu', 'cuda', got "gpu"/);
  });

  it('survives a CUDA library that crashes', () => {
    const library = crashing(join(folder, 'libcrash.so'));
    const { status, found } = report({ WHT_CUDA_BACKEND: library });
    expect(status).toBe(1);
    expect(found.backend).toMatchObject({
      kind: 'none',
      because: { cause: 'open-failed', text: `opening a device ended its process by SIGSEGV, with WHT_CUDA_BACKEND=${library}` },
    });
    expect(found.facts.package?.state?.addon.file).toMatch(/\.node$/);
  });

  it('knows its options', () => {
    const help = doctor({}, ['--help']);
    expect(help.status).toBe(0);
    expect(help.stdout).toMatch(/^Usage: npx wht-layers doctor \[--json\]/);
    const unknown = doctor({}, ['--fast']);
    expect({ status: unknown.status, stdout: unknown.stdout }).toEqual({ status: 2, stdout: '' });
    expect(unknown.stderr).toContain('--fast');
  });
});

describe('a report', () => {
  it('does not tell the name of the user, which paths have', () => {
    const root = packageWithout('project');
    const { stdout } = doctor({ HOME: folder, CUDA_HOME: join(folder, 'cuda'), LD_LIBRARY_PATH: `/opt:${folder}/lib` }, ['--json'], root);
    expect(stdout).not.toContain(folder);
    expect(JSON.parse(stdout).facts.package).toMatchObject({
      folder: '~/project',
      variables: { CUDA_HOME: '~/cuda', LD_LIBRARY_PATH: '/opt:~/lib' },
    });
  });

  it.each([
    ['/home/al/x:/home/al', '~/x:~'],
    ['/home/alice/x', '/home/alice/x'],
    ['/mnt/home/al/x', '/mnt/home/al/x'],
    ['in "/home/al"; PATH=/home/al.', 'in "~"; PATH=~.'],
    ['/home/al.b/x /home/al-c', '/home/al.b/x /home/al-c'],
  ])('%s is %s to al', (text, shown) => {
    expect(withoutHome({ list: [text], count: 1 }, '/home/al/')).toEqual({ list: [shown], count: 1 });
  });

  it('is as it is where the user has no folder', () => {
    expect(['/', ''].map((home) => withoutHome('/usr/bin', home))).toEqual(['/usr/bin', '/usr/bin']);
  });
});

describe('the doctor of a package', () => {
  it('without an addon says how to build one', () => {
    const { status, found } = report({}, packageWithout('bare'));
    expect(status).toBe(1);
    expect(found.backend).toMatchObject({ kind: 'none', because: { cause: 'addon-not-loaded' } });
    expect(found.backend.because?.text).toMatch(/^the addon has not been built here/);
    // It has no lib/, as an installed one has none.
    expect(found.backend.because?.cure?.at(-1)).toBe('npx wht-layers build');
  });

  it('whose addon is none says what the loader said', () => {
    const { found } = report(
      {},
      packageWithout('garbage', (file) => writeFileSync(file, 'garbage')),
    );
    expect(found.backend.because?.text).toMatch(/^the addon can't be loaded: (file too short|invalid ELF header)/);
    expect(found.findings.find(({ subject }) => subject === 'addon')?.text).toMatch(/^build\/Release\/wht_layers\.node: /);
  });

  it('whose addon crashes survives it', () => {
    const { status, found } = report({}, packageWithout('crashing', crashing));
    expect(status).toBe(1);
    expect(found.backend.because).toMatchObject({ cause: 'addon-not-loaded', text: 'loading the addon ended its process by SIGSEGV' });
  });
});
