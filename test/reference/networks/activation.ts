import { type DenseArray, denseArray } from '../dense-array';
import { type Activation, activate } from '../nonlinearity';

export function activation(x: DenseArray, name: Activation): DenseArray {
  return denseArray(
    x.shape,
    x.data.map((value) => activate(value, name)),
  );
}
