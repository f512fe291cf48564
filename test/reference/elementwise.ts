import { type DenseArray, denseArray, generateMap, mapShape, valueAt } from './dense-array';
import { threshold } from './nonlinearity';

/** A number, an array of the other operand's shape, or one value for each image and channel of a map. */
export type SecondOperand = number | DenseArray;

function combine(a: DenseArray, b: SecondOperand, operation: (a: number, b: number) => number): DenseArray {
  if (typeof b === 'number')
    return denseArray(
      a.shape,
      a.data.map((value) => operation(value, b)),
    );
  if (b.shape.join() === a.shape.join()) {
    return denseArray(
      a.shape,
      a.data.map((value, at) => operation(value, b.data[at] as number)),
    );
  }
  return generateMap(mapShape(a), (n, h, w, c) => operation(valueAt(a, n, h, w, c), valueAt(b, n, 0, 0, c)));
}

export function add(a: DenseArray, b: SecondOperand): DenseArray {
  return combine(a, b, (p, q) => p + q);
}

export function multiply(a: DenseArray, b: SecondOperand): DenseArray {
  return combine(a, b, (p, q) => p * q);
}

export function smoothThreshold(x: DenseArray, t: SecondOperand): DenseArray {
  return combine(x, t, (value, limit) => threshold(value, limit, 'smooth'));
}

export function softThreshold(x: DenseArray, t: SecondOperand): DenseArray {
  return combine(x, t, (value, limit) => threshold(value, limit, 'soft'));
}

export function globalAveragePool(x: DenseArray): DenseArray {
  const [n, h, w, c] = mapShape(x);
  return generateMap([n, 1, 1, c], (image, _row, _column, channel) => {
    let sum = 0;
    for (let row = 0; row < h; row++) {
      for (let column = 0; column < w; column++) sum += valueAt(x, image, row, column, channel);
    }
    return sum / (h * w);
  });
}
