/** Numbers in float64, row-major: what the reference computes with. Maps are [n, h, w, c]. */
export interface DenseArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export type MapShape = readonly [n: number, h: number, w: number, c: number];

export function denseArray(shape: readonly number[], values?: ArrayLike<number>): DenseArray {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  if (values === undefined) return { shape, data: new Float64Array(size) };
  if (values.length !== size) throw new RangeError(`${values.length} values don't fill ${shape.join('x')}`);
  return { shape, data: Float64Array.from(values) };
}

export function mapShape({ shape }: DenseArray): MapShape {
  const [n, h, w, c] = shape;
  if (shape.length !== 4 || n === undefined || h === undefined || w === undefined || c === undefined) {
    throw new RangeError(`${shape.join('x')} is no map`);
  }
  return [n, h, w, c];
}

/** A map made of what `value` gives at each position. */
export function generateMap(shape: MapShape, value: (n: number, h: number, w: number, c: number) => number): DenseArray {
  const map = denseArray(shape);
  const [images, rows, columns, channels] = shape;
  let at = 0;
  for (let n = 0; n < images; n++) {
    for (let h = 0; h < rows; h++) {
      for (let w = 0; w < columns; w++) {
        for (let c = 0; c < channels; c++) map.data[at++] = value(n, h, w, c);
      }
    }
  }
  return map;
}

/** The value at a position of a map, and zero outside of it. */
export function valueAt({ shape, data }: DenseArray, n: number, h: number, w: number, c: number): number {
  const [images = 0, rows = 0, columns = 0, channels = 0] = shape;
  const inside = n >= 0 && n < images && h >= 0 && h < rows && w >= 0 && w < columns && c >= 0 && c < channels;
  return inside ? (data[((n * rows + h) * columns + w) * channels + c] as number) : 0;
}

/** Pads with zeros, or crops, at the end of every axis. */
export function padOrCrop(x: DenseArray, shape: MapShape): DenseArray {
  return generateMap(shape, (n, h, w, c) => valueAt(x, n, h, w, c));
}

/** The values of an [n, h, w, c] map in [n, c, h, w] order. */
export function toNchw(x: DenseArray): DenseArray {
  const [n, h, w, c] = mapShape(x);
  return generateMap([n, c, h, w], (image, channel, row, column) => valueAt(x, image, row, column, channel));
}

/** The values of an [n, c, h, w] map in [n, h, w, c] order. */
export function toNhwc(x: DenseArray): DenseArray {
  const [n, c, h, w] = mapShape(x);
  return generateMap([n, h, w, c], (image, row, column, channel) => valueAt(x, image, channel, row, column));
}
