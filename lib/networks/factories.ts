/** What makes each network. */
export { mobileNetV2 } from './mobile-net-v2';
export { mobileNetV3Large } from './mobile-net-v3-large';
export { resnet20 } from './resnet20';
export { resnet50 } from './resnet50';
