/** Measures several sides in turns, so that a change of clocks or a busy neighbour meets them all. */
import { performance } from 'node:perf_hooks';
import type { Candidate } from './candidate';

export interface Sampling {
  /** How often each side has its turn. */
  rounds: number;
  /** A turn lasts about this long, but at least one sample and at most `turnSamples`. */
  turnMs: number;
  turnSamples: number;
  /** Fast layers are timed as many calls together as take this long: waking the event loop must not count. */
  sampleMs: number;
  /**
   * Between turns: threads that spin after their work must have gone to sleep. onnxruntime's used some 45 ms of processor time after a run (process.cpuUsage() over
   * pauses of 30 to 1000 ms), during which a layer on the same cores took up to twice its time.
   */
  pauseMs: number;
}

export interface Clock {
  /** Milliseconds. */
  now(): number;
  /** Milliseconds that the work takes, where a device's own clock tells that better than `now` before and after. */
  elapsed?(work: () => Promise<void>): Promise<number>;
  pause(milliseconds: number): Promise<void>;
}

const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/**
 * Milliseconds per call of each side, one value a sample.
 *
 * @param onTurn called before each turn with the part of all turns that is over; may throw to stop
 */
export async function interleave(
  sides: readonly Pick<Candidate, 'run'>[],
  { rounds, turnMs, turnSamples, sampleMs, pauseMs }: Sampling,
  onTurn: (part: number) => void,
  clock: Clock = SYSTEM_CLOCK,
): Promise<number[][]> {
  const time = async (work: () => Promise<void>) => {
    if (clock.elapsed !== undefined) return clock.elapsed(work);
    const start = clock.now();
    await work();
    return clock.now() - start;
  };
  const timed = async (side: Pick<Candidate, 'run'>, calls: number) => (await time(() => side.run(calls))) / calls;
  const callsOfSample: number[] = [];
  for (const side of sides) {
    onTurn(0);
    await side.run(1);
    await side.run(1);
    const rough = await timed(side, 1);
    // One call alone is mostly latency where a layer is fast, so a guess from it is refined.
    const better = await timed(side, Math.max(1, Math.ceil(sampleMs / 4 / rough)));
    callsOfSample.push(Math.max(1, Math.ceil(sampleMs / better)));
  }
  const samples = sides.map((): number[] => []);
  for (let turn = 0; turn < rounds * sides.length; turn++) {
    onTurn(turn / (rounds * sides.length));
    const at = turn % sides.length;
    const side = sides[at] as Pick<Candidate, 'run'>;
    await clock.pause(pauseMs);
    // A whole sample unrecorded: caches, clocks and sleeping threads are as the other side left them.
    await side.run(callsOfSample[at] as number);
    const end = clock.now() + turnMs;
    for (let sample = 0; sample < turnSamples && (sample === 0 || clock.now() < end); sample++) {
      samples[at]?.push(await timed(side, callsOfSample[at] as number));
    }
  }
  return samples;
}
