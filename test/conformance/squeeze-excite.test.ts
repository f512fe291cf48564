import { agreesWithReference } from './agrees-with-reference';
import { sampledSqueezeExcite } from './layer-case';

agreesWithReference(
  [undefined, 'keras-hard-sigmoid' as const, 'hard-sigmoid' as const].flatMap((gate) => [
    sampledSqueezeExcite([2, 4, 4, 8], 2, gate),
    sampledSqueezeExcite([1, 3, 5, 12], 3, gate),
    sampledSqueezeExcite([2, 1, 1, 5], 1, gate),
    sampledSqueezeExcite([1, 7, 6, 33], 8, gate),
    sampledSqueezeExcite([3, 7, 7, 24], 30, gate),
  ]),
);
