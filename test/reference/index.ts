/** A float64 reference of everything the package computes, by dense matrices and plain loops; it shares nothing with lib/. */
export { batchNorm } from './batch-norm';
export { blockWht1d, blockWht2d, startThresholds } from './block-wht';
export { conv2d } from './conv-2d';
export { dense } from './dense';
export { padOrCrop } from './dense-array';
export { add, globalAveragePool, multiply, smoothThreshold, softThreshold } from './elementwise';
export { fwht, fwht2d } from './fwht';
export { fwht1dLayer, fwht1dThresholds } from './fwht-1d-layer';
export { htPerceptron } from './ht-perceptron';
export { activation } from './networks/activation';
export { averagePool, maxPool } from './pool';
export { squeezeExcite } from './squeeze-excite';
