/** `npm run bench -- --networks`: whole networks, as they are and with Walsh-Hadamard layers. */
import { writeFileSync } from 'node:fs';
import type { DeviceInfo } from 'wht-layers';
import type { Arguments } from '../arguments';
import { environment } from '../environment';
import { progress } from '../progress';
import { CONTESTS } from './contests';
import { networksReport } from './report';
import { FULL, QUICK, runNetworks } from './run';
import type { NetworksRun } from './schema';

/** @returns the exit code */
export async function benchNetworks({ json, quick, networks }: Arguments, info: DeviceInfo, signal: AbortSignal): Promise<number> {
  const { only, profile } = networks ?? { only: [], profile: false };
  const threads = info.threads ?? 1;
  const started = new Date();
  const run: NetworksRun = {
    schema: 1,
    harness: 'networks',
    started: started.toISOString(),
    seconds: 0,
    quick,
    environment: environment(info, threads),
    comparisons: [],
  };
  const contests = CONTESTS.filter(({ id }) => only.length === 0 || only.includes(id));
  const shown = progress(process.stderr, Boolean(process.env.CI));
  let wanted: number;
  try {
    wanted = await runNetworks({ contests, threads, effort: quick ? QUICK : FULL, profile, signal, shown }, run.comparisons);
  } finally {
    shown.stop();
  }
  run.seconds = Math.round((Date.now() - started.getTime()) / 1000);
  if (signal.aborted) run.interrupted = true;

  process.stdout.write(networksReport(run));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(run, undefined, 2)}\n`);
  if (signal.aborted) {
    process.stderr.write(`Interrupted after ${run.comparisons.length} of ${wanted} comparisons.\n`);
    return 130;
  }
  return run.comparisons.some(isIncomplete) ? 1 : 0;
}

function isIncomplete(comparison: NetworksRun['comparisons'][number]): boolean {
  return 'error' in comparison || comparison.rows.some(({ memory }) => 'error' in memory);
}
