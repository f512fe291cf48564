/** CUDA's compiler, where the package has a prebuild. There is no GPU here: a stand-in answers for one. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { Section } from './cells';
import { type Consumer, toolsName } from './consumer';
import { deviceAnswers } from './device-answers';
import { CANT_HIDE_PROGRAMS, NVCC, withoutPrograms } from './machine-parts';
import { expectExit } from './run-command';
import { writeNvidiaSmi } from './stand-in-programs';
import { NODE_20, startConsumer } from './start-consumer';
import { TARBALL } from './tarball';

/** Debian's, of a toolkit that the stand-in's driver runs. */
const CUDA_11_8 = '/usr/lib/nvidia-cuda-toolkit/bin/nvcc';
const COLUMN = toolsName(NODE_20);

const section = new Section("5. CUDA's compiler, from the prebuild");

const has = (consumer: Consumer, ...path: string[]) => existsSync(join(consumer.packageFolder, ...path));

section.cell(
  'nvcc and a GPU: the CUDA library is built, and the prebuild kept',
  COLUMN,
  async () => {
    const consumer = startConsumer();
    consumer.use({ before: [writeNvidiaSmi(join(consumer.beside, 'gpu'))] });
    const { output, milliseconds } = expectExit(await consumer.install(TARBALL), 0, 'npm install');
    // The driver of the stand-in does not run what newer ones compile.
    expect(output).toContain(`building the CUDA backend for 75 with nvcc 11.8`);
    expect(has(consumer, 'build', 'Release', 'libwht_cuda.so'), output).toBe(true);
    expect(has(consumer, 'build', 'Release', 'wht_layers.node')).toBe(false);
    // It opens, and says that there is no GPU after all.
    expect(await deviceAnswers(consumer)).toMatchObject({ auto: 'cpu', cuda: { code: 'ERR_WHT_NO_CUDA' } });
    return `${(milliseconds / 1000).toFixed(0)} s`;
  },
  { timeout: 400_000, notRun: existsSync(CUDA_11_8) ? undefined : `${CUDA_11_8} is not here` },
);

section.cell('nvcc and a GPU, WHT_CUDA_ARCHITECTURES=none: nothing is built', COLUMN, async () => {
  const consumer = startConsumer();
  consumer.use({ before: [writeNvidiaSmi(join(consumer.beside, 'gpu'))], env: { WHT_CUDA_ARCHITECTURES: 'none' } });
  expectExit(await consumer.install(TARBALL), 0, 'npm install');
  expect(has(consumer, 'build')).toBe(false);
  expect(await deviceAnswers(consumer)).toMatchObject({ auto: 'cpu' });
});

section.cell('nvcc without a GPU: nothing is built', COLUMN, async () => {
  const consumer = startConsumer();
  consumer.use({ env: { CUDACXX: CUDA_11_8 } });
  expectExit(await consumer.install(TARBALL), 0, 'npm install');
  expect(has(consumer, 'build')).toBe(false);
  expect(await deviceAnswers(consumer)).toMatchObject({ auto: 'cpu' });
});

section.cell(
  'a GPU without nvcc: nothing is built; the install and the doctor say why',
  COLUMN,
  async () => {
    const consumer = startConsumer();
    consumer.use({
      before: [writeNvidiaSmi(join(consumer.beside, 'gpu'))],
      within: withoutPrograms(NVCC, join(consumer.beside, 'layers')),
    });
    const { output } = expectExit(await consumer.install(TARBALL), 0, 'npm install');
    expect(output).toMatch(/without CUDA.*nvcc/);
    expect(has(consumer, 'build')).toBe(false);
    expect(await deviceAnswers(consumer)).toMatchObject({ auto: 'cpu' });
    expect((await consumer.whtLayers('doctor')).output).toMatch(/nvcc/);
  },
  { notRun: CANT_HIDE_PROGRAMS },
);
