/** `npm run bench:jetson`: the paper's comparison on this machine; see arguments.ts for the options. */
import { renameSync, writeFileSync } from 'node:fs';
import { ArgumentError, expectWritable } from '../command-line';
import { expectResultsFile } from '../gpu/results-file';
import { type BoardRoot, boardRoot, recordBoard } from '../probes/board-root';
import { progress } from '../progress';
import { type JetsonArguments, parseJetsonArguments, USAGE } from './arguments';
import { csv } from './csv';
import { page } from './page';
import { projections, projectionTable } from './projection';
import { jetsonReport } from './report';
import { runJetson } from './run';
import type { JetsonRun } from './schema';

async function main(): Promise<number> {
  let args: JetsonArguments;
  let root: BoardRoot;
  try {
    args = parseJetsonArguments(process.argv.slice(2));
    if (args.help) {
      process.stdout.write(USAGE);
      return 0;
    }
    root = complaining(() => boardRoot());
    if (args.recordBoard !== undefined) return record(root, args.recordBoard);
    if (args.json !== undefined) expectResultsFile(args.json, false);
    if (args.csv !== undefined) expectWritable('csv', args.csv);
    if (args.html !== undefined) expectWritable('html', args.html);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }

  const interruption = new AbortController();
  // Once: a second Ctrl-C ends the process, should it hang.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interruption.abort());
  const shown = progress(process.stderr, Boolean(process.env.CI));
  const projected = args.project === undefined ? undefined : projections(args.project);
  const complete = (run: JetsonRun): JetsonRun => ({ ...run, ...(projected && { projections: projected }) });
  let run: JetsonRun;
  try {
    run = complete(
      await runJetson({
        ...args,
        ...{ root, signal: interruption.signal, shown },
        save: (sofar) => {
          if (args.json !== undefined) writeWhole(args.json, `${JSON.stringify(complete(sofar), undefined, 2)}\n`);
        },
      }),
    );
  } finally {
    shown.stop();
  }

  process.stdout.write(jetsonReport(run));
  if (projected) process.stdout.write(`\n${projectionTable(projected)}\n`);
  if (args.csv !== undefined) writeWhole(args.csv, csv(run));
  if (args.html !== undefined) writeWhole(args.html, page(run));
  if (interruption.signal.aborted) return 130;
  return run.comparisons.some((each) => 'error' in each) || run.comparisons.length === 0 ? 1 : 0;
}

function record(root: BoardRoot, folder: string): number {
  const files = complaining(() => recordBoard(root, folder));
  process.stdout.write(
    `Recorded what the probes read in ${folder}: ${files.length} files, to be looked through before they are sent anywhere.\n`,
  );
  return 0;
}

/** What the user named is not there, or not as it must be. */
function complaining<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new ArgumentError(error instanceof Error ? error.message : String(error));
  }
}

/** All of it or nothing: what is there already survives a failure while writing. */
function writeWhole(path: string, text: string): void {
  const part = `${path}.part`;
  writeFileSync(part, text);
  renameSync(part, path);
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  },
);
