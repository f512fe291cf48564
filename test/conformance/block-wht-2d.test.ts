import { agreesWithReference } from './agrees-with-reference';
import { blockWht2dCase, sampledBlockWht2d } from './layer-case';
import { ORDERINGS, THRESHOLDS } from './option-values';
import { samples } from './samples';

agreesWithReference([
  // Channel counts about the width of vectors and tiles, on a map that fills its block and on one that does not.
  ...[1, 3, 5, 15, 16, 17, 24, 33].flatMap((channels) => [sampledBlockWht2d([1, 8, 8, channels]), sampledBlockWht2d([2, 7, 5, channels])]),

  // Maps of one position, one row, one column.
  sampledBlockWht2d([3, 1, 1, 5]),
  sampledBlockWht2d([2, 1, 8, 3]),
  sampledBlockWht2d([2, 16, 1, 3]),
  sampledBlockWht2d([1, 3, 17, 2]),
  sampledBlockWht2d([1, 2, 4096, 1]),

  // Large blocks.
  sampledBlockWht2d([1, 16, 16, 5]),
  sampledBlockWht2d([1, 32, 32, 3]),
  sampledBlockWht2d([1, 64, 32, 3]),
  sampledBlockWht2d([1, 64, 64, 2]),
  sampledBlockWht2d([1, 100, 128, 2]),
  sampledBlockWht2d([1, 128, 128, 1]),
  sampledBlockWht2d([1, 256, 256, 1]),

  // Tiled maps, with tiles that the edges cut, and a block larger than the map.
  ...[1, 2, 4, 8, 16].map((blockSize) => sampledBlockWht2d([2, 9, 13, 5], { blockSize })),
  sampledBlockWht2d([1, 20, 33, 3], { blockSize: 16 }),
  sampledBlockWht2d([1, 40, 40, 17], { blockSize: 32 }),
  sampledBlockWht2d([1, 65, 64, 1], { blockSize: 64 }),

  // Strides, among them those that divide neither block nor map, and the largest.
  sampledBlockWht2d([1, 8, 8, 17], { stride: 2 }),
  sampledBlockWht2d([2, 8, 8, 3], { stride: 3 }),
  sampledBlockWht2d([2, 7, 7, 5], { stride: 2 }),
  sampledBlockWht2d([2, 7, 5, 5], { stride: 3 }),
  sampledBlockWht2d([1, 5, 5, 2], { stride: 5 }),
  sampledBlockWht2d([1, 8, 8, 33], { stride: 8 }),
  sampledBlockWht2d([1, 9, 13, 3], { blockSize: 4, stride: 2 }),
  sampledBlockWht2d([2, 9, 13, 3], { blockSize: 4, stride: 3 }),
  sampledBlockWht2d([1, 10, 10, 2], { blockSize: 2, stride: 3 }),
  sampledBlockWht2d([1, 10, 10, 17], { blockSize: 8, stride: 5 }),

  ...ORDERINGS.flatMap((ordering) =>
    THRESHOLDS.flatMap((threshold) => [
      sampledBlockWht2d([2, 8, 8, 5], { ordering, threshold }),
      sampledBlockWht2d([1, 7, 3, 4], { ordering, threshold }),
      sampledBlockWht2d([1, 6, 10, 3], { ordering, threshold, blockSize: 4, stride: 2 }),
    ]),
  ),

  // The paper's start values.
  blockWht2dCase(samples([2, 8, 8, 5]), { height: 8, width: 8 }),
  blockWht2dCase(samples([1, 5, 16, 3]), { height: 5, width: 16 }),
  blockWht2dCase(samples([1, 1, 16, 3]), { height: 1, width: 16, threshold: 'soft', ordering: 'natural' }),
]);
