/** The prebuild for arm64, loaded by arm64 releases of Node.js. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cleanEnvironment } from '../install/clean-environment';
import { inWorkerThread, readmeExample } from '../install/readme-example';
import { expectExit, runCommand } from '../install/run-command';
import { ARM64_PREBUILD } from '../install/tarball';
import { emulatedNode } from './emulator';
import { PACKAGE_FOLDER, PROJECT } from './installed-package';

const example = readmeExample();

describe.each([['node16'], ['node20'], ['node26']] as const)('%s', (release) => {
  const { command, args } = emulatedNode(release);

  /** Runs a script of the user's project. @returns what it printed */
  async function run(name: string, text: string): Promise<string> {
    const file = `${release}-${name}`;
    writeFileSync(join(PROJECT, file), text);
    const options = { cwd: PROJECT, env: cleanEnvironment(), timeout: 300_000 };
    return expectExit(await runCommand(command, [...args, file], options), 0, name).stdout.trim();
  }

  test('runs the README example, require', async () => {
    expect(await run('example.cjs', example.commonJs)).toBe(example.prints);
  });

  test('runs the README example, import', async () => {
    expect(await run('example.mjs', example.esModule)).toBe(example.prints);
  });

  test('runs the README example in a worker thread', async () => {
    writeFileSync(join(PROJECT, `${release}-in-worker.cjs`), example.commonJs);
    expect(await run('worker.cjs', inWorkerThread(`${release}-in-worker.cjs`))).toBe(example.prints);
  });

  test('runs in worker threads', async () => {
    const program = readFileSync(resolve('test', 'install', 'programs', 'worker-threads.cjs'), 'utf8');
    expect(await run('worker-threads.cjs', program)).toBe('ok');
  });

  test('loads the prebuild, and computes with NEON', async () => {
    const script = `
      const { inspectPackage } = require('./node_modules/wht-layers/dist/package-state.js');
      const device = require('wht-layers').openDevice('cpu');
      console.log(JSON.stringify({ arch: process.arch, simd: device.info().simd, ...inspectPackage().addon }));
      device.close();
    `;
    const file = join(PACKAGE_FOLDER, ARM64_PREBUILD);
    expect(JSON.parse(await run('state.cjs', script))).toEqual({ arch: 'arm64', simd: 'neon', file, tried: [] });
  });
});
