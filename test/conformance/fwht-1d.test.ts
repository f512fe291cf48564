import { agreesWithReference } from './agrees-with-reference';
import { fwht1dCase, sampledFwht1d } from './layer-case';
import { ORDERINGS } from './option-values';
import { samples } from './samples';

agreesWithReference([
  // As many channels out as in, with and without padding.
  ...[1, 2, 16, 17, 100].map((channels) => sampledFwht1d([2, 2, 3, channels])),
  // Expansion: of the padded size, and cropped.
  sampledFwht1d([2, 2, 3, 16], { outChannels: 64 }),
  sampledFwht1d([1, 3, 3, 24], { outChannels: 70 }),
  sampledFwht1d([1, 3, 3, 17], { outChannels: 31 }),
  // Projection: to the padded size, and cropped; to the same padded size, where nothing is averaged.
  sampledFwht1d([2, 2, 3, 64], { outChannels: 16 }),
  sampledFwht1d([1, 3, 3, 96], { outChannels: 24 }),
  sampledFwht1d([1, 3, 3, 64], { outChannels: 5 }),
  sampledFwht1d([1, 3, 3, 30], { outChannels: 17 }),
  sampledFwht1d([1, 2, 2, 20], { outChannels: 1 }),
  sampledFwht1d([1, 1, 1, 960], { outChannels: 160 }),
  ...ORDERINGS.flatMap((ordering) => [
    sampledFwht1d([1, 2, 3, 32], { ordering }),
    sampledFwht1d([1, 2, 3, 12], { outChannels: 60, ordering }),
    sampledFwht1d([1, 2, 3, 40], { outChannels: 12, ordering }),
  ]),
  // The start values of the authors' code.
  fwht1dCase(samples([2, 3, 3, 24]), {}),
  fwht1dCase(samples([2, 3, 3, 24]), { outChannels: 50 }),
  fwht1dCase(samples([2, 3, 3, 24]), { outChannels: 5 }),
]);
