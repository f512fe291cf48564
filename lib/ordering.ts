/**
 * Orders of the Walsh-Hadamard spectrum. The kernels compute in natural order; since a layer's spectrum is never seen outside it, any
 * other order is a permutation of the layer's parameters, done once when they are uploaded.
 */
import { ORDERING } from './native';

/**
 * - `natural` (Sylvester): what a plain butterfly gives.
 * - `sequency` (Walsh): rows sorted by their number of sign changes, as frequencies are.
 * - `dyadic` (Paley): bit-reversed natural order.
 */
export type Ordering = keyof typeof ORDERING;

export const ORDERINGS = Object.keys(ORDERING) as Ordering[];

/**
 * The natural-order row that stands at `position` of an ordering of `points` rows (a power of two).
 * Sequency order is the bit reversal of the Gray code, dyadic order the bit reversal.
 */
export function naturalRow(position: number, points: number, ordering: Ordering): number {
  if (ordering === 'natural') return position;
  let code = ordering === 'sequency' ? position ^ (position >> 1) : position;
  let row = 0;
  for (let bit = 1; bit < points; bit *= 2) {
    row = row * 2 + (code & 1);
    code >>= 1;
  }
  return row;
}

/**
 * Parameters over a rows x columns spectrum (row-major, in `ordering` along both axes), rearranged to natural order.
 * A 1D spectrum has one row.
 */
export function toNaturalOrder(values: Float32Array, rows: number, columns: number, ordering: Ordering): Float32Array {
  const natural = new Float32Array(values.length);
  const columnOf = Array.from({ length: columns }, (_, position) => naturalRow(position, columns, ordering));
  for (let row = 0; row < rows; row++) {
    const target = naturalRow(row, rows, ordering) * columns;
    for (let column = 0; column < columns; column++) {
      natural[target + (columnOf[column] as number)] = values[row * columns + column] as number;
    }
  }
  return natural;
}
