/** One side's turn in a comparison: as many timed samples as fit. */
import { performance } from 'node:perf_hooks';
import type { Candidate } from './candidate';

export interface Turn {
  /** A turn lasts about this long, but at least one sample and at most `turnSamples`. */
  turnMs: number;
  turnSamples: number;
}

export interface Clock {
  /** Milliseconds. */
  now(): number;
  /** Milliseconds that the work takes, where a device's own clock tells that better than `now` before and after. */
  elapsed?(work: () => Promise<void>): Promise<number>;
  pause(milliseconds: number): Promise<void>;
}

export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

type Side = Pick<Candidate, 'run'>;

/** How many calls take `sampleMs` together. */
export async function callsPerSample(side: Side, sampleMs: number, clock: Clock): Promise<number> {
  await side.run(1);
  await side.run(1);
  const rough = await timeCalls(side, 1, clock);
  // One call alone is mostly latency where a layer is fast, so a guess from it is refined.
  const better = await timeCalls(side, Math.max(1, Math.ceil(sampleMs / 4 / rough)), clock);
  return Math.max(1, Math.ceil(sampleMs / better));
}

/** Milliseconds per call, one value a sample; the first sample's calls are run once before and not counted: caches and sleeping threads are as another side left them. */
export async function takeTurn(side: Side, calls: number, turn: Turn, clock: Clock): Promise<number[]> {
  await side.run(calls);
  return takeSamples(side, calls, turn, clock);
}

/** The same, counting from the first call. */
export async function takeSamples(side: Side, calls: number, { turnMs, turnSamples }: Turn, clock: Clock): Promise<number[]> {
  const samples: number[] = [];
  const end = clock.now() + turnMs;
  while (samples.length === 0 || (samples.length < turnSamples && clock.now() < end)) samples.push(await timeCalls(side, calls, clock));
  return samples;
}

/** Milliseconds of one of so many calls. */
export async function timeCalls(side: Side, calls: number, clock: Clock): Promise<number> {
  if (clock.elapsed !== undefined) return (await clock.elapsed(() => side.run(calls))) / calls;
  const start = clock.now();
  await side.run(calls);
  return (clock.now() - start) / calls;
}
