/** Built on this machine from what is in the tarball, or not, where that can't be done. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { Section } from './cells';
import { type Consumer, type Tools, toolsName } from './consumer';
import { BUILD_TOOLS, CANT_HIDE_PROGRAMS, withoutPrograms } from './machine-parts';
import { expectExit } from './run-command';
import { killingCompiler } from './stand-in-programs';
import { startConsumer } from './start-consumer';
import { SOURCE_TARBALL, TARBALL } from './tarball';

const OLDEST: Tools = { node: 'node16', manager: 'npm8' };
const NEWEST: Tools = { node: 'node26', manager: 'npm11' };
const NO_SCRIPTS: Tools = { node: 'node26', manager: 'npm12' };
const OWN_BUILD = join('build', 'Release', 'wht_layers.node');
/** The CUDA backend's build has cells of its own. */
const WITHOUT_CUDA = { WHT_CUDA_ARCHITECTURES: 'none' };
const A_BUILD = { timeout: 400_000 };

const section = new Section('4. Without a prebuild');

function started(tools: Tools): Consumer {
  const consumer = startConsumer(tools);
  for (const program of ['common-js.cjs', 'first-error.cjs']) consumer.copyProgram(program);
  return consumer;
}

async function expectOwnBuildToWork(consumer: Consumer): Promise<void> {
  expect(existsSync(join(consumer.packageFolder, OWN_BUILD))).toBe(true);
  expect(existsSync(join(consumer.packageFolder, 'prebuilds'))).toBe(false);
  expect(await consumer.runs('common-js.cjs')).toBe('ok');
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(0)} s`;

for (const tools of [OLDEST, NEWEST]) {
  section.cell(
    'with a compiler: built when it is installed',
    toolsName(tools),
    async () => {
      const consumer = started(tools).use({ env: WITHOUT_CUDA });
      const { milliseconds } = expectExit(await consumer.install(SOURCE_TARBALL), 0, 'npm install');
      await expectOwnBuildToWork(consumer);
      return seconds(milliseconds);
    },
    A_BUILD,
  );
}

section.cell(
  '--ignore-scripts, then npx wht-layers build; a compiler that is killed once is run again, with one job',
  toolsName(NO_SCRIPTS),
  async () => {
    const consumer = started(NO_SCRIPTS);
    const compiler = killingCompiler(consumer.beside, 'once');
    consumer.use({ env: { ...WITHOUT_CUDA, CXX: compiler.path } });
    expectExit(await consumer.install(SOURCE_TARBALL, ['--ignore-scripts']), 0, 'npm install');
    expect(JSON.parse(await consumer.runs('first-error.cjs'))).toMatchObject({ code: 'ERR_WHT_DEVICE' });
    const { output, milliseconds } = expectExit(await consumer.whtLayers('build'), 0, 'npx wht-layers build');
    expect(compiler.killed()).toBe(1);
    expect(output).toMatch(/one compiler at a time/);
    await expectOwnBuildToWork(consumer);
    return seconds(milliseconds);
  },
  A_BUILD,
);

section.cell(
  'a compiler that is killed each time: the install goes on, and speaks of memory and swap',
  toolsName(OLDEST),
  async () => {
    const consumer = started(OLDEST);
    const compiler = killingCompiler(consumer.beside, 'always');
    consumer.use({ env: { ...WITHOUT_CUDA, CXX: compiler.path } });
    const { output } = expectExit(await consumer.install(SOURCE_TARBALL), 0, 'npm install');
    expect(compiler.killed()).toBeGreaterThan(1);
    expect(output).toMatch(/memory/);
    expect(output).toMatch(/swap/);
    expect(JSON.parse(await consumer.runs('first-error.cjs'))).toMatchObject({ code: 'ERR_WHT_DEVICE' });
  },
  A_BUILD,
);

for (const tools of [OLDEST, NEWEST]) {
  section.cell(
    'without a compiler: the install goes on, and says what is missing',
    toolsName(tools),
    async () => {
      const consumer = started(tools);
      consumer.use({ within: withoutPrograms(BUILD_TOOLS, consumer.beside) });
      const { output } = expectExit(await consumer.install(SOURCE_TARBALL), 0, 'npm install');
      expect(output).toMatch(/the native addon was not built: CMake was not found/);
      expect(output).toMatch(/sudo apt-get install cmake g\+\+ make/);
      const error = JSON.parse(await consumer.runs('first-error.cjs'));
      expect(error).toMatchObject({ name: 'WhtError', code: 'ERR_WHT_DEVICE' });
      expect(error.message).toContain('npx wht-layers build');
      expect(error.message).toContain(consumer.packageFolder);
      const doctor = await consumer.whtLayers('doctor');
      expect(doctor.code, doctor.output).toBe(1);
      expect(doctor.output).toMatch(/compiler/i);
      expect(doctor.output).toMatch(/apt-get install .*g\+\+/);
      const build = await consumer.whtLayers('build');
      expect(build.code, build.output).toBe(1);
      expect(build.output).toMatch(/CMake was not found/);
    },
    { notRun: CANT_HIDE_PROGRAMS },
  );
}

for (const [what, tarball] of [
  ['', SOURCE_TARBALL],
  [', though there is a prebuild', TARBALL],
] as const) {
  section.cell(
    `without a compiler, npm_config_build_from_source=true${what}: the install fails`,
    toolsName(NEWEST),
    async () => {
      const consumer = started(NEWEST);
      consumer.use({ within: withoutPrograms(BUILD_TOOLS, consumer.beside), env: { npm_config_build_from_source: 'true' } });
      const { output } = expectExit(await consumer.install(tarball), 1, 'npm install');
      expect(output).toMatch(/CMake was not found/);
    },
    { notRun: CANT_HIDE_PROGRAMS },
  );
}
