/** Addons that do not load on this machine. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { Section } from './cells';
import { type Consumer, toolsName } from './consumer';
import { BUILD_TOOLS, CANT_HIDE_PROGRAMS, withoutPrograms } from './machine-parts';
import { expectExit } from './run-command';
import { NODE_20, startConsumer } from './start-consumer';
import { FOREIGN_TARBALL, PREBUILD, TARBALL } from './tarball';

const OWN_BUILD = join('build', 'Release', 'wht_layers.node');
const COLUMN = toolsName(NODE_20);

const section = new Section('7. Damaged and foreign addons');

async function installed(tarball = TARBALL): Promise<Consumer> {
  const consumer = startConsumer();
  expectExit(await consumer.install(tarball, ['--ignore-scripts']), 0, 'npm install');
  for (const program of ['common-js.cjs', 'first-error.cjs']) consumer.copyProgram(program);
  return consumer;
}

function damage(consumer: Consumer, file: string): void {
  const damaged = join(consumer.packageFolder, file);
  mkdirSync(dirname(damaged), { recursive: true });
  writeFileSync(damaged, 'no library');
}

section.cell('a build of its own that is damaged: the prebuild is used', COLUMN, async () => {
  const consumer = await installed();
  damage(consumer, OWN_BUILD);
  expect(await consumer.runs('common-js.cjs')).toBe('ok');
  const { stdout } = expectExit(await consumer.whtLayers('doctor', '--json'), 0, 'doctor');
  expect(stdout).toContain(OWN_BUILD);
});

section.cell('both damaged: the error lists both files, their reasons and the cure', COLUMN, async () => {
  const consumer = await installed();
  damage(consumer, OWN_BUILD);
  damage(consumer, PREBUILD);
  const { name, code, message } = JSON.parse(await consumer.runs('first-error.cjs'));
  expect({ name, code }).toEqual({ name: 'WhtError', code: 'ERR_WHT_DEVICE' });
  for (const file of [OWN_BUILD, PREBUILD]) expect(message).toMatch(new RegExp(`${file}: .*(file too short|invalid ELF header)`));
  expect(message).toContain('npx wht-layers build');
  expect((await consumer.whtLayers('doctor')).code).toBe(1);
});

section.cell('prebuilds for other processors alone: the error names them and the cure', COLUMN, async () => {
  const consumer = await installed(FOREIGN_TARBALL);
  const { name, code, message } = JSON.parse(await consumer.runs('first-error.cjs'));
  expect({ name, code }).toEqual({ name: 'WhtError', code: 'ERR_WHT_DEVICE' });
  expect(message).toMatch(/linux-x64.*Node\.js 20/);
  expect(message).toContain('linux-arm64');
  expect(message).toContain('npx wht-layers build');
});

section.cell(
  'prebuilds for other processors alone, no compiler: the install goes on, and says so',
  COLUMN,
  async () => {
    const consumer = startConsumer();
    consumer.use({ within: withoutPrograms(BUILD_TOOLS, consumer.beside) });
    const { output } = expectExit(await consumer.install(FOREIGN_TARBALL), 0, 'npm install');
    expect(output).toMatch(/CMake was not found/);
  },
  { notRun: CANT_HIDE_PROGRAMS },
);
