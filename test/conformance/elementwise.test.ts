import { agreesWithReference } from './agrees-with-reference';
import { activateCase, type BinaryName, binaryCase, copyCase, globalAveragePoolCase } from './layer-case';
import { ACTIVATIONS } from './option-values';
import { samples } from './samples';

const BINARY_NAMES: readonly BinaryName[] = ['add', 'multiply', 'smoothThreshold', 'softThreshold'];

agreesWithReference([
  ...BINARY_NAMES.flatMap((name) => [
    // Negative thresholds too: soft clamps them, smooth does not.
    ...[0, 0.5, -0.5].map((scalar) => binaryCase(name, samples([2, 3, 5, 7]), scalar)),
    binaryCase(name, samples([2, 3, 5, 17]), samples([2, 3, 5, 17], 2)),
    binaryCase(name, samples([2, 3, 5, 17]), samples([2, 1, 1, 17], 2)),
    binaryCase(name, samples([3, 1, 1, 4]), samples([3, 1, 1, 4], 2)),
    binaryCase(name, samples([1, 40, 40, 33]), samples([1, 1, 1, 33], 2)),
    ...[[1], [37], [3, 5], [2, 3, 5], [2, 1, 3, 2, 5]].map((shape) => binaryCase(name, samples(shape), samples(shape, 2))),
  ]),

  ...[[1], [37], [3, 5], [2, 3, 5, 7], [2, 1, 3, 2, 5], [100003]].map((shape) => copyCase(samples(shape))),

  ...ACTIVATIONS.flatMap((activation) => [[1], [37], [3, 5], [2, 3, 5, 7]].map((shape) => activateCase(samples(shape), activation))),

  globalAveragePoolCase(samples([2, 7, 7, 5])),
  globalAveragePoolCase(samples([3, 1, 1, 4])),
  globalAveragePoolCase(samples([1, 64, 33, 17])),
  globalAveragePoolCase(samples([2, 1, 100, 33])),
]);
