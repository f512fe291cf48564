/** Measures several sides in turns, so that a change of clocks or a busy neighbour meets them all. */
import type { Candidate } from './candidate';
import { type Clock, callsPerSample, SYSTEM_CLOCK, type Turn, takeTurn } from './turn';

export interface Sampling extends Turn {
  /** How often each side has its turn. */
  rounds: number;
  /** Fast layers are timed as many calls together as take this long: waking the event loop must not count. */
  sampleMs: number;
  /**
   * Between turns: threads that spin after their work must have gone to sleep. onnxruntime's used some 45 ms of processor time after a run (process.cpuUsage() over
   * pauses of 30 to 1000 ms), during which a layer on the same cores took up to twice its time.
   */
  pauseMs: number;
}

/**
 * Milliseconds per call of each side, one value a sample.
 *
 * @param onTurn called before each turn with the part of all turns that is over; may throw to stop
 */
export async function interleave(
  sides: readonly Pick<Candidate, 'run'>[],
  { rounds, sampleMs, pauseMs, ...turn }: Sampling,
  onTurn: (part: number) => void,
  clock: Clock = SYSTEM_CLOCK,
): Promise<number[][]> {
  const callsOfSample: number[] = [];
  for (const side of sides) {
    onTurn(0);
    callsOfSample.push(await callsPerSample(side, sampleMs, clock));
  }
  const samples = sides.map((): number[] => []);
  for (let at = 0; at < rounds * sides.length; at++) {
    onTurn(at / (rounds * sides.length));
    const side = at % sides.length;
    await clock.pause(pauseMs);
    samples[side]?.push(...(await takeTurn(sides[side] as Pick<Candidate, 'run'>, callsOfSample[side] as number, turn, clock)));
  }
  return samples;
}
