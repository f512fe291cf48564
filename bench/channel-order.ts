import type { MapShape } from './schema';

/** NHWC values rearranged to NCHW. */
export function channelsFirst(values: Float32Array, [n, h, w, c]: MapShape): Float32Array {
  return transposed(values, n, h * w, c);
}

/** NCHW values rearranged to NHWC; `shape` is that of NHWC. */
export function channelsLast(values: Float32Array, [n, h, w, c]: MapShape): Float32Array {
  return transposed(values, n, c, h * w);
}

function transposed(values: Float32Array, matrices: number, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let matrix = 0; matrix < matrices; matrix++) {
    const start = matrix * rows * columns;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        result[start + column * rows + row] = values[start + row * columns + column] as number;
      }
    }
  }
  return result;
}
