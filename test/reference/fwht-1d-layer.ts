import { type DenseArray, generateMap, mapShape, padOrCrop, valueAt } from './dense-array';
import { fwht } from './fwht';
import { nextPowerOfTwo } from './next-power-of-two';
import { threshold } from './nonlinearity';
import type { Ordering } from './transform-matrix';

export interface Fwht1dLayerOptions {
  outChannels: number;
  /** As many as `fwht1dThresholds` says. */
  thresholds: ArrayLike<number>;
  /** Default: sequency. */
  ordering?: Ordering;
}

function sizes(inChannels: number, outChannels: number): { before: number; after: number; kept: number } {
  if (outChannels > inChannels) {
    const size = nextPowerOfTwo(outChannels);
    return { before: size, after: size, kept: 1 };
  }
  const before = nextPowerOfTwo(inChannels);
  const after = nextPowerOfTwo(outChannels);
  return { before, after, kept: before / after };
}

/** How many coefficients the layer has a threshold for: all but DC, or all but those that are pooled into DC. */
export function fwht1dThresholds(inChannels: number, outChannels: number): number {
  const { before, kept } = sizes(inChannels, outChannels);
  return before - kept;
}

/**
 * The 1D layer of arXiv 2104.07085, over channels: zero-padded to N = 2^p, transformed (orthonormal), all but the first r
 * coefficients through the smooth threshold, the means of runs of r coefficients transformed back; the first outChannels of that.
 * Expansion: N ≥ outChannels, r = 1. Projection: N ≥ inChannels, r = N / M with M = 2^q ≥ outChannels.
 */
export function fwht1dLayer(x: DenseArray, { outChannels, thresholds, ordering = 'sequency' }: Fwht1dLayerOptions): DenseArray {
  const [n, h, w, inChannels] = mapShape(x);
  const { before, after, kept } = sizes(inChannels, outChannels);
  const spectrum = fwht(padOrCrop(x, [n, h, w, before]), { ordering });
  const passed = generateMap([n, h, w, before], (image, row, column, at) => {
    const value = valueAt(spectrum, image, row, column, at);
    return at < kept ? value : threshold(value, thresholds[at - kept] as number, 'smooth');
  });
  const pooled = generateMap([n, h, w, after], (image, row, column, at) => {
    let sum = 0;
    for (let i = 0; i < kept; i++) sum += valueAt(passed, image, row, column, at * kept + i);
    return sum / kept;
  });
  return padOrCrop(fwht(pooled, { ordering }), [n, h, w, outChannels]);
}
