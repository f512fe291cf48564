/// <reference lib="esnext.disposable" preserve="true" />
/** Block Walsh-Hadamard transform layers. */
export {
  Device,
  type DeviceInfo,
  type DeviceKind,
  type DeviceListing,
  listDevices,
  type MemoryUse,
  type OpenDeviceOptions,
  openDevice,
  type TensorOptions,
} from './device';
export { WhtError, type WhtErrorCode } from './errors';
export {
  activate,
  add,
  averagePool2d,
  type CropOrPadOptions,
  copy,
  cropOrPad,
  type FwhtOptions,
  fwht,
  fwht2d,
  globalAveragePool,
  maxPool2d,
  multiply,
  type Normalization,
  type OutOption,
  type Pool2dOptions,
  smoothThreshold,
  softThreshold,
  type TransformOptions,
} from './functions';
export { BatchNorm2d, type BatchNorm2dOptions } from './layers/batch-norm-2d';
export type { Threshold } from './layers/block-wht';
export { BlockWht1d, type BlockWht1dOptions } from './layers/block-wht-1d';
export { BlockWht2d, type BlockWht2dOptions } from './layers/block-wht-2d';
export { type Activation, Conv2d, type Conv2dOptions, type ConvolutionAlgorithm } from './layers/conv-2d';
export { Dense, type DenseOptions } from './layers/dense';
export { Fwht1d, type Fwht1dOptions } from './layers/fwht-1d';
export { HtPerceptron, type HtPerceptronOptions } from './layers/ht-perceptron';
export type { ForwardOptions, Layer, LayerOptions, ParameterCount } from './layers/layer';
export { SqueezeExcite, type SqueezeExciteOptions } from './layers/squeeze-excite';
export type { Dtype, Layout } from './native';
export type { MobileNetV2Options } from './networks/mobile-net-v2';
export type { MobileNetV3LargeOptions } from './networks/mobile-net-v3-large';
export type { Network, NetworkMemory } from './networks/network';
export type { NetworkOptions } from './networks/options';
export type { PointwiseTransform } from './networks/pointwise';
export type { Resnet20Options } from './networks/resnet20';
export type { Resnet50Options } from './networks/resnet50';
export type { SummaryRow } from './networks/summary';
export { mobileNetV2, mobileNetV3Large, resnet20, resnet50 } from './networks-on-demand';
export type { Ordering } from './ordering';
export { Tensor } from './tensor';
