import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Device, mobileNetV2, mobileNetV3Large, type Network, openDevice, resnet20, resnet50 } from 'wht-layers';
import { stepsOf } from '../../../bench/networks/internals';
import { networkCandidate } from '../../../bench/networks/network-candidate';
import { onnxNetwork } from '../../../bench/networks/onnx-network';
import { loadOnnxRuntime, onnxCandidate } from '../../../bench/onnx-runtime';
import { uniform } from '../../../bench/random';
import { relativeError } from '../../../bench/statistics';
import type { Parameter } from '../../../lib/networks/steps/step';
import { writeSafetensors } from '../../../lib/weights/write-safetensors';

const runtime = loadOnnxRuntime();
const IMAGES = 2;
const SIDE = 32;

/** Nothing that a wrong place would leave as it is: batch norms that start out do nothing. */
function unlikeAnyOther({ key, shape, startValues }: Parameter, seed: number): Float32Array {
  const count = shape.reduce((product, size) => product * size);
  if (key.endsWith('.running_var')) return uniform(count, seed, 0.5, 1.5);
  if (shape.length > 1) return startValues();
  return key.endsWith('.weight') ? uniform(count, seed, 0.6, 1.2) : uniform(count, seed, -0.3, 0.3);
}

describe('a baseline as an ONNX model', () => {
  let device: Device;
  let folder: string;
  beforeEach(() => {
    device = openDevice('cpu', { threads: 1 });
    folder = mkdtempSync(join(tmpdir(), 'wht-onnx-network-'));
  });
  afterEach(() => {
    device.close();
    rmSync(folder, { recursive: true });
  });

  const options = { inputSize: SIDE, classes: 7 };
  const networks: [string, () => Promise<Network>][] = [
    ['ResNet-20 as Keras has it', () => resnet20(device, options)],
    ['ResNet-20 as PyTorch has it', () => resnet20(device, { ...options, style: 'pytorch' })],
    ['ResNet-50', () => resnet50(device, options)],
    ['MobileNet-V2', () => mobileNetV2(device, options)],
    ['MobileNet-V3-Large', () => mobileNetV3Large(device, options)],
  ];

  it.skipIf(runtime instanceof Error).each(networks)('gives in onnxruntime what the network gives: %s', async (_, make) => {
    if (runtime instanceof Error) throw runtime;
    const network = await make();
    const parameters = stepsOf(network).flatMap((step) => step.parameters);
    const values = new Map(parameters.map((parameter, at) => [parameter.key, unlikeAnyOther(parameter, at + 1)]));
    const valuesOf = (key: string) => values.get(key) as Float32Array;
    const file = join(folder, 'weights.safetensors');
    await writeSafetensors(
      file,
      parameters.map(({ key, shape }) => ({ key, shape, values: () => valuesOf(key) })),
    );
    await network.load(file);
    const input = uniform(IMAGES * SIDE * SIDE * 3, 9, -1, 1);
    const ours = networkCandidate('baseline', network, input, IMAGES);
    await ours.run(1);
    const model = onnxNetwork(network, IMAGES, valuesOf);
    const peer = await onnxCandidate('baseline', runtime, model, 1, input, [IMAGES, SIDE, SIDE, 3], [IMAGES, 1, 1, network.classes]);
    try {
      await peer.run(1);
      const output = await peer.output();
      expect(output.length).toBe(IMAGES * 7);
      expect(relativeError(output, await ours.output())).toBeLessThan(2e-5);
    } finally {
      await peer.release();
    }
  });

  it('is refused for layers that ONNX has not', async () => {
    const network = await resnet20(device, { variant: 'wht' });
    expect(() => onnxNetwork(network, 1)).toThrow('Expected a layer that ONNX has, got BlockWht2d 32x32 (layer1.0.left.3)');
  });
});
