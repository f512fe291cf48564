/** Times the sides of a comparison in turns, each layer in a process of its own. */
import { performance } from 'node:perf_hooks';
import type { Effort, Rounds } from './effort';
import { type LayerHost, ProcessEnded } from './layer-process';
import type { SideFacts, SideKey } from './task';

/** One way to run one layer, and what came of it. */
export interface Contestant {
  readonly process: LayerHost;
  readonly key: SideKey;
  facts?: SideFacts;
  /** Milliseconds of one call: a list for each round, in which sides of the same round were measured one after the other. */
  readonly rounds: number[][];
  /** Why it has no figures, or no more. */
  failure?: string;
  settled?: boolean;
  /** Which of its processes it was prepared in. */
  preparedIn?: number;
}

export function contestant(process: LayerHost, key: SideKey): Contestant {
  return { process, key, rounds: [] };
}

export interface ContestSession {
  effort: Effort;
  signal: AbortSignal;
  /** Told the part that is over. */
  advance(part: number): void;
  /** Around everything that is timed. */
  watched<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * @param agree checks the outputs once all is prepared, and marks what disagrees as failed
 * @param precise whether no further round is needed
 */
export async function contest(
  sides: readonly Contestant[],
  { rounds, generations }: { rounds: Rounds; generations: number },
  { effort, signal, advance, watched }: ContestSession,
  agree: () => Promise<void>,
  precise: () => boolean,
): Promise<void> {
  const start = performance.now();
  let checked = false;
  let spinning = false;
  for (let round = 0; round < rounds.most && !signal.aborted; round++) {
    // Each generation has its part of the fewest rounds; the last one has the rest.
    const generation = Math.min(generations - 1, Math.floor((round * generations) / rounds.least));
    if (generation > Math.min(generations - 1, Math.floor(((round - 1) * generations) / rounds.least))) {
      for (const { process } of sides) process.restart();
    }
    for (const side of sides) await attempt(side, signal, () => prepare(side, effort));
    if (!checked) await agree();
    checked = true;
    for (const [at, side] of sides.entries()) {
      if (signal.aborted) return;
      if (side.failure !== undefined) continue;
      advance(Math.min(1, (round + at / sides.length) / rounds.least));
      if (spinning) await new Promise((resolve) => setTimeout(resolve, effort.pauseMs));
      await attempt(side, signal, async () => {
        await prepare(side, effort);
        const { process, key } = side;
        side.rounds[round] = await watched(() => process.ask<'turn'>({ kind: 'turn', side: key, turn: effort.turn }));
      });
      spinning = side.process.task.role === 'onnxruntime';
    }
    if (round + 1 >= rounds.least && (performance.now() - start > effort.groupMs || precise())) break;
  }
}

/** Where a side fails, or takes its process with it, it alone has failed: the next one to need the process starts another. */
export async function attempt(side: Contestant, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  if (side.failure !== undefined || signal.aborted) return;
  try {
    await work();
  } catch (error) {
    if (signal.aborted) return;
    side.failure = error instanceof Error ? error.message : String(error);
    if (error instanceof ProcessEnded) side.process.restart();
  }
}

/** Makes the side in its process, and runs it until its times have settled. Nothing is to do where that was done. */
async function prepare(side: Contestant, { sampleMs, warmUp }: Effort): Promise<void> {
  const { process, key } = side;
  if (side.preparedIn !== undefined && side.preparedIn === process.generation && process.running) return;
  const facts = await process.ask<'prepare'>({ kind: 'prepare', side: key, sampleMs });
  side.facts ??= facts;
  side.preparedIn = process.generation;
  side.settled = await process.ask<'warmUp'>({ kind: 'warmUp', side: key, ...warmUp });
}
