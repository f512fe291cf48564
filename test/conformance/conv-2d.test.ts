import { agreesWithReference } from './agrees-with-reference';
import { type LayerCase, sampledConv2d } from './layer-case';
import { ACTIVATIONS } from './option-values';
import { parameters } from './samples';

/** With a scale of either sign, which some activations must see before the bias and others would hide. */
function scaledConv2d(shape: Parameters<typeof sampledConv2d>[0], options: Parameters<typeof sampledConv2d>[1]): LayerCase {
  const layerCase = sampledConv2d(shape, { ...options, scale: parameters(options.outChannels, -2, 2, 7) });
  return { ...layerCase, name: `${layerCase.name}, scaled` };
}

agreesWithReference([
  ...[1, 3, 5].flatMap((kernelSize) =>
    [1, 2, 3].flatMap((stride) => [
      sampledConv2d([2, 7, 9, 5], { outChannels: 6, kernelSize, stride }),
      sampledConv2d([2, 8, 5, 16], { outChannels: 17, kernelSize, stride }),
      // Depthwise, and with two outputs for each channel.
      sampledConv2d([2, 7, 6, 17], { outChannels: 17, kernelSize, stride, groups: 17 }),
      sampledConv2d([1, 6, 7, 8], { outChannels: 16, kernelSize, stride, groups: 8 }),
      sampledConv2d([1, 5, 7, 6], { outChannels: 10, kernelSize, stride, groups: 2 }),
    ]),
  ),

  // Channel counts about the width of vectors and register tiles.
  ...[1, 3, 5, 17, 24, 33].map((channels) => sampledConv2d([1, 5, 5, channels], { outChannels: channels + 1, kernelSize: 3 })),
  sampledConv2d([1, 14, 14, 33], { outChannels: 24, kernelSize: 3 }),
  sampledConv2d([2, 8, 8, 64], { outChannels: 64, kernelSize: 3 }),
  sampledConv2d([1, 4, 4, 300], { outChannels: 40, kernelSize: 1 }),
  sampledConv2d([1, 9, 9, 32], { outChannels: 48, kernelSize: 3, groups: 2, stride: 2 }),

  // Maps smaller than the kernel, and than the stride.
  sampledConv2d([2, 1, 1, 33], { outChannels: 7, kernelSize: 1 }),
  sampledConv2d([2, 1, 1, 5], { outChannels: 7, kernelSize: 5 }),
  sampledConv2d([1, 2, 3, 4], { outChannels: 4, kernelSize: 7 }),
  sampledConv2d([1, 2, 3, 4], { outChannels: 3, kernelSize: 3, stride: 9 }),
  sampledConv2d([1, 1, 30, 3], { outChannels: 3, kernelSize: 3, stride: 2 }),

  ...ACTIVATIONS.flatMap((activation) => [
    sampledConv2d([1, 6, 6, 17], { outChannels: 18, kernelSize: 3, activation }),
    sampledConv2d([1, 6, 6, 18], { outChannels: 18, kernelSize: 3, groups: 18, activation, bias: false }),
    sampledConv2d([1, 5, 5, 5], { outChannels: 3, kernelSize: 1, activation, bias: false }),
    // As a product, with groups, depthwise, and with two outputs for each channel.
    scaledConv2d([1, 6, 6, 17], { outChannels: 18, kernelSize: 3, activation }),
    scaledConv2d([1, 6, 6, 12], { outChannels: 18, kernelSize: 3, groups: 3, activation }),
    scaledConv2d([1, 6, 6, 18], { outChannels: 18, kernelSize: 3, groups: 18, activation }),
    scaledConv2d([1, 6, 6, 9], { outChannels: 18, kernelSize: 3, groups: 9, activation, bias: false }),
  ]),

  // Depthwise about the pixels and lanes that are computed together, and with edges wider than the map.
  ...[3, 5, 7].flatMap((kernelSize) =>
    [1, 2, 3].flatMap((stride) => [
      sampledConv2d([1, 3, 23, 19], { outChannels: 19, kernelSize, stride, groups: 19 }),
      sampledConv2d([2, 13, 40, 3], { outChannels: 3, kernelSize, stride, groups: 3 }),
      sampledConv2d([1, 2, 1, 64], { outChannels: 64, kernelSize, stride, groups: 64 }),
    ]),
  ),
  // Planes that are too large to be padded whole.
  sampledConv2d([1, 200, 190, 1], { outChannels: 1, kernelSize: 3, groups: 1 }),
  sampledConv2d([1, 200, 190, 2], { outChannels: 2, kernelSize: 3, stride: 2, groups: 2 }),

  // Many input channels, in one part and in several, also of groups; a number of outputs for each thread to have some.
  sampledConv2d([1, 3, 5, 256], { outChannels: 20, kernelSize: 3 }),
  sampledConv2d([2, 3, 3, 530], { outChannels: 70, kernelSize: 3 }),
  sampledConv2d([1, 3, 4, 600], { outChannels: 40, kernelSize: 1, groups: 2 }),
  sampledConv2d([1, 2, 3, 600], { outChannels: 12, kernelSize: 3, groups: 2 }),
  sampledConv2d([1, 5, 4, 512], { outChannels: 40, kernelSize: 1, stride: 2 }),
  sampledConv2d([1, 1, 1, 700], { outChannels: 250, kernelSize: 1 }),
  sampledConv2d([9, 1, 1, 96], { outChannels: 130, kernelSize: 1 }),
  sampledConv2d([1, 4, 4, 128], { outChannels: 128, kernelSize: 3, groups: 32 }),

  // Rows that are shared out among threads, and whole small maps that are worked on together.
  sampledConv2d([1, 3, 900, 8], { outChannels: 9, kernelSize: 3 }),
  sampledConv2d([1, 2, 1300, 5], { outChannels: 7, kernelSize: 1 }),
  sampledConv2d([11, 5, 7, 8], { outChannels: 9, kernelSize: 3, stride: 2 }),
  sampledConv2d([11, 7, 5, 6], { outChannels: 9, kernelSize: 3, stride: 5 }),
  sampledConv2d([40, 4, 4, 6], { outChannels: 9, kernelSize: 1, stride: 3 }),
]);
