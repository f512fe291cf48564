import { type DenseArray, denseArray } from '../dense-array';

export interface ParameterArray {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array;
}

export type ParameterMap = ReadonlyMap<string, ParameterArray>;
export type ParameterShapes = ReadonlyMap<string, readonly number[]>;

/** What a network asks for its parameters: the values of a key, which has to have that shape. */
export type ParameterSource = (key: string, shape: readonly number[]) => ArrayLike<number>;

/** The logits of each image of a map, as [n, 1, 1, classes]. */
export type Network<Options> = (parameters: ParameterSource, x: DenseArray, options: Options) => DenseArray;

/** Runs a network on the parameters of a map, all of which it has to use. */
export function runNetwork<Options>(network: Network<Options>, parameters: ParameterMap, x: DenseArray, options: Options): DenseArray {
  const unused = new Set(parameters.keys());
  const logits = network(
    (key, shape) => {
      const found = parameters.get(key);
      if (found === undefined) throw new RangeError(`No parameter ${key}`);
      if (found.shape.join('x') !== shape.join('x')) {
        throw new RangeError(`Expected ${key} to be ${shape.join('x')}, got ${found.shape.join('x')}`);
      }
      unused.delete(key);
      return found.values;
    },
    x,
    options,
  );
  if (unused.size > 0) throw new RangeError(`Not parameters of this network: ${[...unused].join(', ')}`);
  return logits;
}

/**
 * The keys and shapes of a network for images of an input size, in the order in which it asks for them: it runs on no image at all, so
 * that nothing but shapes is worked out.
 */
export function parameterShapes<Options>(network: Network<Options>, options: Options, [height, width]: readonly [number, number]) {
  const shapes = new Map<string, readonly number[]>();
  network(
    (key, shape) => {
      if (shapes.has(key)) throw new RangeError(`${key} is asked for twice`);
      shapes.set(key, shape);
      return [];
    },
    denseArray([0, height, width, 3]),
    options,
  );
  return shapes;
}

export function countParameters(shapes: ParameterShapes): { trainable: number; total: number } {
  let trainable = 0;
  let total = 0;
  for (const [key, shape] of shapes) {
    const values = shape.reduce((product, dimension) => product * dimension, 1);
    total += values;
    if (!/\.running_(mean|var)$/.test(key)) trainable += values;
  }
  return { trainable, total };
}
