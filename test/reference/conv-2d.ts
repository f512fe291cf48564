import { type DenseArray, generateMap, mapShape, valueAt } from './dense-array';
import { type Activation, activate } from './nonlinearity';

export interface Conv2dOptions {
  inChannels: number;
  outChannels: number;
  kernelSize: number;
  stride?: number;
  groups?: number;
  activation?: Activation;
  /** OIHW */
  kernel: ArrayLike<number>;
  bias?: ArrayLike<number> | false;
}

/** A convolution with zero padding of (k − 1)/2 on every side, by its definition. */
export function conv2d(x: DenseArray, options: Conv2dOptions): DenseArray {
  const { inChannels, outChannels, kernelSize, stride = 1, groups = 1, activation = 'none', kernel, bias = false } = options;
  const [n, h, w] = mapShape(x);
  const padding = (kernelSize - 1) / 2;
  const perGroup = inChannels / groups;
  const size = (points: number) => (points === 0 ? 0 : Math.floor((points - 1) / stride) + 1);
  return generateMap([n, size(h), size(w), outChannels], (image, row, column, output) => {
    const first = Math.floor(output / (outChannels / groups)) * perGroup;
    let sum = bias === false ? 0 : (bias[output] as number);
    for (let i = 0; i < kernelSize; i++) {
      for (let j = 0; j < kernelSize; j++) {
        const y = row * stride + i - padding;
        const z = column * stride + j - padding;
        if (y < 0 || y >= h || z < 0 || z >= w) continue;
        for (let channel = 0; channel < perGroup; channel++) {
          const at = ((output * perGroup + channel) * kernelSize + i) * kernelSize + j;
          sum += (kernel[at] as number) * valueAt(x, image, y, z, first + channel);
        }
      }
    }
    return activate(sum, activation);
  });
}
