import { denseArray } from '../reference/dense-array';
import { blockWht2d } from '../reference/index';
import { agreesWithReference } from './agrees-with-reference';
import { blockWht1dCase, type LayerCase, sampledBlockWht1d } from './layer-case';
import { ORDERINGS, THRESHOLDS } from './option-values';
import { parameters, samples } from './samples';

const powersOfTwo = Array.from({ length: 13 }, (_, exponent) => 2 ** exponent);

/**
 * The largest block. Its dense matrix would have 2^32 entries, but in natural order H_65536 = H_256 ⊗ H_256: the 1D layer over 65536
 * channels is the 2D layer on those channels laid out as a plane of 256x256.
 */
function largestBlock(): LayerCase {
  const points = 65536;
  const spectrum = { ordering: 'natural', thresholds: parameters(points, 0, 1, 3), weights: parameters(points, -1.5, 1.5) } as const;
  return {
    ...blockWht1dCase(samples([1, 1, 1, points]), { inChannels: points, ...spectrum }),
    reference: (x) => {
      const plane = blockWht2d(denseArray([1, 256, 256, 1], x.data), { height: 256, width: 256, ...spectrum });
      return denseArray(x.shape, plane.data);
    },
  };
}

agreesWithReference([
  // Every block size: one block, and several on an odd number of positions.
  ...powersOfTwo.map((blockSize) => sampledBlockWht1d([1, 1, 2, blockSize], { blockSize })),
  ...powersOfTwo.slice(0, 9).map((blockSize) => sampledBlockWht1d([2, 3, 3, 3 * blockSize], { blockSize })),
  largestBlock(),

  // Channels that don't fill the last block, or not even the first.
  ...[1, 3, 5, 17, 24, 33].flatMap((channels) => [4, 16].map((blockSize) => sampledBlockWht1d([2, 2, 3, channels], { blockSize }))),
  sampledBlockWht1d([1, 1, 1, 5], { blockSize: 64 }),

  // Strides over maps that they divide and that they don't.
  ...[2, 3, 9].flatMap((stride) => [
    sampledBlockWht1d([2, 7, 5, 8], { blockSize: 8, stride }),
    sampledBlockWht1d([1, 6, 9, 17], { blockSize: 16, stride }),
  ]),

  // Expansion: blocks that overlap, straddle the multiples of B, repeat, and run into the padding; the last one cut off.
  sampledBlockWht1d([2, 2, 3, 16], { outChannels: 64, blockSize: 16 }),
  sampledBlockWht1d([1, 3, 3, 24], { outChannels: 96, blockSize: 8 }),
  sampledBlockWht1d([1, 3, 3, 20], { outChannels: 50, blockSize: 16 }),
  sampledBlockWht1d([1, 2, 2, 3], { outChannels: 4, blockSize: 4 }),
  sampledBlockWht1d([1, 2, 2, 5], { outChannels: 33, blockSize: 8 }),
  sampledBlockWht1d([1, 1, 5, 33], { outChannels: 70, blockSize: 32 }),
  sampledBlockWht1d([1, 1, 1, 17], { outChannels: 18, blockSize: 16 }),
  sampledBlockWht1d([1, 2, 2, 1], { outChannels: 5, blockSize: 1 }),
  sampledBlockWht1d([1, 2, 1, 129], { outChannels: 1000, blockSize: 64 }),
  sampledBlockWht1d([2, 5, 4, 24], { outChannels: 40, blockSize: 8, stride: 2 }),

  // Projection: windows within a block, across blocks, of one channel, and over the padding.
  sampledBlockWht1d([2, 2, 3, 64], { outChannels: 16, blockSize: 16 }),
  sampledBlockWht1d([1, 3, 3, 96], { outChannels: 24, blockSize: 32 }),
  sampledBlockWht1d([1, 3, 3, 40], { outChannels: 12, blockSize: 16 }),
  sampledBlockWht1d([1, 2, 2, 24], { outChannels: 23, blockSize: 8 }),
  sampledBlockWht1d([1, 2, 2, 33], { outChannels: 5, blockSize: 16 }),
  sampledBlockWht1d([1, 2, 2, 60], { outChannels: 4, blockSize: 4 }),
  sampledBlockWht1d([1, 1, 3, 17], { outChannels: 2, blockSize: 16 }),
  sampledBlockWht1d([1, 1, 3, 7], { outChannels: 3, blockSize: 1 }),
  sampledBlockWht1d([1, 1, 2, 100], { outChannels: 1, blockSize: 32 }),
  sampledBlockWht1d([2, 5, 4, 24], { outChannels: 10, blockSize: 8, stride: 3 }),

  ...ORDERINGS.flatMap((ordering) =>
    THRESHOLDS.flatMap((threshold) => [
      sampledBlockWht1d([1, 2, 3, 32], { blockSize: 16, ordering, threshold }),
      sampledBlockWht1d([1, 2, 3, 24], { outChannels: 60, blockSize: 16, ordering, threshold }),
      sampledBlockWht1d([1, 2, 3, 40], { outChannels: 12, blockSize: 8, ordering, threshold }),
    ]),
  ),

  // The paper's start values, and the block size that goes with them.
  blockWht1dCase(samples([2, 3, 3, 24]), { inChannels: 24 }),
  blockWht1dCase(samples([2, 3, 3, 24]), { inChannels: 24, outChannels: 50, threshold: 'soft' }),
  blockWht1dCase(samples([2, 3, 3, 24]), { inChannels: 24, outChannels: 10, ordering: 'natural' }),
]);
