/** Installed from the tarball with its prebuild, by real releases of npm and pnpm, on real releases of Node.js. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { Section } from './cells';
import { type Consumer, type Tools, toolsName } from './consumer';
import { inWorkerThread, readmeExample } from './readme-example';
import { expectExit, type Outcome } from './run-command';
import { CompilerTraps } from './stand-in-programs';
import { startConsumer } from './start-consumer';
import { PREBUILD, TARBALL } from './tarball';

interface Column extends Tools {
  /** Whether this package manager runs a dependency's install script unless it is told not to. */
  runsScripts: boolean;
}

const COLUMNS: readonly Column[] = [
  { node: 'node16', manager: 'npm8', runsScripts: true },
  { node: 'node18', manager: 'npm10', runsScripts: true },
  { node: 'node20', manager: 'npm10', runsScripts: true },
  { node: 'node22', manager: 'npm10', runsScripts: true },
  { node: 'node26', manager: 'npm11', runsScripts: true },
  { node: 'node26', manager: 'npm12', runsScripts: false },
  { node: 'node20', manager: 'pnpm10', runsScripts: false },
];

interface Installed {
  consumer: Consumer;
  traps: CompilerTraps;
  outcome: Outcome;
}

const SLOWEST_SCRIPT_MS = 5000;

const example = readmeExample();

for (const [number, command, flags] of [
  [1, 'install', []],
  [2, 'install --ignore-scripts', ['--ignore-scripts']],
] as const) {
  const section = new Section(`${number}. ${command}, from the prebuild`);
  const rows: [string, (installed: Installed, column: Column) => Promise<string | undefined>][] = [
    [
      'installs, and starts no compiler',
      async ({ consumer, outcome: { milliseconds, output }, traps }, { runsScripts }) => {
        expect(traps.calls(), output).toEqual([]);
        expect(existsSync(join(consumer.packageFolder, 'build')), output).toBe(false);
        const scripts = consumer.shell.installScripts();
        expect(scripts, output).toHaveLength(runsScripts && flags.length === 0 ? 1 : 0);
        for (const duration of scripts) expect(duration).toBeLessThan(SLOWEST_SCRIPT_MS);
        return [milliseconds, ...scripts].map((ms) => `${(ms / 1000).toFixed(1)} s`).join(', script ');
      },
    ],
    ['CommonJS', ({ consumer }) => runsProgram(consumer, 'common-js.cjs')],
    ['ES module', ({ consumer }) => runsProgram(consumer, 'es-module.mjs')],
    [
      "worker threads, the README's example too",
      async ({ consumer }) => {
        await runsProgram(consumer, 'worker-threads.cjs');
        consumer.write('in-worker.cjs', example.commonJs);
        consumer.write('worker.cjs', inWorkerThread('in-worker.cjs'));
        expect(await consumer.runs('worker.cjs')).toBe(example.prints);
        return undefined;
      },
    ],
    [
      "README's example, require",
      async ({ consumer }) => {
        consumer.write('example.cjs', example.commonJs);
        expect(await consumer.runs('example.cjs')).toBe(example.prints);
        return undefined;
      },
    ],
    [
      "README's example, import",
      async ({ consumer }) => {
        consumer.write('example.mjs', example.esModule);
        expect(await consumer.runs('example.mjs')).toBe(example.prints);
        return undefined;
      },
    ],
    [
      'wht-layers doctor --json',
      async ({ consumer }) => {
        const { stdout } = expectExit(await consumer.whtLayers('doctor', '--json'), 0, 'doctor');
        expect(JSON.parse(stdout)).toMatchObject({ schema: 1 });
        return undefined;
      },
    ],
    [
      'it was the prebuild',
      async ({ consumer }) => {
        consumer.write(
          'state.cjs',
          `console.log(JSON.stringify(require('./node_modules/wht-layers/dist/package-state.js').inspectPackage().addon))`,
        );
        const { file, tried } = JSON.parse(await consumer.runs('state.cjs'));
        expect(tried).toEqual([]);
        expect(file).toMatch(new RegExp(`/${PREBUILD}$`));
        return undefined;
      },
    ],
  ];

  for (const column of COLUMNS) {
    const consumer = startConsumer(column);
    // Whichever of its cells are run, with the first.
    let installed: Promise<Installed> | undefined;
    for (const [row, check] of rows) {
      section.cell(row, toolsName(column), async () => {
        installed ??= install(consumer, flags);
        return check(await installed, column);
      });
    }
  }
}

async function install(consumer: Consumer, flags: readonly string[]): Promise<Installed> {
  const traps = new CompilerTraps(consumer.beside);
  consumer.use({ before: [traps.path] });
  return { consumer, traps, outcome: expectExit(await consumer.install(TARBALL, flags), 0, 'install') };
}

async function runsProgram(consumer: Consumer, name: string): Promise<undefined> {
  consumer.copyProgram(name);
  expect(await consumer.runs(name)).toBe('ok');
}
