/** How much is measured. */
import type { Turn } from '../turn';
import { LEAST_ROUNDS } from './confidence';

/** At least and at most so many turns of each side. */
export interface Rounds {
  least: number;
  most: number;
  /** After so many, each layer gets a fresh process: what an allocator happens to do differs from process to process. */
  perProcess: number;
}

export interface Effort {
  rounds: Rounds;
  /** Under the paper's protocol, which makes the headline. */
  paperRounds: Rounds;
  /** No further round of a protocol begins after this, once there were enough. */
  protocolMs: number;
  /** Rounds end early where every speed ratio is known this well: half its interval over its middle. */
  precision: number;
  turn: Turn;
  /** Under `throughput`, so many milliseconds of calls are one sample. */
  sampleMs: number;
  /** Windows as long as a turn, at least so many, until two after each other agree; in vain after this time. */
  warmUp: { turn: Turn; leastWindows: number; mostMs: number };
  /** Between turns of different processes, after one whose threads spin on. */
  pauseMs: number;
  /** How long a side runs for its energy, where a rail can be read. */
  energyMs: number;
  /** Processes for each layer whose memory is told, with every library loaded, and with its own alone. */
  memoryProcesses: { shared: number; own: number };
}

export const FULL: Effort = {
  // Preparing a batch's layers takes long.
  rounds: { least: LEAST_ROUNDS, most: 12, perProcess: Number.POSITIVE_INFINITY },
  paperRounds: { least: LEAST_ROUNDS, most: 15, perProcess: 2 },
  protocolMs: 3500,
  precision: 0.02,
  turn: { turnMs: 60, turnSamples: 200 },
  sampleMs: 5,
  warmUp: { turn: { turnMs: 30, turnSamples: 5 }, leastWindows: 4, mostMs: 2000 },
  pauseMs: 100,
  energyMs: 3000,
  memoryProcesses: { shared: 3, own: 1 },
};

export const QUICK: Effort = {
  ...FULL,
  // With fewer than six rounds there is no interval: slow layers go without.
  rounds: { ...FULL.rounds, least: 3, most: LEAST_ROUNDS },
  paperRounds: { least: LEAST_ROUNDS, most: LEAST_ROUNDS, perProcess: 3 },
  protocolMs: 1000,
  turn: { turnMs: 30, turnSamples: 100 },
  sampleMs: 3,
  warmUp: { turn: { turnMs: 10, turnSamples: 3 }, leastWindows: 2, mostMs: 300 },
  energyMs: 1500,
  memoryProcesses: { shared: 1, own: 0 },
};

/** On an emulated GPU: all of it runs, and nothing is measured. */
export const EMULATED: Effort = {
  ...QUICK,
  rounds: { least: 1, most: 1, perProcess: 1 },
  paperRounds: { least: 1, most: 1, perProcess: 1 },
  turn: { turnMs: 0, turnSamples: 1 },
  sampleMs: 0,
  warmUp: { turn: { turnMs: 0, turnSamples: 1 }, leastWindows: 2, mostMs: 0 },
  pauseMs: 0,
  memoryProcesses: { shared: 1, own: 1 },
};
