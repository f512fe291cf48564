import { type DenseArray, generateMap, mapShape, padOrCrop, valueAt } from './dense-array';
import { nextPowerOfTwo } from './next-power-of-two';
import { type Threshold, threshold } from './nonlinearity';
import { averagePool } from './pool';
import { multiplyAlongAxis, type Ordering, transformMatrix } from './transform-matrix';

export interface SpectrumOptions {
  ordering?: Ordering;
  threshold?: Threshold;
  /** Default: the paper's start values. */
  thresholds?: ArrayLike<number>;
  /** Default: 1. */
  weights?: ArrayLike<number>;
}

export interface BlockWht2dOptions extends SpectrumOptions {
  height: number;
  width: number;
  blockSize?: number;
  stride?: number;
}

export interface BlockWht1dOptions extends SpectrumOptions {
  inChannels: number;
  outChannels?: number;
  blockSize?: number;
  stride?: number;
}

/** The paper's start values over a spectrum of rows x columns: T[i,j] = (i+j)/(10·side), where side is P (2D) or B (1D). */
export function startThresholds(rows: number, columns: number, side: number): Float64Array {
  return Float64Array.from({ length: rows * columns }, (_, at) => (Math.floor(at / columns) + (at % columns)) / (10 * side));
}

export function blockWht2d(x: DenseArray, options: BlockWht2dOptions): DenseArray {
  const { height, width, blockSize, stride = 1, ordering = 'sequency', threshold: kind = 'smooth' } = options;
  const [n, , , c] = mapShape(x);
  const blockHeight = blockSize ?? nextPowerOfTwo(height);
  const blockWidth = blockSize ?? nextPowerOfTwo(width);
  const thresholds = options.thresholds ?? startThresholds(blockHeight, blockWidth, blockHeight);
  const paddedHeight = Math.ceil(height / blockHeight) * blockHeight;
  const paddedWidth = Math.ceil(width / blockWidth) * blockWidth;
  const transform = (plane: DenseArray, transposed: boolean) => {
    const rows = multiplyAlongAxis(plane, 1, transformMatrix(blockHeight, ordering), 1 / Math.sqrt(blockHeight), transposed);
    return multiplyAlongAxis(rows, 2, transformMatrix(blockWidth, ordering), 1 / Math.sqrt(blockWidth), transposed);
  };
  const spectrum = transform(padOrCrop(x, [n, paddedHeight, paddedWidth, c]), false);
  const kept = generateMap([n, paddedHeight, paddedWidth, c], (image, row, column, channel) => {
    const at = (row % blockHeight) * blockWidth + (column % blockWidth);
    const v = (options.weights?.[at] ?? 1) * valueAt(spectrum, image, row, column, channel);
    return threshold(v, thresholds[at] as number, kind);
  });
  const y = transform(kept, true);
  const pooled = stride === 1 ? y : averagePool(y, { size: stride });
  const [, pooledHeight, pooledWidth] = mapShape(pooled);
  return padOrCrop(pooled, [n, Math.min(pooledHeight, Math.ceil(height / stride)), Math.min(pooledWidth, Math.ceil(width / stride)), c]);
}

/** int(np.linspace(0, last, count)) */
function linspace(last: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => (count > 1 && at === count - 1 ? last : Math.floor(at * (last / (count - 1 || 1)))));
}

export function blockWht1d(x: DenseArray, options: BlockWht1dOptions): DenseArray {
  const { inChannels, outChannels = inChannels, stride = 1, ordering = 'sequency', threshold: kind = 'smooth' } = options;
  const [n, h, w] = mapShape(x);
  const size = options.blockSize ?? 2 ** Math.floor(Math.log2(Math.min(inChannels, outChannels)));
  const rows = Math.ceil(h / stride);
  const columns = Math.ceil(w / stride);
  const thresholds = options.thresholds ?? startThresholds(1, size, size);
  const padded = Math.ceil(inChannels / size) * size;
  const starts =
    outChannels > inChannels
      ? linspace(padded - size, Math.ceil(outChannels / size))
      : Array.from({ length: padded / size }, (_, block) => block * size);
  const channels = starts.length * size;
  const blocks = generateMap([n, rows, columns, channels], (image, row, column, channel) =>
    valueAt(x, image, row * stride, column * stride, (starts[Math.floor(channel / size)] as number) + (channel % size)),
  );
  const matrix = transformMatrix(size, ordering);
  const spectrum = multiplyAlongAxis(blocks, 3, matrix, 1 / Math.sqrt(size));
  const kept = generateMap([n, rows, columns, channels], (image, row, column, channel) => {
    const at = channel % size;
    const v = (options.weights?.[at] ?? 1) * valueAt(spectrum, image, row, column, channel);
    return threshold(v, thresholds[at] as number, kind);
  });
  const y = multiplyAlongAxis(kept, 3, matrix, 1 / Math.sqrt(size), true);
  // Projection averages neighbours; without one the window is a single channel.
  const window = Math.max(1, Math.floor(inChannels / outChannels));
  return generateMap([n, rows, columns, outChannels], (image, row, column, channel) => {
    let sum = 0;
    for (let i = 0; i < window; i++) sum += valueAt(y, image, row, column, channel * window + i);
    return sum / window;
  });
}
