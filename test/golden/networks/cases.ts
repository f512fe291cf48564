/** The golden networks: what PyTorch gave for torchvision's networks and for those of generate.py. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MobileNetV2Options, MobileNetV3LargeOptions, Resnet20Options, Resnet50Options } from '../../reference/networks/index';

export interface GoldenNetwork<Options> {
  name: string;
  /** Of the reference. */
  options: Options;
  trainable: number;
  total: number;
  /** How many sampleImages(), and their size. */
  images: [count: number, height: number, width: number];
  logits: number[][];
  /** Shapes by key: of the state dict without num_batches_tracked. */
  parameters: Record<string, number[]>;
}

function read<Options>(file: string): GoldenNetwork<Options>[] {
  return (JSON.parse(readFileSync(join(__dirname, `${file}.json`), 'utf8')) as { cases: GoldenNetwork<Options>[] }).cases;
}

export const goldenResnet20 = () => read<Resnet20Options>('resnet-20');
export const goldenResnet50 = () => read<Resnet50Options>('resnet-50');
export const goldenMobileNetV2 = () => read<MobileNetV2Options>('mobile-net-v2');
export const goldenMobileNetV3Large = () => read<MobileNetV3LargeOptions>('mobile-net-v3-large');
