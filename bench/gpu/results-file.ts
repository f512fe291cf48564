import { join, resolve, sep } from 'node:path';
import { ArgumentError, expectWritable } from '../command-line';
import { packageRoot } from '../package-root';

/** Kept results: measured ones only. */
const RESULTS = join(packageRoot(), 'bench', 'results');

/**
 * Finds out before measuring that results could not be written, or must not be.
 *
 * @throws ArgumentError
 */
export function expectResultsFile(path: string, emulated: boolean, results = RESULTS): void {
  const inResults = resolve(path).startsWith(join(results, sep));
  if (emulated && inResults) {
    throw new ArgumentError(`Expected --json to name a file outside bench/results, since the GPU is emulated, got ${path}`);
  }
  expectWritable('json', path);
}
