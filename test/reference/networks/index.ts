/** The networks in float64, written from their definitions; batch norm is a layer of its own. Nothing is shared with lib/. */
export { type MobileNetV2Options, mobileNetV2 } from './mobile-net-v2';
export { type MobileNetV3LargeOptions, mobileNetV3Large } from './mobile-net-v3-large';
export {
  countParameters,
  type Network,
  type ParameterArray,
  type ParameterMap,
  type ParameterShapes,
  parameterShapes,
  runNetwork,
} from './parameters';
export { type Resnet20Options, resnet20 } from './resnet-20';
export { type Resnet50Options, resnet50 } from './resnet-50';
