/** What TypeScript makes of the installed package, for each way in which it resolves modules. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect } from 'vitest';
import { Section } from './cells';
import type { Consumer } from './consumer';
import { readmeNames } from './readme-example';
import { expectExit } from './run-command';
import { startConsumer } from './start-consumer';

const section = new Section('3. TypeScript, strict');

const compiler = resolve('node_modules', 'typescript', 'lib', 'tsc.js');
const { version } = JSON.parse(readFileSync(resolve('node_modules', 'typescript', 'package.json'), 'utf8')) as { version: string };
const column = `TypeScript ${version}, Node 20`;
const KINDS = [
  { row: 'node16, CommonJS', type: 'commonjs', options: { module: 'node16', moduleResolution: 'node16' } },
  { row: 'node16, ES modules', type: 'module', options: { module: 'node16', moduleResolution: 'node16' } },
  { row: 'nodenext, ES modules', type: 'module', options: { module: 'nodenext', moduleResolution: 'nodenext' } },
  { row: 'bundler', type: 'module', options: { module: 'esnext', moduleResolution: 'bundler' } },
];

for (const { row, type, options } of KINDS) {
  section.cell(row, column, async () => {
    const consumer = await installed();
    consumer.write('package.json', JSON.stringify({ private: true, type }));
    consumer.copyProgram('every-name.ts');
    // No types but the package's own, all of which are checked.
    const strict = { strict: true, skipLibCheck: false, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, types: [] };
    consumer.write(
      'tsconfig.json',
      JSON.stringify({
        compilerOptions: { target: 'es2021', lib: ['es2021'], outDir: 'out', ...strict, ...options },
        files: ['every-name.ts'],
      }),
    );
    expectExit(await consumer.node([compiler, '-p', '.']), 0, 'tsc');
    // What a bundler would make of it, Node.js does not load.
    if (row === 'bundler') return 'types only';
    expect(await consumer.runs('out/every-name.js')).toBe('ok');
    return 'runs';
  });
}

section.cell('every name of the README and of the package is in that program', column, async () => {
  const consumer = await installed();
  consumer.write('names.cjs', `console.log(Object.keys(require('wht-layers')).join())`);
  const exported = (await consumer.runs('names.cjs')).split(',');
  const program = readFileSync(resolve('test', 'install', 'programs', 'every-name.ts'), 'utf8');
  const names = new Set([...readmeNames(), ...exported]);
  expect(names.size).toBeGreaterThan(30);
  // Its classes come out of functions, and are there for instanceof and for types.
  expect([...names].filter((name) => !new RegExp(`\\b${name}\\b`).test(program))).toEqual([]);
});

async function installed(): Promise<Consumer> {
  const consumer = startConsumer();
  expectExit(await consumer.install(undefined, ['--ignore-scripts']), 0, 'npm install');
  return consumer;
}
