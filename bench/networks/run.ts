import { figure } from '../figures';
import type { Progress } from '../progress';
import { compareNetwork, type NetworkEffort } from './compare';
import type { NetworkContest } from './contests';
import type { NetworkComparison } from './schema';

export const FULL: NetworkEffort = {
  sampling: { rounds: 8, turnMs: 1000, turnSamples: 8, sampleMs: 20, pauseMs: 100 },
  memoryProcesses: 3,
  profile: { passes: 100, milliseconds: 5000 },
};
export const QUICK: NetworkEffort = {
  sampling: { rounds: 3, turnMs: 100, turnSamples: 3, sampleMs: 10, pauseMs: 100 },
  memoryProcesses: 1,
  profile: { passes: 20, milliseconds: 500 },
};

/** One image, as a camera gives them, and a batch. */
export const BATCHES = [1, 8] as const;

export interface RunOptions {
  contests: readonly NetworkContest[];
  threads: number;
  effort: NetworkEffort;
  profile: boolean;
  signal: AbortSignal;
  shown: Progress;
}

/**
 * Runs one comparison after the other and adds its result to `results`, so that an interruption loses only the comparison that it meets. One that
 * fails does not keep the others from running.
 *
 * @returns how many there were to run
 */
export async function runNetworks(options: RunOptions, results: NetworkComparison[]): Promise<number> {
  const { contests, threads, effort, profile, signal, shown } = options;
  const all = contests.flatMap((contest) => BATCHES.map((batch) => ({ contest, batch })));
  for (const [at, { contest, batch }] of all.entries()) {
    const title = `${contest.id}, batch ${batch}`;
    const advance = (part: number) => {
      if (signal.aborted) throw new Error('Interrupted');
      shown.advance((at + part) / all.length, title);
    };
    const { id: network, inputSize } = contest;
    const header = { network, batch, inputSize, device: 'cpu', threads, dtype: 'float32', layout: 'NHWC' } as const;
    let result: NetworkComparison;
    try {
      advance(0);
      result = { ...header, ...(await compareNetwork(contest, batch, { threads, effort, profile, signal, advance })) };
    } catch (error) {
      if (signal.aborted) break;
      result = { ...header, error: error instanceof Error ? error.message : String(error) };
    }
    results.push(result);
    shown.finished(title, outcome(result));
  }
  return all.length;
}

function outcome(result: NetworkComparison): string {
  if ('error' in result) return `failed: ${result.error}`;
  return result.rows
    .map(({ variant, implementation, medianMs }) => `${implementation.startsWith('onnx') ? 'onnxruntime' : variant} ${figure(medianMs)} ms`)
    .join(', ');
}
