/** Which networks are measured: each baseline and what the authors made of it. */
import { type Device, mobileNetV2, mobileNetV3Large, type Network, type NetworkOptions, resnet20, resnet50 } from 'wht-layers';
import type { NetworkId, Variant } from './schema';

type Make = (device: Device, options?: Pick<NetworkOptions, 'weights'>) => Promise<Network>;

export interface NetworkContest {
  readonly id: NetworkId;
  /** Height and width of its images. */
  readonly inputSize: number;
  /** The baseline first. */
  readonly variants: readonly { readonly name: Variant; readonly make: Make }[];
}

/** The authors' published models have three, the middle of the paper's table. */
const PATHS = 3;

/** In the order of the report. */
export const CONTESTS: readonly NetworkContest[] = [
  {
    id: 'resnet20',
    inputSize: 32,
    variants: [
      { name: 'baseline', make: resnet20 },
      { name: 'wht', make: (device, options) => resnet20(device, { ...options, variant: 'wht' }) },
      { name: 'ht-perceptron', make: (device, options) => resnet20(device, { ...options, variant: 'ht-perceptron', paths: PATHS }) },
    ],
  },
  {
    id: 'resnet50',
    inputSize: 224,
    variants: [
      { name: 'baseline', make: resnet50 },
      { name: 'wht', make: (device, options) => resnet50(device, { ...options, variant: 'wht' }) },
      { name: 'ht-perceptron', make: (device, options) => resnet50(device, { ...options, variant: 'ht-perceptron', paths: PATHS }) },
    ],
  },
  {
    id: 'mobileNetV2',
    inputSize: 224,
    variants: [
      { name: 'baseline', make: mobileNetV2 },
      { name: 'wht block', make: (device, options) => mobileNetV2(device, { ...options, variant: 'wht', transform: 'block' }) },
      { name: 'wht fwht', make: (device, options) => mobileNetV2(device, { ...options, variant: 'wht', transform: 'fwht' }) },
    ],
  },
  {
    id: 'mobileNetV3Large',
    inputSize: 224,
    variants: [
      { name: 'baseline', make: mobileNetV3Large },
      { name: 'wht', make: (device, options) => mobileNetV3Large(device, { ...options, variant: 'wht' }) },
    ],
  },
];

export function contest(id: NetworkId): NetworkContest {
  return CONTESTS.find((each) => each.id === id) as NetworkContest;
}
