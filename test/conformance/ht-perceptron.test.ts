import { agreesWithReference } from './agrees-with-reference';
import { sampledHtPerceptron } from './layer-case';
import { ORDERINGS } from './option-values';

agreesWithReference([
  ...[1, 2, 3, 5].flatMap((paths) => [sampledHtPerceptron([2, 8, 8, 16], paths), sampledHtPerceptron([2, 7, 5, 3], paths)]),
  ...ORDERINGS.flatMap((ordering) =>
    (['inverse', 'orthonormal'] as const).map((normalization) => sampledHtPerceptron([1, 4, 8, 5], 2, { ordering, normalization })),
  ),
  sampledHtPerceptron([2, 4, 4, 6], 2, { negativeThresholds: 'absolute' }),
  sampledHtPerceptron([2, 4, 4, 6], 2, { outChannels: 17 }),
  sampledHtPerceptron([2, 3, 6, 20], 2, { outChannels: 4 }),
  sampledHtPerceptron([1, 32, 32, 4], 1),
  sampledHtPerceptron([1, 1, 1, 3], 2),
]);
