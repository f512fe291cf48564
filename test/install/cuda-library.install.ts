/** CUDA backend libraries of all kinds in an installed package. There is no GPU here: the emulated backend is one. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect } from 'vitest';
import { Section } from './cells';
import { type Consumer, toolsName } from './consumer';
import { deviceAnswers } from './device-answers';
import { expectExit } from './run-command';
import { NODE_20, startConsumer } from './start-consumer';
import { TARBALL } from './tarball';

const OWN_BUILD = join('build', 'Release', 'libwht_cuda.so');
const SHIPPED = join('prebuilds', 'linux-x64', 'libwht_cuda.so');
const EMULATED = resolve('build', 'Release', 'libwht_cuda_emulated.so');
const COLUMN = toolsName(NODE_20);
/** One that hangs is given two minutes. */
const A_TRIAL = { timeout: 200_000, concurrent: true };

const section = new Section('6. CUDA libraries');

/** An installed package with a CUDA library put into it. */
async function withLibrary(place: string, write: (file: string) => void): Promise<Consumer> {
  const consumer = startConsumer();
  expectExit(await consumer.install(TARBALL, ['--ignore-scripts']), 0, 'npm install');
  const file = join(consumer.packageFolder, place);
  mkdirSync(dirname(file), { recursive: true });
  write(file);
  return consumer;
}

for (const [what, place] of [
  ['built here', OWN_BUILD],
  ['shipped', SHIPPED],
] as const) {
  section.cell(
    `a library that works, ${what}: openDevice() gives the GPU`,
    COLUMN,
    async () => {
      const consumer = await withLibrary(place, (file) => copyFileSync(EMULATED, file));
      expect(await deviceAnswers(consumer)).toEqual({ auto: 'cuda', cuda: { values: [10, -2, -4, 0] } });
      expect((await consumer.whtLayers('doctor')).output).toMatch(/cuda/i);
    },
    A_TRIAL,
  );
}

function compile(file: string, code: string): void {
  const source = `${file}.c`;
  writeFileSync(source, `#include <unistd.h>\n__attribute__((constructor)) static void start(void) { ${code} }\n`);
  execFileSync('gcc', ['-shared', '-fPIC', '-o', file, source]);
}

const HARMFUL = [
  ['crashes', (file: string) => compile(file, '*(volatile int *)0 = 1;'), /SIGSEGV/],
  ['ends the process', (file: string) => compile(file, '_exit(3);'), /exit code 3/],
  ['hangs', (file: string) => compile(file, 'for (;;) pause();'), /no answer in \d+ s/],
  ['is no library', (file: string) => writeFileSync(file, 'no library'), /file too short|invalid ELF header/],
] as const;

for (const [what, write, reason] of HARMFUL) {
  section.cell(
    `a library that ${what}: the process lives on, on the CPU`,
    COLUMN,
    async () => {
      const consumer = await withLibrary(SHIPPED, write);
      const { auto, cuda } = await deviceAnswers(consumer);
      expect(auto).toBe('cpu');
      expect(cuda).toMatchObject({ name: 'WhtError', code: 'ERR_WHT_NO_CUDA', message: expect.stringMatching(reason) });
      expect(cuda).toMatchObject({ message: expect.stringContaining(join(consumer.packageFolder, SHIPPED)) });
    },
    A_TRIAL,
  );
}

section.cell(
  'a library built here that crashes beside a shipped one that works: the shipped one is used',
  COLUMN,
  async () => {
    const consumer = await withLibrary(SHIPPED, (file) => copyFileSync(EMULATED, file));
    const own = join(consumer.packageFolder, OWN_BUILD);
    mkdirSync(dirname(own), { recursive: true });
    compile(own, '*(volatile int *)0 = 1;');
    expect(await deviceAnswers(consumer)).toMatchObject({ auto: 'cuda' });
  },
  A_TRIAL,
);
