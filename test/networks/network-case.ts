/** Networks with sampled parameters and images: what the package makes of them, and what the reference does. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Device,
  type LayerOptions,
  type MobileNetV2Options,
  type MobileNetV3LargeOptions,
  mobileNetV2,
  mobileNetV3Large,
  type Network,
  type Resnet20Options,
  type Resnet50Options,
  resnet20,
  resnet50,
} from '../../lib/index';
import { writeSafetensors } from '../../lib/weights/write-safetensors';
import type { DenseArray } from '../reference/dense-array';
import * as reference from '../reference/networks/index';
import { sampleImages, sampleParameters } from './sample-parameters';

export interface NetworkCase {
  readonly name: string;
  readonly images: DenseArray;
  /** With the sampled parameters. */
  make(device: Device, storage?: LayerOptions): Promise<Network>;
  /** The reference's logits. Computed once. */
  logits(): Float64Array;
  /** A file with the sampled parameters. */
  weights(): Promise<string>;
}

let folder: string | undefined;

/** Where files of weights lie until the process ends. */
export function weightsFolder(): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'wht-networks-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  return folder;
}

function networkCase<Options>(
  name: string,
  create: (device: Device, options: { weights: string } & LayerOptions) => Promise<Network>,
  expected: reference.Network<Options>,
  expectedOptions: Options,
  size: number,
  count: number,
): NetworkCase {
  const images = sampleImages(count, size, size);
  let parameters: ReturnType<typeof sampleParameters> | undefined;
  const sampled = () => {
    parameters ??= sampleParameters(reference.parameterShapes(expected, expectedOptions, [size, size]));
    return parameters;
  };
  let logits: Float64Array | undefined;
  let written: Promise<string> | undefined;
  const write = async () => {
    const file = join(weightsFolder(), `${name.replace(/\W+/g, '-')}.safetensors`);
    await writeSafetensors(
      file,
      Array.from(sampled(), ([key, { shape, values }]) => ({ key, shape, values: () => values })),
    );
    return file;
  };
  const weights = () => {
    written ??= write();
    return written;
  };
  return {
    name,
    images,
    make: async (device, storage = {}) => create(device, { weights: await weights(), ...storage }),
    logits: () => {
      logits ??= reference.runNetwork(expected, sampled(), images, expectedOptions).data;
      return logits;
    },
    weights,
  };
}

function resnet20Case(name: string, own: Resnet20Options, expected: reference.Resnet20Options, size = 32): NetworkCase {
  const create = (device: Device, given: LayerOptions) => resnet20(device, { inputSize: size, ...own, ...given });
  return networkCase(`ResNet-20 ${name}`, create, reference.resnet20, expected, size, 2);
}

function resnet50Case(name: string, own: Resnet50Options, expected: reference.Resnet50Options, size = 32): NetworkCase {
  const create = (device: Device, given: LayerOptions) => resnet50(device, { inputSize: size, classes: 10, ...own, ...given });
  return networkCase(`ResNet-50 ${name}`, create, reference.resnet50, { classes: 10, ...expected }, size, 1);
}

function mobileNetV2Case(name: string, own: MobileNetV2Options, expected: reference.MobileNetV2Options, size = 32): NetworkCase {
  const create = (device: Device, given: LayerOptions) => mobileNetV2(device, { inputSize: size, classes: 10, ...own, ...given });
  return networkCase(`MobileNet-V2 ${name}`, create, reference.mobileNetV2, { classes: 10, ...expected }, size, 1);
}

function mobileNetV3LargeCase(
  name: string,
  own: MobileNetV3LargeOptions,
  expected: reference.MobileNetV3LargeOptions,
  size = 32,
): NetworkCase {
  const create = (device: Device, given: LayerOptions) => mobileNetV3Large(device, { inputSize: size, classes: 10, ...own, ...given });
  return networkCase(`MobileNet-V3-Large ${name}`, create, reference.mobileNetV3Large, { classes: 10, ...expected }, size, 1);
}

/** Small enough for the emulated GPU; together they have every layer and every option. Sides that are no powers of two and odd ones too. */
export const NETWORK_CASES: readonly NetworkCase[] = [
  resnet20Case('baseline', {}, {}),
  resnet20Case('pytorch', { style: 'pytorch' }, { style: 'pytorch' }, 27),
  resnet20Case('wht', { variant: 'wht', transformBeforePooling: true }, { variant: 'wht', transform: true }),
  resnet20Case('ht-perceptron', { variant: 'ht-perceptron', paths: 2 }, { variant: 'ht-perceptron', style: 'pytorch', paths: 2 }, 20),
  resnet50Case('baseline', {}, {}, 33),
  resnet50Case('wht', { variant: 'wht', replacedBlocks: [3, 4, 13] }, { variant: 'wht', replaced: [3, 4, 13] }),
  resnet50Case('ht-perceptron', { variant: 'ht-perceptron' }, { variant: 'ht-perceptron' }, 45),
  resnet50Case(
    'ht-perceptron with a stride',
    { variant: 'ht-perceptron', paths: 1, replacedBlocks: [3] },
    { variant: 'ht-perceptron', paths: 1, replaced: [3] },
    64,
  ),
  mobileNetV2Case('baseline', {}, {}),
  mobileNetV2Case('wht', { variant: 'wht', replaceLastConvolution: true }, { variant: 'wht', lastReplaced: true }, 50),
  mobileNetV2Case(
    'fwht',
    { variant: 'wht', transform: 'fwht', replaceLastConvolution: true },
    { variant: 'wht', layer: 'fwht', lastReplaced: true },
    50,
  ),
  mobileNetV3LargeCase('baseline', {}, {}),
  mobileNetV3LargeCase('wht', { variant: 'wht' }, { variant: 'wht' }, 50),
];
