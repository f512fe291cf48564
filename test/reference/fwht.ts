import { type DenseArray, mapShape } from './dense-array';
import { multiplyAlongAxis, type Ordering, transformMatrix } from './transform-matrix';

export type Normalization = 'orthonormal' | 'none' | 'inverse';

export interface TransformOptions {
  blockSize?: number;
  ordering?: Ordering;
  normalization?: Normalization;
}

/** The Walsh-Hadamard transform along one axis, by the dense matrix. */
export function fwht(x: DenseArray, options: TransformOptions & { axis?: number } = {}): DenseArray {
  const { axis = -1, ordering = 'sequency', normalization = 'orthonormal' } = options;
  const at = axis < 0 ? axis + x.shape.length : axis;
  const size = options.blockSize ?? x.shape[at] ?? 0;
  const scale = { orthonormal: 1 / Math.sqrt(size), none: 1, inverse: 1 / size }[normalization];
  return multiplyAlongAxis(x, at, transformMatrix(size, ordering), scale);
}

/** The transform of every channel's plane: along its rows and its columns. */
export function fwht2d(x: DenseArray, options: TransformOptions = {}): DenseArray {
  mapShape(x);
  return fwht(fwht(x, { ...options, axis: 1 }), { ...options, axis: 2 });
}
