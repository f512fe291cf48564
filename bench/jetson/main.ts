/** `npm run bench:jetson`, and `npx wht-layers bench` where it is installed: the paper's comparison on this machine; see arguments.ts for the options. */
import type { DeviceListing } from 'wht-layers';
import { ArgumentError, exitWith, expectWritable } from '../command-line';
import { command } from '../commands';
import { isEmulated } from '../gpu/emulated';
import { expectResultsFile } from '../gpu/results-file';
import { type BoardRoot, boardRoot, recordBoard } from '../probes/board-root';
import { progress } from '../progress';
import { type JetsonArguments, parseJetsonArguments, USAGE } from './arguments';
import { csv } from './csv';
import { whyNoGpu } from './device-choice';
import { findDevices } from './find-devices';
import { page } from './page';
import { projections, projectionTable } from './projection';
import { jetsonReport } from './report';
import { ResultFiles } from './result-files';
import { runJetson } from './run';
import type { DeviceKind, JetsonRun } from './schema';

async function main(): Promise<number> {
  expectOptionsPassed(process.argv.slice(2));
  const args = parseJetsonArguments(process.argv.slice(2));
  if (args.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const root = complaining(() => boardRoot());
  if (args.recordBoard !== undefined) return record(root, args.recordBoard);
  const interruption = new AbortController();
  // Once: a second Ctrl-C ends the process, should it hang.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interruption.abort());
  const listing = await findDevices(interruption.signal);
  const emulated = listing.some(({ name }) => name !== undefined && isEmulated(name));
  expectGpu(args, listing);
  if (args.json !== undefined) expectResultsFile(args.json, emulated);
  if (args.csv !== undefined) expectWritable('csv', args.csv);
  if (args.html !== undefined) expectWritable('html', args.html);

  const shown = progress(process.stderr, Boolean(process.env.CI));
  const projected = args.project === undefined ? undefined : projections(args.project).filter(({ id }) => args.only.includes(id));
  const complete = (run: JetsonRun): JetsonRun => ({ ...run, ...(projected && { projections: projected }) });
  const files = new ResultFiles();
  let run: JetsonRun;
  try {
    const save = (sofar: JetsonRun) => files.write(args.json, () => `${JSON.stringify(complete(sofar), undefined, 2)}\n`);
    run = complete(await runJetson({ ...args, ...{ root, listing, signal: interruption.signal, shown, save } }));
  } finally {
    shown.stop();
  }

  process.stdout.write(jetsonReport(run));
  if (projected) process.stdout.write(`\n${projectionTable(projected)}\n`);
  files.write(args.csv, () => csv(run));
  files.write(args.html, () => page(run));
  for (const line of files.account()) process.stderr.write(`${line}\n`);
  if (interruption.signal.aborted) return 130;
  return isWhole(run, args.devices) && files.complaints.length === 0 ? 0 : 1;
}

/** Whether all that was asked for was measured. */
function isWhole({ comparisons, memory, unavailable }: JetsonRun, asked: readonly DeviceKind[] = []): boolean {
  const failed = comparisons.some((each) => 'error' in each) || memory.some(({ subject }) => 'error' in subject);
  return !failed && comparisons.length > 0 && !unavailable.some(({ device }) => asked.includes(device));
}

/** @throws ArgumentError before anything is measured, where a GPU was asked for that is not there */
function expectGpu({ devices, index }: JetsonArguments, listing: readonly DeviceListing[]): void {
  const reason = whyNoGpu(listing, index);
  const only = devices?.length === 1 && devices[0] === 'cuda';
  if (reason === undefined || !(only || index > 0)) return;
  throw new ArgumentError(`Expected ${index > 0 ? `--index ${index}` : '--device cuda'} to find a GPU: ${reason}`);
}

/** npm keeps options for itself that come before "--", and then runs what was not asked for. */
function expectOptionsPassed(args: readonly string[]): void {
  const kept = ['quick', 'only', 'csv', 'html', 'project'].find((name) => process.env[`npm_config_${name}`] !== undefined);
  if (kept === undefined || args.some((each) => each.startsWith(`--${kept}`))) return;
  throw new ArgumentError(`Expected options after "--", got --${kept} before it: ${command('bench', `--${kept} ...`)}`);
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

exitWith(main);
