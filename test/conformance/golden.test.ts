import { type GoldenCase, goldenBlockWht1d, goldenBlockWht2d, goldenConv2d, goldenFwht, goldenSqueezeExcite } from '../golden/cases';
import type { DenseArray } from '../reference/dense-array';
import { agreesWithReference } from './agrees-with-reference';
import { blockWht1dCase, blockWht2dCase, conv2dCase, fwhtCase, type LayerCase, squeezeExciteCase } from './layer-case';

/** Golden cases as the suite's own: the output that is expected is the file's. */
function fromGolden<Options>(cases: GoldenCase<Options>[], layer: (x: DenseArray, options: Options) => LayerCase): LayerCase[] {
  return cases.map(({ name, input, options, output }) => ({ ...layer(input, options), name, reference: () => output }));
}

agreesWithReference([
  ...fromGolden(goldenFwht(), fwhtCase),
  ...fromGolden(goldenBlockWht2d(), blockWht2dCase),
  ...fromGolden(goldenBlockWht1d(), blockWht1dCase),
  ...fromGolden(goldenConv2d(), conv2dCase),
  ...fromGolden(goldenSqueezeExcite(), squeezeExciteCase),
]);
