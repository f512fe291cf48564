/** Whether two runs differ, or only as much as runs of the same code do. */
import { ROUGH_BYTES } from '../jetson/memory-change';
import type { Interval, Protocol } from '../jetson/schema';
import type { Account, Amount, Pair, Timed, Verdict } from './schema';

/**
 * A factor by which a time or a speed-up must have changed. Intervals hold what varies within one run; in four runs of the same code on a machine that was not
 * quite idle, figures whose intervals lay apart differed by up to 1.10 (paper), 1.12 (throughput), 1.10 (host-visible; 1.20 with intervals that overlap) and 2.34
 * (copies; 2.49): there, new arrays of JavaScript land on fresh pages or not. A fifth run, quick and beside others (load 2.4), had one of 1.16 (paper).
 */
export const MARGINS: Readonly<Record<Protocol, number>> = { paper: 1.2, throughput: 1.2, 'host-visible': 1.25, copies: 2.5 };

/** The peaks of processes of the same code differed by 2 %. */
export const SIZE_MARGIN = 1.1;
/**
 * What the rest of the machine moves: the fall of MemAvailable differed by 79 MB, the proportional set by 18 MB (20 %), since pages of Node and of libraries are
 * counted in part where other processes have them mapped.
 */
export const SYSTEM_MARGIN_BYTES = 100e6;

/** @param faster whether more or less of it is faster */
export function timed(
  a: number,
  b: number,
  intervalA: Interval | undefined,
  intervalB: Interval | undefined,
  protocol: Protocol,
  faster: 'more' | 'less',
): Timed {
  return {
    ...pair(a, b),
    ...(intervalA && { intervalA }),
    ...(intervalB && { intervalB }),
    verdict: verdict(),
  };

  function verdict(): Verdict {
    if (intervalA === undefined || intervalB === undefined) return 'not known';
    const overlap = intervalA[0] <= intervalB[1] && intervalB[0] <= intervalA[1];
    if (overlap || !changedBy(MARGINS[protocol], a, b)) return 'same';
    return b > a === (faster === 'more') ? 'faster' : 'slower';
  }
}

/** Energy has no interval: the margin of the times must do. */
export function energyAmount(a: number, b: number, protocol: Protocol): Amount {
  return amount(pair(a, b), changedBy(MARGINS[protocol], a, b));
}

export function memoryAmount(account: Account, a: number, b: number): Amount {
  if (account === 'layerBytes') return amount(pair(a, b), a !== b);
  const ratio = account === 'availableFallBytes' && Math.min(a, b) < ROUGH_BYTES ? { a, b } : pair(a, b);
  const ofSystem = account === 'availableFallBytes' || account === 'pssBytes';
  return amount(ratio, ofSystem ? Math.abs(a - b) > SYSTEM_MARGIN_BYTES : changedBy(SIZE_MARGIN, a, b));
}

const pair = (a: number, b: number): Pair => ({ a, b, ...(a > 0 && { change: b / a }) });
const changedBy = (factor: number, a: number, b: number) => Math.max(a, b) > factor * Math.min(a, b);
const amount = (value: Pair, differs: boolean): Amount => ({ ...value, verdict: !differs ? 'same' : value.b > value.a ? 'more' : 'less' });
