/** How much is measured. */
import type { Turn } from '../turn';
import { LEAST_ROUNDS } from './confidence';

/** At least and at most so many turns of each side. */
export interface Rounds {
  least: number;
  most: number;
}

export interface Effort {
  rounds: Rounds;
  /** Under the paper's protocol, which makes the headline. */
  paperRounds: Rounds;
  /** No further round begins after this, once there were enough. */
  groupMs: number;
  /** Rounds end early where every speed ratio is known this well: half its interval over its middle. */
  precision: number;
  /** Fresh processes for each layer under the paper's protocol, one after the other: what an allocator happens to do differs from process to process. */
  generations: number;
  turn: Turn;
  /** Under `throughput`, so many milliseconds of calls are one sample. */
  sampleMs: number;
  warmUp: { turn: Turn; mostMs: number };
  /** Between turns of different processes, after one whose threads spin on. */
  pauseMs: number;
  /** How long a side runs for its energy, where a rail can be read. */
  energyMs: number;
  /** Processes for each layer whose memory is told, with every library loaded, and with its own alone. */
  memoryProcesses: { shared: number; own: number };
}

export const FULL: Effort = {
  rounds: { least: LEAST_ROUNDS, most: 12 },
  paperRounds: { least: LEAST_ROUNDS, most: 15 },
  groupMs: 10_000,
  precision: 0.02,
  generations: 3,
  turn: { turnMs: 60, turnSamples: 200 },
  sampleMs: 5,
  warmUp: { turn: { turnMs: 30, turnSamples: 5 }, mostMs: 2000 },
  pauseMs: 100,
  energyMs: 3000,
  memoryProcesses: { shared: 3, own: 1 },
};

export const QUICK: Effort = {
  ...FULL,
  // With fewer than six rounds there is no interval: slow layers go without.
  rounds: { least: 3, most: LEAST_ROUNDS },
  paperRounds: { least: LEAST_ROUNDS, most: LEAST_ROUNDS },
  groupMs: 2000,
  generations: 2,
  turn: { turnMs: 30, turnSamples: 100 },
  sampleMs: 3,
  warmUp: { turn: { turnMs: 10, turnSamples: 3 }, mostMs: 300 },
  energyMs: 1500,
  memoryProcesses: { shared: 1, own: 0 },
};

/** On an emulated GPU: all of it runs, and nothing is measured. */
export const EMULATED: Effort = {
  ...QUICK,
  rounds: { least: 1, most: 1 },
  paperRounds: { least: 1, most: 1 },
  generations: 1,
  turn: { turnMs: 0, turnSamples: 1 },
  sampleMs: 0,
  warmUp: { turn: { turnMs: 0, turnSamples: 1 }, mostMs: 0 },
  pauseMs: 0,
};
