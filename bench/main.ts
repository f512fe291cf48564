/** `npm run bench`: measures the layers, or whole networks, against what they replace; see arguments.ts for the options. */
import { writeFileSync } from 'node:fs';
import { openDevice } from 'wht-layers';
import { parseArguments, USAGE } from './arguments';
import { exitWith, expectWritable } from './command-line';
import { COMPARISONS } from './comparisons';
import { environment } from './environment';
import type { Sampling } from './interleave';
import { benchNetworks } from './networks/main';
import { progress } from './progress';
import { report } from './report';
import { runComparisons } from './run';
import type { BenchmarkRun } from './schema';

const FULL: Sampling = { rounds: 8, turnMs: 400, turnSamples: 8, sampleMs: 10, pauseMs: 100 };
const QUICK: Sampling = { rounds: 3, turnMs: 100, turnSamples: 3, sampleMs: 10, pauseMs: 100 };

async function main(): Promise<number> {
  const args = parseArguments(process.argv.slice(2));
  if (args.json !== undefined) expectWritable('json', args.json);
  if (args.help) {
    process.stdout.write(USAGE);
    return 0;
  }

  const interruption = new AbortController();
  // Once: a second Ctrl-C ends the process, should it hang.
  process.once('SIGINT', () => interruption.abort());
  const device = openDevice('cpu', args.threads === undefined ? {} : { threads: args.threads });
  const info = device.info();
  device.close();
  if (args.networks !== undefined) return benchNetworks(args, info, interruption.signal);
  const threads = info.threads ?? 1;
  const run: BenchmarkRun = { schema: 1, environment: environment(info, threads), comparisons: [] };
  const chosen = COMPARISONS.filter(({ id }) => args.only.length === 0 || args.only.includes(id));
  const shown = progress(process.stderr, Boolean(process.env.CI));
  try {
    await runComparisons(chosen, threads, args.quick ? QUICK : FULL, interruption.signal, shown, run.comparisons);
  } finally {
    shown.stop();
  }

  process.stdout.write(report(run));
  if (args.json !== undefined) writeFileSync(args.json, `${JSON.stringify(run, undefined, 2)}\n`);
  if (interruption.signal.aborted) {
    process.stderr.write(`Interrupted after ${run.comparisons.length} of ${chosen.length} comparisons.\n`);
    return 130;
  }
  return run.comparisons.some((comparison) => 'error' in comparison) ? 1 : 0;
}

exitWith(main);
