import { type DenseArray, generateMap, mapShape, valueAt } from './dense-array';

export interface PoolOptions {
  size: number;
  /** Default: the size. */
  stride?: number;
  /** On every side; no part of the windows, so a mean is over what the map has. Default: 0. */
  padding?: number;
}

function pool(x: DenseArray, { size, stride = size, padding = 0 }: PoolOptions, reduce: (values: number[]) => number): DenseArray {
  const [n, h, w, c] = mapShape(x);
  const outputs = (points: number) => Math.floor((points + 2 * padding - size) / stride) + 1;
  return generateMap([n, outputs(h), outputs(w), c], (image, row, column, channel) => {
    const values: number[] = [];
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        const y = row * stride + i - padding;
        const z = column * stride + j - padding;
        if (y >= 0 && y < h && z >= 0 && z < w) values.push(valueAt(x, image, y, z, channel));
      }
    }
    return reduce(values);
  });
}

/** NaN where a window holds one, as Math.max has it. */
export function maxPool(x: DenseArray, options: PoolOptions): DenseArray {
  return pool(x, options, (values) => Math.max(...values));
}

export function averagePool(x: DenseArray, options: PoolOptions): DenseArray {
  return pool(x, options, (values) => values.reduce((sum, value) => sum + value, 0) / values.length);
}
