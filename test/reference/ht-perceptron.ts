import { conv2d } from './conv-2d';
import { type DenseArray, denseArray, mapShape, padOrCrop } from './dense-array';
import { add } from './elementwise';
import { fwht2d } from './fwht';
import { nextPowerOfTwo } from './next-power-of-two';
import { threshold } from './nonlinearity';
import type { Ordering } from './transform-matrix';

export interface HtPerceptronPath {
  /** P x Q, over the spectrum. */
  scale: ArrayLike<number>;
  /** (out, in): mixes channels at each point of the spectrum. */
  kernel: ArrayLike<number>;
  /** P x Q */
  thresholds: ArrayLike<number>;
}

export interface HtPerceptronOptions {
  /** Default: as many as the input's channels. */
  outChannels?: number;
  paths: readonly HtPerceptronPath[];
  ordering: Ordering;
  /** Orthonormal both ways, or ±1 forward and divided by P·Q back. */
  orthonormal: boolean;
  /** What becomes of a negative threshold. */
  negativeThresholds: 'relu' | 'abs';
}

/**
 * The layer of the ICML 2023 paper: the inverse transform of Σ soft(kernel_i · (scale_i · X), T_i), X the 2D transform of the map padded
 * with zeros to P x Q, P and Q powers of two; cropped to the map.
 */
export function htPerceptron(x: DenseArray, options: HtPerceptronOptions): DenseArray {
  const { paths, ordering, orthonormal, negativeThresholds } = options;
  const [n, h, w, channels] = mapShape(x);
  const { outChannels = channels } = options;
  const padded = [n, nextPowerOfTwo(h), nextPowerOfTwo(w), channels] as const;
  const spectrum = fwht2d(padOrCrop(x, padded), { ordering, normalization: orthonormal ? 'orthonormal' : 'none' });
  const points = padded[1] * padded[2];
  const atPoint = (map: DenseArray, value: (value: number, point: number) => number) =>
    denseArray(
      map.shape,
      map.data.map((element, at) => value(element, Math.floor(at / mapShape(map)[3]) % points)),
    );
  const sum = paths
    .map(({ scale, kernel, thresholds }) => {
      const scaled = atPoint(spectrum, (value, point) => value * (scale[point] as number));
      const mixed = conv2d(scaled, { inChannels: channels, outChannels, kernelSize: 1, kernel });
      return atPoint(mixed, (value, point) => {
        const limit = thresholds[point] as number;
        return threshold(value, negativeThresholds === 'abs' ? Math.abs(limit) : Math.max(limit, 0), 'soft');
      });
    })
    .reduce((total, path) => add(total, path));
  // H is symmetric in every order, so that it is its own inverse but for the scale.
  return padOrCrop(fwht2d(sum, { ordering, normalization: orthonormal ? 'orthonormal' : 'inverse' }), [n, h, w, outChannels]);
}
