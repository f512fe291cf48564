/** A float64 reference of everything the package computes, by dense matrices and plain loops; it shares nothing with lib/. */
export { blockWht1d, blockWht2d, startThresholds } from './block-wht';
export { conv2d } from './conv-2d';
export { add, globalAveragePool, multiply, smoothThreshold, softThreshold } from './elementwise';
export { fwht, fwht2d } from './fwht';
export { squeezeExcite } from './squeeze-excite';
