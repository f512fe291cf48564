/** Loading and saving a network's parameters. */
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Device, mobileNetV3Large, type Network, openDevice, resnet20, resnet50 } from '../../lib/index';
import { openSafetensors } from '../../lib/weights/safetensors';
import { type WritableTensor, writeSafetensors } from '../../lib/weights/write-safetensors';
import { onEveryTarget } from '../conformance/targets';
import { NETWORK_CASES, weightsFolder } from './network-case';

let device: Device;

beforeAll(() => {
  device = openDevice('cpu');
});

afterAll(() => device.close());

const fileFor = (name: string) => join(weightsFolder(), `${name}.safetensors`);

/** Images of one value each, so that a network of any size can be asked. */
async function logits(network: Network): Promise<Float32Array> {
  const { inputSize } = network;
  const values = Float32Array.from({ length: inputSize ** 2 * 3 }, (_, at) => ((at * 37) % 255) / 127 - 1);
  using x = network.device.tensor(values, [1, inputSize, inputSize, 3]);
  using y = network.forward(x);
  return y.read();
}

/** A file's tensors, for writing them again with changes. */
function tensorsOf(file: string): Map<string, WritableTensor> {
  const opened = openSafetensors(file);
  try {
    return new Map(
      Array.from(opened.tensors, ([key, { shape }]) => {
        const values = opened.read(key).slice();
        return [key, { key, shape, values: () => values }];
      }),
    );
  } finally {
    opened.close();
  }
}

describe('a network that is loaded, saved and loaded again', () => {
  // Each kind of parameter, in networks that the emulated GPU runs in seconds.
  const chosen = ['ResNet-20 baseline', 'ResNet-20 wht', 'ResNet-20 ht-perceptron', 'MobileNet-V3-Large wht'];
  onEveryTarget((device, target) => {
    for (const { name, make, weights } of NETWORK_CASES.filter(({ name }) => chosen.includes(name))) {
      // In which order threads run makes no difference to parameters.
      test.skipIf(target.name.endsWith('reversed'))(`${name}: the same bits, in the file and out of the network`, async () => {
        using loaded = await make(device());
        const saved = fileFor(`saved ${name}`);
        await loaded.save(saved);
        const given = tensorsOf(await weights());
        const kept = tensorsOf(saved);
        expect([...kept.keys()].sort()).toEqual([...given.keys()].sort());
        for (const [key, { shape, values }] of given) {
          expect(kept.get(key)?.shape).toEqual(shape);
          expect(Buffer.compare(bytesOf(kept.get(key)?.values()), bytesOf(values()))).toBe(0);
        }
        const before = await logits(loaded);
        await loaded.load(saved);
        expect(await logits(loaded)).toEqual(before);
      });
    }
  });
});

describe('load', () => {
  let network: Network;
  let good: string;
  let before: Float32Array;

  beforeAll(async () => {
    network = await resnet20(device, { variant: 'wht' });
    good = fileFor('good');
    await network.save(good);
    before = await logits(network);
  });

  /** With other values than the network has, all but its batch norms' variances: any of them that went in would show. */
  function otherTensors(): Map<string, WritableTensor> {
    const negated = ({ key, shape, values }: WritableTensor) => {
      const others = (values() as Float32Array).map((value) => (key.endsWith('running_var') ? value : 0.5 - value));
      return { key, shape, values: () => others };
    };
    return new Map(Array.from(tensorsOf(good), ([key, tensor]) => [key, negated(tensor)]));
  }

  async function refused(name: string, change: (tensors: Map<string, WritableTensor>) => void): Promise<string> {
    const tensors = otherTensors();
    change(tensors);
    const file = fileFor(name);
    await writeSafetensors(file, tensors.values());
    const error: unknown = await network.load(file).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: 'ERR_WHT_WEIGHTS' });
    // Nothing half-loaded.
    expect(await logits(network)).toEqual(before);
    return (error as Error).message;
  }

  const filled = (key: string, shape: readonly number[], value: number): WritableTensor => ({
    key,
    shape,
    values: () => new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(value),
  });

  test('names what is missing', async () => {
    const message = await refused('missing', (tensors) => tensors.delete('layer1.0.left.3.thresholds'));
    expect(message).toContain('layer1.0.left.3.thresholds');
    expect(message).toMatch(/missing/i);
  });

  test('names what is too much', async () => {
    const message = await refused('extra', (tensors) => tensors.set('head.weight', filled('head.weight', [2], 0)));
    expect(message).toContain('head.weight');
  });

  test('names what has another shape, and both shapes', async () => {
    const message = await refused('shape', (tensors) => tensors.set('fc.weight', filled('fc.weight', [10, 32], 0)));
    expect(message).toContain('Expected fc.weight to be F32 of 10x64, got F32 of 10x32');
  });

  test('refuses what is no number, with the key and the place', async () => {
    const message = await refused('nan', (tensors) =>
      tensors.set('layer3.2.left.0.weight', filled('layer3.2.left.0.weight', [64, 64, 3, 3], Number.NaN)),
    );
    expect(message).toMatch(/Expected layer3\.2\.left\.0\.weight of .*nan\.safetensors to hold finite values, got NaN at index 0/);
  });

  test('refuses a negative variance', async () => {
    const key = 'layer3.2.left.4.running_var';
    const message = await refused('variance', (tensors) => tensors.set(key, filled(key, [64], -1)));
    expect(message).toMatch(/Expected layer3\.2\.left\.4\.running_var of .* to hold variances, got -1 at index 0/);
  });

  test('refuses the weights of another network', async () => {
    using other = await mobileNetV3Large(device, { classes: 10, inputSize: 32 });
    await other.save(fileFor('other'));
    await expect(network.load(fileFor('other'))).rejects.toMatchObject({ code: 'ERR_WHT_WEIGHTS' });
    expect(await logits(network)).toEqual(before);
  });

  test('refuses finite values that fold to infinity, with the batch norm', async () => {
    const message = await refused('folded', (tensors) => {
      tensors.set('layer3.1.left.1.weight', filled('layer3.1.left.1.weight', [64], 3e38));
      tensors.set('layer3.1.left.1.running_var', filled('layer3.1.left.1.running_var', [64], 0));
    });
    expect(message).toBe('Expected layer3.1.left.1 to fold to a finite scale, got Infinity in channel 0');
  });

  test('refuses a file that was cut off', async () => {
    const whole = fileFor('whole');
    await writeSafetensors(whole, otherTensors().values());
    const file = fileFor('cut');
    writeFileSync(file, readFileSync(whole));
    truncateSync(file, 100_000);
    await expect(network.load(file)).rejects.toMatchObject({ code: 'ERR_WHT_WEIGHTS' });
    expect(await logits(network)).toEqual(before);
  });

  test('gives no network where the weights do not fit', async () => {
    const { current } = device.memory();
    await expect(resnet50(device, { weights: good })).rejects.toMatchObject({ code: 'ERR_WHT_WEIGHTS' });
    await device.synchronize();
    expect(device.memory().current).toBe(current);
  });

  test('takes other values', async () => {
    using other = await resnet20(device, { variant: 'wht' });
    const file = fileFor('others');
    await writeSafetensors(file, otherTensors().values());
    await other.load(file);
    expect(await logits(other)).not.toEqual(before);
  });

  test('waits for what is being saved, also from when it was already waiting', async () => {
    const others = fileFor('others to load');
    await writeSafetensors(others, otherTensors().values());
    for (let round = 0; round < 10; round++) {
      using other = await resnet20(device, { variant: 'wht', weights: good });
      const files = [fileFor(`saved first ${round}`), fileFor(`saved second ${round}`)] as const;
      const first = other.save(files[0]);
      const loaded = other.load(others);
      const second = first.then(() => other.save(files[1]));
      // Whatever the order, each file holds one network.
      await Promise.all([first, loaded, second, other.save(fileFor(`saved at once ${round}`))]);
      for (const file of files) {
        const written = tensorsOf(file);
        const is = (tensors: Map<string, WritableTensor>) =>
          [...tensors].every(([key, { values }]) => Buffer.compare(bytesOf(values()), bytesOf(written.get(key)?.values())) === 0);
        expect([is(tensorsOf(good)), is(otherTensors())]).toContain(true);
        if (file === files[0]) expect(is(tensorsOf(good))).toBe(true);
      }
    }
  });
});

function bytesOf(values: unknown): Buffer {
  const { buffer, byteOffset, byteLength } = values as Float32Array;
  return Buffer.from(buffer, byteOffset, byteLength);
}

describe('published names', () => {
  test('of other ResNets for CIFAR-10, with `module.` and num_batches_tracked', async () => {
    using own = await resnet20(device, { style: 'pytorch' });
    await own.save(fileFor('own names'));
    const renamed = Array.from(tensorsOf(fileFor('own names')).values()).map((tensor) => {
      const key = tensor.key
        .replace('conv1.0.', 'conv1.')
        .replace('conv1.1.', 'bn1.')
        .replace('left.0.', 'conv1.')
        .replace('left.1.', 'bn1.')
        .replace('left.3.', 'conv2.')
        .replace('left.4.', 'bn2.')
        .replace('shortcut.', 'downsample.');
      return { ...tensor, key: `module.${key}` };
    });
    const tracked = { key: 'module.bn1.num_batches_tracked', shape: [1], values: () => new Float32Array(1) };
    await writeSafetensors(fileFor('torchvision names'), [...renamed, tracked]);
    using loaded = await resnet20(device, { style: 'pytorch', weights: fileFor('torchvision names') });
    expect(await logits(loaded)).toEqual(await logits(own));
  });
});
