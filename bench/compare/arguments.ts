import { resolve } from 'node:path';
import { ArgumentError, filePath, parseOptionsAndFiles } from '../command-line';
import { command } from '../commands';

export interface CompareArguments {
  help: boolean;
  /** Compare runs whose conditions differ. */
  unlike: boolean;
  /** Show rows in which nothing differs, too. */
  all: boolean;
  /** Where to write the comparison. */
  json?: string;
  /** The two runs' files; absent with --help. */
  files?: readonly [string, string];
}

export const USAGE = `Usage: ${command('compare', 'A.json B.json [options]')}

Sets two runs of ${command('bench')} side by side, e.g. of two versions on one board: B's figures
over A's, and whether they differ by more than runs of the same code do. Rows in which nothing
differs are only counted. Runs whose conditions differ (board, clocks, libraries, ...) are refused,
and each difference is named. ${command('bench', '--json A.json')} makes a run's file.

  --all          show every row, not only those that differ, failed or are spoiled
  --unlike       compare runs whose conditions differ nevertheless
  --json FILE    also write the comparison to FILE
  --help         show this

Exit codes: 0 compared; 2 the runs are unlike, or a file is not what was expected.
`;

const OPTIONS = { all: { type: 'boolean' }, unlike: { type: 'boolean' }, json: { type: 'string' }, help: { type: 'boolean' } } as const;

/** @throws ArgumentError that names what was expected and what came */
export function parseCompareArguments(args: readonly string[]): CompareArguments {
  const { values, positionals } = parseOptionsAndFiles(args, OPTIONS);
  const { all = false, unlike = false, json, help = false } = values;
  const common = { help, all, unlike, ...(json !== undefined && { json: filePath('json', json) }) };
  if (help) return common;
  const [a, b, ...others] = positionals;
  if (a === undefined || b === undefined || others.length > 0) {
    const got = positionals.length === 0 ? 'none' : positionals.join(' ');
    const advice = positionals.length < 2 ? `; ${command('bench', '--json A.json')} makes one` : '';
    throw new ArgumentError(`Expected the files of two runs, A.json B.json, got ${got}${advice}`);
  }
  if (json !== undefined && [a, b].some((file) => resolve(file) === resolve(json))) {
    throw new ArgumentError(`Expected --json to name another file than those compared, got ${json}`);
  }
  return { ...common, files: [a, b] };
}
