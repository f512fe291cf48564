/** `npm run bench:compare -- A.json B.json`, and `npx wht-layers compare` where it is installed: sets two runs of `npm run bench:jetson` side by side; see arguments.ts for the options. */
import { writeFileSync } from 'node:fs';
import { ArgumentError, exitWith, expectWritable } from '../command-line';
import { parseCompareArguments, USAGE } from './arguments';
import { compareRuns } from './compare';
import { comparisonReport, refusal } from './report';
import { readRun } from './run-file';

function main(): number {
  const { files, json, unlike, all } = parseCompareArguments(process.argv.slice(2));
  if (files === undefined) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (json !== undefined) expectWritable('json', json);
  const [fileA, fileB] = files;
  const comparison = compareRuns({ file: fileA, run: readRun(fileA) }, { file: fileB, run: readRun(fileB) });
  if (comparison.unlike.length > 0 && !unlike) throw new ArgumentError(refusal(comparison.unlike));
  process.stdout.write(comparisonReport(comparison, all));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(comparison, undefined, 2)}\n`);
  return 0;
}

exitWith(main);
