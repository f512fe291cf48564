/** What vitest itself collects on this machine, so that none of it is left out in the emulator. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Task } from '@vitest/runner';
import { getNames } from '@vitest/runner/utils';

const LIST = resolve('build/aarch64/tests.json');

export interface TestsCollectedHere {
  /** @throws where the file's tests are other than those that were collected here */
  checkNoneLeftOut(file: string, ran: readonly string[]): void;
}

/** A test's name as vitest lists it. */
export function fullName(test: Task): string {
  return getNames(test).slice(1).join(' > ');
}

export function testsCollectedHere(env: NodeJS.ProcessEnv): TestsCollectedHere {
  mkdirSync(dirname(LIST), { recursive: true });
  execFileSync(process.execPath, [resolve('node_modules/vitest/vitest.mjs'), 'list', `--json=${LIST}`, 'test/conformance'], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const listed = JSON.parse(readFileSync(LIST, 'utf8')) as { name: string; file: string }[];
  return {
    checkNoneLeftOut(file, ran) {
      const here = listed.filter((each) => each.file === file).map(({ name }) => name);
      const missing = without(here, ran);
      const added = without(ran, here);
      if (here.length === 0) throw new Error(`Expected vitest to collect tests of ${file} on this machine, got none`);
      if (missing.length > 0 || added.length > 0) {
        throw new Error(
          `Expected the ${here.length} tests that vitest collects on this machine, got ${ran.length}; missing: ${some(missing)}; added: ${some(added)}`,
        );
      }
    },
  };
}

/** What is left of `from` when each of `names` is taken away once. */
function without(from: readonly string[], names: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const name of names) left.set(name, (left.get(name) ?? 0) + 1);
  return from.filter((name) => {
    const count = left.get(name) ?? 0;
    left.set(name, count - 1);
    return count <= 0;
  });
}

function some(names: readonly string[]): string {
  return names.length === 0 ? 'none' : `${names.slice(0, 5).join('; ')}${names.length > 5 ? '; …' : ''}`;
}
