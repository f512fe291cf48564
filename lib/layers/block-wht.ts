/** What the 1D and the 2D block Walsh-Hadamard layer have in common: the nonlinearity and its parameters. */
import { NONLINEARITY } from '../native';
import { ORDERINGS, type Ordering, toNaturalOrder } from '../ordering';
import * as validate from '../validate';
import { expected } from '../validate';
import type { LayerOptions } from './layer';

/**
 * What happens to the scaled spectrum v = w·X, with thresholds T:
 * - `smooth`: tanh(v)·max(|v| − T, 0), the paper's (arXiv 2201.02711)
 * - `soft`: sign(v)·max(|v| − max(T, 0), 0), the authors' later papers
 * - `none`: v
 */
export type Threshold = keyof typeof NONLINEARITY;

export interface BlockWhtOptions extends LayerOptions {
  /** The order in which `thresholds` and `weights` are given. Default `sequency`. */
  ordering?: Ordering;
  /** Default `smooth`. */
  threshold?: Threshold;
  /** T, one for each point of a block, row-major. Not with `threshold: 'none'`. */
  thresholds?: Float32Array;
  /** w, one for each point of a block, row-major. Default: all 1. */
  weights?: Float32Array;
}

export const BLOCK_WHT_OPTIONS = ['ordering', 'threshold', 'thresholds', 'weights', 'dtype', 'layout'] as const;

/** Checked parameters of a block of rows x columns points, as given and as the kernels take them. */
export interface Spectrum {
  ordering: Ordering;
  threshold: Threshold;
  /** As given; empty with `threshold: 'none'`. */
  thresholds: Float32Array;
  weights: Float32Array;
  natural: { thresholds: Float32Array; weights: Float32Array };
}

/** The paper's start values for thresholds: T[i,j] = (i+j)/(10·side), side P in 2D and B in 1D. */
export function startThresholds(rows: number, columns: number, side: number): Float32Array {
  return Float32Array.from({ length: rows * columns }, (_, at) => (Math.floor(at / columns) + (at % columns)) / (10 * side));
}

/** @param side of a block, which start values are measured by */
export function spectrum(given: BlockWhtOptions, rows: number, columns: number, side: number): Spectrum {
  const points = rows * columns;
  const reason = rows === 1 ? `blockSize ${columns}` : `${rows}x${columns}`;
  const ordering = validate.choice('ordering', given.ordering, ORDERINGS, 'sequency');
  const threshold =
    given.threshold === undefined ? 'smooth' : validate.oneOf('threshold', given.threshold, Object.keys(NONLINEARITY) as Threshold[]);
  let thresholds: Float32Array;
  if (threshold === 'none') {
    if (given.thresholds !== undefined) throw expected("thresholds to be absent with threshold 'none'", validate.show(given.thresholds));
    thresholds = new Float32Array(0);
  } else if (given.thresholds === undefined) {
    thresholds = startThresholds(rows, columns, side);
  } else {
    thresholds = validate.finiteFloat32Array('thresholds', given.thresholds, points, reason).slice();
  }
  const weights =
    given.weights === undefined
      ? new Float32Array(points).fill(1)
      : validate.finiteFloat32Array('weights', given.weights, points, reason).slice();
  // The later papers pass T through a relu; the first one takes it as it is.
  const effective = threshold === 'soft' ? thresholds.map((value) => Math.max(value, 0)) : thresholds;
  return {
    ordering,
    threshold,
    thresholds,
    weights,
    natural: {
      thresholds: threshold === 'none' ? effective : toNaturalOrder(effective, rows, columns, ordering),
      weights: toNaturalOrder(weights, rows, columns, ordering),
    },
  };
}

/** The parameters that such a layer shows its users. */
export function spectrumParameters({ threshold, thresholds, weights }: Spectrum): Readonly<Record<string, Float32Array>> {
  return threshold === 'none' ? { weights: weights.slice() } : { thresholds: thresholds.slice(), weights: weights.slice() };
}

/** Multiplications at one point of the spectrum: w·X, and tanh(v)·max(…) where there is a tanh. Butterflies only add. */
export function multiplicationsPerPoint(threshold: Threshold): number {
  return threshold === 'smooth' ? 2 : 1;
}
