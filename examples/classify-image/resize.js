'use strict';

/** Weights are whole numbers of 2^-22, as Pillow's: so sums that lie halfway between two values round as they do there. */
const ONE = 2 ** 22;

/**
 * Resizes an image so that its shorter side has `shorterSide` pixels, and cuts the square of `size` pixels out of its middle. Bilinear with antialiasing: as
 * torchvision's Resize and CenterCrop do it to a Pillow image, byte by byte.
 *
 * @param {{ width: number, height: number, data: Uint8Array }} image RGB, row by row
 * @param {number} shorterSide at least `size`
 * @returns {Uint8Array} size x size x 3
 */
function resizeAndCrop(image, shorterSide, size) {
  const { width, height, data } = image;
  const shorter = Math.min(width, height);
  // Only what the square needs is ever computed, so that a very long image costs no more.
  const columns = windows(width, Math.floor((shorterSide * width) / shorter), size);
  const rows = windows(height, Math.floor((shorterSide * height) / shorter), size);

  const firstRow = rows[0].first;
  const lastRow = rows[size - 1].first + rows[size - 1].weights.length;
  // First along each row, then along each column. Rounded in between, as Pillow does.
  const narrowed = new Uint8Array((lastRow - firstRow) * size * 3);
  for (let y = firstRow, to = 0; y < lastRow; y++) {
    for (const { first, weights } of columns) {
      for (let channel = 0; channel < 3; channel++, to++) {
        narrowed[to] = weightedSum(data, 3 * (y * width + first) + channel, 3, weights);
      }
    }
  }
  const square = new Uint8Array(size * size * 3);
  let to = 0;
  for (const { first, weights } of rows) {
    const from = 3 * (first - firstRow) * size;
    for (let column = 0; column < 3 * size; column++) square[to++] = weightedSum(narrowed, from + column, 3 * size, weights);
  }
  return square;
}

/**
 * Which points of a side of `from` pixels make each of the `size` points in the middle of the same side resized to `to` pixels. The weights are a triangle's whose base
 * is two pixels wide, of the side's or of the resized side's, whichever are larger: so none is skipped when the image shrinks.
 *
 * @returns {{ first: number, weights: number[] }[]}
 */
function windows(from, to, size) {
  const scale = from / to;
  const reach = Math.max(1, scale);
  const offset = roundHalfToEven((to - size) / 2);
  return Array.from({ length: size }, (_, point) => {
    const centre = (offset + point + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - reach + 0.5));
    const end = Math.min(from, Math.floor(centre + reach + 0.5));
    const heights = Array.from({ length: end - first }, (_, at) => Math.max(0, 1 - Math.abs(first + at + 0.5 - centre) / reach));
    const sum = heights.reduce((total, height) => total + height, 0);
    return { first, weights: heights.map((height) => Math.round((height / sum) * ONE)) };
  });
}

function weightedSum(values, start, step, weights) {
  let sum = 0;
  for (let at = 0, from = start; at < weights.length; at++, from += step) sum += weights[at] * values[from];
  return Math.floor(sum / ONE + 0.5);
}

/** As Python's round, which torchvision's CenterCrop uses. */
function roundHalfToEven(value) {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

module.exports = { resizeAndCrop };
