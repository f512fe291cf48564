/**
 * The networks, whose modules are loaded when the first of them is made: with what reads their weights they would be half of what importing the
 * package takes.
 */
import type { Device } from './device';
import type { MobileNetV2Options } from './networks/mobile-net-v2';
import type { MobileNetV3LargeOptions } from './networks/mobile-net-v3-large';
import type { Network } from './networks/network';
import type { Resnet20Options } from './networks/resnet20';
import type { Resnet50Options } from './networks/resnet50';

type Factories = typeof import('./networks/factories');

async function factories(): Promise<Factories> {
  // Not import(), which Jest refuses to CommonJS; but in the sources, which the tests run, require would find nothing.
  return __filename.endsWith('.ts') ? import('./networks/factories.js') : (require('./networks/factories') as Factories);
}

/**
 * ResNet-20 for CIFAR-10: 32x32 images, 10 classes, three stages of three blocks relu(x + B(C(relu(B(C x))))) with 16, 32 and 64 channels. `replacedBlocks`: 9 by default, all of
 * them. Parameters are named as in the authors' state dicts (phy710/ICML2023-HT); names as torchvision's are read as well.
 *
 * @throws WhtError rejects with `ERR_WHT_OPTION` naming the option, `ERR_WHT_WEIGHTS`, `ERR_WHT_NO_CUDNN`, `ERR_WHT_OUT_OF_MEMORY`
 */
export async function resnet20(device: Device, options?: Resnet20Options): Promise<Network> {
  return (await factories()).resnet20(device, options);
}

/**
 * ResNet-50 for ImageNet: 224x224 images, 1000 classes, 16 bottleneck blocks, strides on the 3x3 convolutions. `replacedBlocks`: by default every other one, 1, 4, 6, 8, 10, 12 and
 * 14. Parameters are named as in torchvision's state dict, those of HT-perceptrons as in the authors' (phy710/ICML2023-HT).
 *
 * @throws WhtError rejects with `ERR_WHT_OPTION` naming the option, `ERR_WHT_WEIGHTS`, `ERR_WHT_NO_CUDNN`, `ERR_WHT_OUT_OF_MEMORY`
 */
export async function resnet50(device: Device, options?: Resnet50Options): Promise<Network> {
  return (await factories()).resnet50(device, options);
}

/**
 * MobileNet-V2 (arXiv 1801.04381), width 1: 224x224 images, 1000 classes, 17 blocks of expansion, depthwise convolution and projection. `replacedBlocks`: 5 by default, the last third, as in
 * arXiv 2104.07085. Parameters are named as in torchvision's state dict.
 *
 * @throws WhtError rejects with `ERR_WHT_OPTION` naming the option, `ERR_WHT_WEIGHTS`, `ERR_WHT_NO_CUDNN`, `ERR_WHT_OUT_OF_MEMORY`
 */
export async function mobileNetV2(device: Device, options?: MobileNetV2Options): Promise<Network> {
  return (await factories()).mobileNetV2(device, options);
}

/**
 * MobileNet-V3-Large (arXiv 1905.02244), width 1: 224x224 images, 1000 classes, 15 blocks. `replacedBlocks`: 5 by default, the last third; `wht` also has a weighted 2D layer before the
 * global average pooling, unless `transformBeforePooling` is false. The paper's table of parameters for it was not found. Parameters are named as in torchvision's state dict.
 *
 * @throws WhtError rejects with `ERR_WHT_OPTION` naming the option, `ERR_WHT_WEIGHTS`, `ERR_WHT_NO_CUDNN`, `ERR_WHT_OUT_OF_MEMORY`
 */
export async function mobileNetV3Large(device: Device, options?: MobileNetV3LargeOptions): Promise<Network> {
  return (await factories()).mobileNetV3Large(device, options);
}
