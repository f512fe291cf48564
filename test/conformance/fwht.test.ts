import { denseArray } from '../reference/dense-array';
import { fwht2d } from '../reference/index';
import { agreesWithReference } from './agrees-with-reference';
import { fwht2dCase, fwhtCase, type LayerCase } from './layer-case';
import { NORMALIZATIONS, ORDERINGS } from './option-values';
import { samples } from './samples';

/** A shape of some rank with `length` points along one axis, and odd sizes along the others. */
function shapeWithAxis(rank: number, axis: number, length: number): number[] {
  return [3, 2, 5, 1, 3].slice(0, rank).map((size, at) => (at === axis ? length : size));
}

/** The longest axis; see block-wht-1d.test.ts about H_65536 = H_256 ⊗ H_256. */
function longestAxis(): LayerCase {
  return {
    ...fwhtCase(samples([1, 65536]), { ordering: 'natural' }),
    reference: (x) => denseArray(x.shape, fwht2d(denseArray([1, 256, 256, 1], x.data), { ordering: 'natural' }).data),
  };
}

agreesWithReference([
  ...[1, 2, 3, 4, 5].flatMap((rank) =>
    Array.from({ length: rank }, (_, axis) => [
      fwhtCase(samples(shapeWithAxis(rank, axis, 16)), { axis }),
      fwhtCase(samples(shapeWithAxis(rank, axis, 8)), { axis: axis - rank, ordering: 'natural' }),
      fwhtCase(samples(shapeWithAxis(rank, axis, 12)), { axis, blockSize: 4 }),
    ]).flat(),
  ),
  fwhtCase(samples([1, 2, 1, 2, 1, 2, 1, 32]), {}),

  ...Array.from({ length: 13 }, (_, exponent) => fwhtCase(samples([2, 2 ** exponent]))),
  longestAxis(),
  // Enough beside the axis to fill tiles, and to leave some part filled.
  fwhtCase(samples([2, 64, 33]), { axis: 1 }),
  fwhtCase(samples([1, 1024, 3]), { axis: 1, ordering: 'dyadic' }),
  fwhtCase(samples([37, 64])),
  fwhtCase(samples([5, 96]), { blockSize: 32 }),
  fwhtCase(samples([3, 5]), { blockSize: 1 }),

  ...ORDERINGS.flatMap((ordering) =>
    NORMALIZATIONS.flatMap((normalization) => [
      fwhtCase(samples([3, 32]), { ordering, normalization }),
      fwhtCase(samples([2, 16, 5]), { ordering, normalization, axis: 1, blockSize: 8 }),
      fwht2dCase(samples([2, 8, 8, 5]), { ordering, normalization }),
      fwht2dCase(samples([1, 4, 16, 3]), { ordering, normalization }),
      fwht2dCase(samples([1, 24, 8, 17]), { ordering, normalization, blockSize: 8 }),
    ]),
  ),
  fwht2dCase(samples([3, 1, 1, 5])),
  fwht2dCase(samples([1, 1, 8, 3])),
  fwht2dCase(samples([1, 64, 64, 2])),
  fwht2dCase(samples([1, 256, 256, 1])),
]);
