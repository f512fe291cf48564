import { agreesWithReference } from './agrees-with-reference';
import { sampledConv2d } from './layer-case';
import { ACTIVATIONS } from './option-values';

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
  ]),
]);
