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
  /** The clock of what computes, in Hz, while the work is done; undefined where it can't be read. */
  clockDuring(work: () => Promise<unknown>): Promise<number | undefined>;
}

/**
 * @param agree checks the outputs once all is prepared, and marks what disagrees as failed
 * @param precise whether no further round is needed
 */
export async function contest(
  sides: readonly Contestant[],
  rounds: Rounds,
  session: ContestSession,
  agree: () => Promise<void>,
  precise: () => boolean,
): Promise<void> {
  const { effort, signal, advance, watched } = session;
  const start = performance.now();
  let checked = false;
  let spinning = false;
  for (let round = 0; round < rounds.most && !signal.aborted; round++) {
    if (round > 0 && round % rounds.perProcess === 0) for (const { process } of sides) process.restart();
    for (const side of sides) await attempt(side, signal, () => prepare(side, session));
    if (!checked) await agree();
    checked = true;
    for (const [at, side] of sides.entries()) {
      if (signal.aborted) return;
      if (side.failure !== undefined) continue;
      advance(Math.min(1, (round + at / sides.length) / rounds.least));
      if (spinning) await new Promise((resolve) => setTimeout(resolve, effort.pauseMs));
      await attempt(side, signal, async () => {
        await prepare(side, session);
        const { process, key } = side;
        side.rounds[round] = await watched(() => process.ask<'turn'>({ kind: 'turn', side: key, turn: effort.turn }));
      });
      spinning = side.process.task.role === 'onnxruntime';
    }
    if (round + 1 >= rounds.least && (performance.now() - start > effort.protocolMs || precise())) break;
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

/** A governor's steps are some percent apart. */
const STEADY = 0.02;
const WARM_UPS = 5;

/** Makes the side in its process, and runs it until its times have settled, and the clock with them. Nothing is to do where that was done. */
async function prepare(side: Contestant, { effort, clockDuring }: ContestSession): Promise<void> {
  const { process, key } = side;
  if (side.preparedIn !== undefined && side.preparedIn === process.generation && process.running) return;
  const facts = await process.ask<'prepare'>({ kind: 'prepare', side: key, sampleMs: effort.sampleMs });
  side.facts ??= facts;
  side.preparedIn = process.generation;
  let before: number | undefined;
  for (let time = 0; time < WARM_UPS; time++) {
    let settled = false;
    const clock = await clockDuring(async () => {
      settled = await process.ask<'warmUp'>({ kind: 'warmUp', side: key, ...effort.warmUp });
    });
    const steady = clock === undefined || (before !== undefined && Math.abs(clock - before) <= STEADY * before);
    before = clock;
    side.settled = settled && steady;
    // Where no clock can be read, times are all there is.
    if (side.settled || clock === undefined) return;
  }
}
