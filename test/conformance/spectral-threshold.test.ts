/** The threshold of a spectrum in memory, with what no layer makes use of as yet. */
import { DTYPE, LAYOUT, NONLINEARITY } from '../../lib/native';
import { type DenseArray, generateMap, type MapShape, valueAt } from '../reference/dense-array';
import { threshold } from '../reference/nonlinearity';
import { agreesWithReference } from './agrees-with-reference';
import { type LayerCase, upload } from './layer-case';
import { THRESHOLDS } from './option-values';
import { parameters, samples } from './samples';

interface Options {
  overPlane: boolean;
  kind: (typeof THRESHOLDS)[number];
  unchanged?: number;
  window?: number;
  adds?: boolean;
  weighted?: boolean;
}

function spectralThresholdCase(shape: MapShape, options: Options): LayerCase {
  const { overPlane, kind, unchanged = 0, window = 1, adds = false, weighted = true } = options;
  const [n, h, w, c] = shape;
  const points = overPlane ? h * w : c;
  const outputShape = [n, h, w, c / window] as const;
  const thresholds = kind === 'none' ? new Float32Array(0) : parameters(points, 0, 1, 3);
  const weights = weighted ? parameters(points, -1.5, 1.5) : new Float32Array(0);
  const added = adds ? samples(outputShape, 2) : undefined;
  const described = Object.entries(options)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
  return {
    name: `spectral threshold of ${shape.join('x')}, ${described}`,
    x: samples(shape),
    isMap: true,
    tolerance: { float32: 1e-6, float16: 2e-3 },
    run: (input, out) => {
      const { device, dtype, layout } = input;
      const storage = { dtype, layout };
      const y = out ?? device.zeros(layout === 'NHWC' ? outputShape : [n, c / window, h, w], storage);
      const operation = device.native().prepareSpectralThreshold({
        dtype: DTYPE[dtype],
        layout: LAYOUT[layout],
        overPlane,
        points,
        unchanged,
        window,
        adds,
        nonlinearity: NONLINEARITY[kind],
        thresholds,
        weights,
      });
      device.submit(operation, y, input.dimensions(), input, added && upload(device, added, storage, true));
      operation.release();
      return y;
    },
    reference: (x: DenseArray) =>
      generateMap(outputShape, (image, row, column, channel) => {
        let sum = 0;
        for (let k = channel * window; k < (channel + 1) * window; k++) {
          const point = overPlane ? row * w + column : k;
          const value = valueAt(x, image, row, column, k);
          sum += point < unchanged ? value : threshold((weights[point] ?? 1) * value, thresholds[point] ?? 0, kind);
        }
        return sum / window + (added === undefined ? 0 : valueAt(added, image, row, column, channel));
      }),
  };
}

agreesWithReference([
  ...THRESHOLDS.flatMap((kind) => [
    ...[true, false].flatMap((overPlane) =>
      [true, false].flatMap((adds) => [
        spectralThresholdCase([2, 4, 8, 16], { overPlane, kind, adds }),
        spectralThresholdCase([2, 3, 5, 17], { overPlane, kind, adds, unchanged: 3, weighted: false }),
        spectralThresholdCase([1, 5, 5, 33], { overPlane, kind, adds, unchanged: 20 }),
      ]),
    ),
    ...[2, 3, 4, 8, 12, 24].map((window) =>
      spectralThresholdCase([2, 3, 5, 24], { overPlane: false, kind, unchanged: window, window, adds: window % 4 === 0 }),
    ),
  ]),
  spectralThresholdCase([1, 2, 2, 1024], { overPlane: false, kind: 'smooth', unchanged: 4, window: 4 }),
  spectralThresholdCase([1, 1, 1, 64], { overPlane: false, kind: 'soft', window: 64 }),
]);
