import { agreesWithReference } from './agrees-with-reference';
import { sampledDense } from './layer-case';
import { ACTIVATIONS } from './option-values';

agreesWithReference([
  ...ACTIVATIONS.map((activation) => sampledDense([3, 17], 10, { activation })),
  ...[1, 5, 64, 1000].flatMap((outFeatures) => [sampledDense([2, 33], outFeatures), sampledDense([2, 1, 1, 33], outFeatures)]),
  sampledDense([4, 64], 10, { bias: false }),
  sampledDense([1, 1], 1),
]);
