import { type DenseArray, denseArray, generateMap, mapShape } from './dense-array';
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
  /** Multiplies each output channel's sum before the bias is added. */
  scale?: ArrayLike<number>;
  bias?: ArrayLike<number> | false;
}

/** The kernel as O, H, W, I: the sums below run over contiguous values, which makes networks bearable. */
function channelsLast(kernel: ArrayLike<number>, outChannels: number, taps: number, channels: number): Float64Array {
  const laidOut = new Float64Array(outChannels * taps * channels);
  let to = 0;
  for (let output = 0; output < outChannels; output++) {
    for (let tap = 0; tap < taps; tap++) {
      for (let channel = 0; channel < channels; channel++) laidOut[to++] = kernel[(output * channels + channel) * taps + tap] as number;
    }
  }
  return laidOut;
}

/** A convolution with zero padding of (k − 1)/2 on every side, by its definition: activation(scale·(kernel ∗ x) + bias). */
export function conv2d(x: DenseArray, options: Conv2dOptions): DenseArray {
  const { inChannels, outChannels, kernelSize, stride = 1, groups = 1, activation = 'none', kernel, scale, bias = false } = options;
  const [n, h, w] = mapShape(x);
  const padding = (kernelSize - 1) / 2;
  const perGroup = inChannels / groups;
  const size = (points: number) => (points === 0 ? 0 : Math.floor((points - 1) / stride) + 1);
  const shape = [n, size(h), size(w), outChannels] as const;
  if (shape.includes(0)) return denseArray(shape);
  const weights = channelsLast(kernel, outChannels, kernelSize ** 2, perGroup);
  return generateMap(shape, (image, row, column, output) => {
    const first = Math.floor(output / (outChannels / groups)) * perGroup;
    let sum = 0;
    for (let i = 0; i < kernelSize; i++) {
      for (let j = 0; j < kernelSize; j++) {
        const y = row * stride + i - padding;
        const z = column * stride + j - padding;
        if (y < 0 || y >= h || z < 0 || z >= w) continue;
        const from = ((image * h + y) * w + z) * inChannels + first;
        const weight = ((output * kernelSize + i) * kernelSize + j) * perGroup;
        for (let channel = 0; channel < perGroup; channel++) {
          sum += (weights[weight + channel] as number) * (x.data[from + channel] as number);
        }
      }
    }
    const scaled = scale === undefined ? sum : sum * (scale[output] as number);
    return activate(scaled + (bias === false ? 0 : (bias[output] as number)), activation);
  });
}
