/** A case of each operation, in each of the shapes that its kernels treat differently: for what must hold for all of them. */
import {
  activateCase,
  binaryCase,
  copyCase,
  cropOrPadCase,
  fwht2dCase,
  fwhtCase,
  globalAveragePoolCase,
  type LayerCase,
  poolCase,
  sampledBatchNorm2d,
  sampledBlockWht1d,
  sampledBlockWht2d,
  sampledConv2d,
  sampledDense,
  sampledFwht1d,
  sampledHtPerceptron,
  sampledSqueezeExcite,
} from './layer-case';
import { samples } from './samples';

/** Those that may write to their input: each output needs only the inputs of its own block. */
export function inPlaceOperations(n: number): LayerCase[] {
  return [
    sampledBlockWht2d([n, 8, 8, 17]),
    sampledBlockWht2d([n, 7, 5, 3]),
    sampledBlockWht2d([n, 9, 13, 5], { blockSize: 4, threshold: 'soft' }),
    sampledBlockWht1d([n, 3, 5, 24], { blockSize: 8 }),
    sampledBlockWht1d([n, 3, 5, 33], { blockSize: 16, ordering: 'natural', threshold: 'none' }),
    fwhtCase(samples([n, 3, 64])),
    fwhtCase(samples([n, 32, 5]), { axis: 1, ordering: 'dyadic' }),
    fwht2dCase(samples([n, 8, 16, 5])),
    binaryCase('smoothThreshold', samples([n, 5, 7, 3]), 0.5),
    binaryCase('softThreshold', samples([n, 5, 7, 3]), samples([n, 1, 1, 3], 2)),
    binaryCase('add', samples([n, 5, 7, 3]), samples([n, 5, 7, 3], 2)),
    binaryCase('multiply', samples([n, 5, 7, 17]), samples([n, 1, 1, 17], 2)),
    copyCase(samples([n, 5, 7])),
    sampledSqueezeExcite([n, 4, 5, 12], 3),
    activateCase(samples([n, 5, 7, 3]), 'hard-swish'),
    sampledBatchNorm2d([n, 5, 7, 3], 'relu6'),
    sampledBatchNorm2d([n, 3, 5, 17], 'relu', true),
    sampledHtPerceptron([n, 4, 8, 5], 1),
    sampledHtPerceptron([n, 7, 5, 3], 2, { normalization: 'orthonormal', ordering: 'natural', negativeThresholds: 'absolute' }),
    sampledFwht1d([n, 3, 5, 16]),
    sampledFwht1d([n, 3, 5, 24]),
  ];
}

export function everyOperation(n: number): LayerCase[] {
  return [
    ...inPlaceOperations(n),
    sampledBlockWht2d([n, 9, 13, 5], { blockSize: 4, stride: 3 }),
    sampledBlockWht1d([n, 5, 7, 16], { blockSize: 16, stride: 2 }),
    sampledBlockWht1d([n, 2, 3, 20], { blockSize: 8, outChannels: 50 }),
    sampledBlockWht1d([n, 2, 3, 40], { blockSize: 16, outChannels: 12 }),
    sampledConv2d([n, 7, 6, 5], { outChannels: 18, kernelSize: 3, activation: 'relu' }),
    sampledConv2d([n, 7, 6, 8], { outChannels: 8, kernelSize: 1, stride: 2, activation: 'hard-swish' }),
    sampledConv2d([n, 7, 6, 17], { outChannels: 17, kernelSize: 5, groups: 17, activation: 'relu6' }),
    sampledConv2d([n, 7, 6, 8], { outChannels: 4, kernelSize: 3, groups: 2, activation: 'keras-hard-sigmoid', bias: false }),
    globalAveragePoolCase(samples([n, 7, 5, 17])),
    poolCase('maxPool2d', samples([n, 7, 6, 17]), { size: 3, stride: 2, padding: 1 }),
    poolCase('averagePool2d', samples([n, 7, 6, 5]), { size: 3, stride: 1, padding: 2 }),
    cropOrPadCase(samples([n, 7, 6, 5]), { height: 4, width: 9, channels: 8 }),
    sampledDense([n, 1, 1, 33], 10, { activation: 'relu' }),
    sampledHtPerceptron([n, 4, 4, 5], 3, { outChannels: 7 }),
    sampledFwht1d([n, 2, 3, 40], { outChannels: 12 }),
    sampledFwht1d([n, 2, 3, 12], { outChannels: 33 }),
  ];
}
