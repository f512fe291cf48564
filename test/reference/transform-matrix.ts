import { type DenseArray, denseArray } from './dense-array';

export type Ordering = 'natural' | 'sequency' | 'dyadic';

/** A square matrix of +1 and −1, row-major. */
export interface SignMatrix {
  readonly size: number;
  readonly entries: Int8Array;
}

/** Sylvester's H: H_1 = [1], H_2n = [[H_n, H_n], [H_n, −H_n]]. */
function hadamard(size: number): SignMatrix {
  if (size === 1) return { size, entries: Int8Array.of(1) };
  const half = hadamard(size / 2);
  const entries = new Int8Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const entry = half.entries[(row % half.size) * half.size + (column % half.size)] as number;
      entries[row * size + column] = row >= half.size && column >= half.size ? -entry : entry;
    }
  }
  return { size, entries };
}

function signChanges(row: Int8Array): number {
  let changes = 0;
  for (let at = 1; at < row.length; at++) if (row[at] !== row[at - 1]) changes++;
  return changes;
}

function reverseBits(value: number, bits: number): number {
  return bits === 0 ? 0 : Number.parseInt([...value.toString(2).padStart(bits, '0')].reverse().join(''), 2);
}

const cache = new Map<string, SignMatrix>();

/** The rows of the Hadamard matrix in an ordering. */
export function transformMatrix(size: number, ordering: Ordering): SignMatrix {
  const key = `${size} ${ordering}`;
  let matrix = cache.get(key);
  if (matrix === undefined) {
    const natural = hadamard(size);
    const row = (index: number) => natural.entries.subarray(index * size, (index + 1) * size);
    let order = Array.from({ length: size }, (_, index) => index);
    if (ordering === 'sequency') {
      const changes = order.map((index) => signChanges(row(index)));
      order.sort((a, b) => (changes[a] as number) - (changes[b] as number));
    } else if (ordering === 'dyadic') {
      order = order.map((index) => reverseBits(index, Math.log2(size)));
    }
    matrix = { size, entries: new Int8Array(size * size) };
    for (const [position, index] of order.entries()) matrix.entries.set(row(index), position * size);
    cache.set(key, matrix);
  }
  return matrix;
}

/** scale·M v for every run of M's size along one axis of x; with `transposed`, scale·Mᵀ v. */
export function multiplyAlongAxis(x: DenseArray, axis: number, matrix: SignMatrix, scale: number, transposed = false): DenseArray {
  const { size, entries } = matrix;
  const y = denseArray(x.shape);
  const inner = x.shape.slice(axis + 1).reduce((product, dimension) => product * dimension, 1);
  const run = size * inner;
  const v = new Float64Array(size);
  const result = new Float64Array(size);
  for (let start = 0; start < x.data.length; start += run) {
    for (let offset = start; offset < start + inner; offset++) {
      for (let at = 0; at < size; at++) v[at] = x.data[offset + at * inner] as number;
      result.fill(0);
      for (let row = 0; row < size; row++) {
        let sum = 0;
        for (let column = 0; column < size; column++) {
          const entry = entries[row * size + column] as number;
          if (transposed) result[column] = (result[column] as number) + entry * (v[row] as number);
          else sum += entry * (v[column] as number);
        }
        if (!transposed) result[row] = sum;
      }
      for (let at = 0; at < size; at++) y.data[offset + at * inner] = scale * (result[at] as number);
    }
  }
  return y;
}
