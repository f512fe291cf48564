/**
 * The example, run as a program with weights that the package saved, names the classes that the network gives for what torchvision makes of the image;
 * and says in one line what is wrong with its input. It uses the built package, `npm run build:ts`.
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Device,
  mobileNetV2,
  mobileNetV3Large,
  type Network,
  openDevice,
  type Resnet20Options,
  resnet20,
  resnet50,
} from '../../lib/index';
import { imageCase, squares } from './golden/cases';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EXAMPLE = join(ROOT, 'examples', 'classify-image.js');
/** Of ImageNet's and CIFAR-10's red, green and blue, as torchvision and the authors have them. */
const STATISTICS = {
  imageNet: { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] },
  cifar10: { mean: [0.4914, 0.4822, 0.4465], deviation: [0.2023, 0.1994, 0.201] },
};

let directory: string;
let device: Device;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'wht-classify-'));
  device = openDevice('cpu', { threads: 1 });
  for (const { name, png } of squares) writeFileSync(inDirectory(`${name}.png`), png);
  writeFileSync(inDirectory('photo.jpg'), imageCase('jpeg').file);
});

afterAll(() => {
  device.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('names the classes of the network', () => {
  const small = { inputSize: 32 };
  const keras = (variant: Resnet20Options['variant'] & string) => ({
    args: ['--network', 'resnet20', '--variant', variant, '--resize', '37'],
    make: () => resnet20(device, { variant }),
    statistics: STATISTICS.cifar10,
  });
  const cases: Record<string, { args: string[]; make: () => Promise<Network>; statistics: typeof STATISTICS.cifar10 }> = {
    'resnet20, baseline': keras('baseline'),
    'resnet20, wht': keras('wht'),
    'resnet20, ht-perceptron': keras('ht-perceptron'),
    'resnet20 in PyTorch style': {
      args: ['--network', 'resnet20', '--style', 'pytorch', '--resize', '37'],
      make: () => resnet20(device, { style: 'pytorch' }),
      statistics: STATISTICS.cifar10,
    },
    'resnet50, 20 classes': {
      args: ['--network', 'resnet50', '--classes', '20', '--input-size', '32'],
      make: () => resnet50(device, { ...small, classes: 20 }),
      statistics: STATISTICS.imageNet,
    },
    'mobileNetV2 with layers of arXiv 2104.07085': {
      args: [
        ...['--network', 'mobileNetV2', '--variant', 'wht', '--transform', 'fwht', '--input-size', '32'],
        ...['--options', '{"replaceLastConvolution": true}'],
      ],
      make: () => mobileNetV2(device, { ...small, variant: 'wht', transform: 'fwht', replaceLastConvolution: true }),
      statistics: STATISTICS.imageNet,
    },
    'mobileNetV3Large, wht': {
      args: ['--network', 'mobileNetV3Large', '--variant', 'wht', '--input-size', '32'],
      make: () => mobileNetV3Large(device, { ...small, variant: 'wht' }),
      statistics: STATISTICS.imageNet,
    },
  };

  test.each(Object.entries(cases))('%s', async (_, { args, make, statistics }) => {
    const network = await make();
    const weights = inDirectory('weights.safetensors');
    await network.save(weights);
    for (const name of ['landscape', 'portrait']) {
      const expected = await topFive(network, name, statistics);
      const ran = run([...args, '--weights', weights, '--device', 'cpu', inDirectory(`${name}.png`)]);
      expect(ran.stderr).toBe('');
      expect(ran.status).toBe(0);
      const printed = classesIn(ran.stdout);
      expect(printed.map(({ label }) => label)).toEqual(expected.map(({ number }) => `class ${number}`));
      expect(printed.map(({ percent }) => percent)).toEqual(expected.map(({ probability }) => (100 * probability).toFixed(2)));
    }
    network.dispose();
  });

  test('and says how large the image was, where the network ran, and how long it took', async () => {
    await savedResnet20().then((network) => network.dispose());
    const { stdout } = run([...resnet20Arguments(), inDirectory('landscape.png')]);
    expect(stdout).toMatch(/^.*landscape\.png: 97x61\n/);
    expect(stdout).toMatch(/\nresnet20 on cpu, its first run: \d+\.\d ms; decoding the image \d+\.\d ms, /);
  });

  test('with their labels', async () => {
    const network = await savedResnet20();
    const number = (await topFive(network, 'landscape', STATISTICS.cifar10))[0]?.number as number;
    const labels = ['plane', 'car', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
    writeFileSync(inDirectory('labels.txt'), `${labels.join('\n')}\n`);
    const { stdout } = run([...resnet20Arguments(), '--resize', '37', '--labels', inDirectory('labels.txt'), inDirectory('landscape.png')]);
    expect(classesIn(stdout)[0]?.label).toBe(`${labels[number]} (class ${number})`);
    network.dispose();
  });

  test('of a JPEG that its camera turned', async () => {
    await savedResnet20().then((network) => network.dispose());
    const upright = imageCase('jpeg-orientation-1-little-endian').file;
    const turned = imageCase('jpeg-orientation-6-big-endian').file;
    const outputs = [upright, turned].map((file) => {
      writeFileSync(inDirectory('turned.jpg'), file);
      return run([...resnet20Arguments(), inDirectory('turned.jpg')]).stdout;
    });
    expect(outputs[0]).toMatch(/^.*turned\.jpg: 27x18\n/);
    expect(outputs[1]).toMatch(/^.*turned\.jpg: 18x27\n/);
    expect(classesIn(outputs[0] as string)).not.toEqual(classesIn(outputs[1] as string));
  });
});

describe('says in one line', () => {
  beforeAll(async () => {
    await savedResnet20().then((network) => network.dispose());
    writeFileSync(inDirectory('text.png'), 'no image');
    writeFileSync(inDirectory('short.jpg'), imageCase('jpeg').file.subarray(0, 500));
    writeFileSync(inDirectory('labels.txt'), 'cat\ndog\n');
    writeFileSync(inDirectory('infinite.safetensors'), withLargeValues(readFileSync(resnet20Weights()), 'fc.weight'));
  });

  const image = () => inDirectory('photo.jpg');
  const cases: Record<string, { args: () => string[]; message: RegExp; environment?: NodeJS.ProcessEnv }> = {
    'that no network was named': { args: () => [image()], message: /^Expected --network, got none \(see --help\)$/ },
    'that there is no such network': {
      args: () => ['--network', 'vgg', '--weights', 'x', image()],
      message: /^Expected --network to be resnet20, resnet50, mobileNetV2, mobileNetV3Large, got "vgg"$/,
    },
    'that no weights were named': {
      args: () => ['--network', 'resnet20', image()],
      message: /^Expected --weights, got none \(see --help\)$/,
    },
    'that no image was named': { args: () => resnet20Arguments(), message: /^Expected one image file, got 0 \(see --help\)$/ },
    'that there is no such option': {
      args: () => [...resnet20Arguments(), '--size', '3', image()],
      message: /^Unknown option '--size'.* \(see --help\)$/,
    },
    'that an option lacks its value': {
      args: () => [...resnet20Arguments(), image(), '--labels'],
      message: /^Option '--labels <value>' argument missing/,
    },
    'that a number is none': {
      args: () => [...resnet20Arguments(), '--classes', 'ten', image()],
      message: /^Expected --classes to be a whole number above 0, got "ten"$/,
    },
    'that the JSON is none': {
      args: () => [...resnet20Arguments(), '--options', '{paths: 3}', image()],
      message: /^Expected --options to be an object in JSON, got "\{paths: 3\}"$/,
    },
    'that the network has no such variant': {
      args: () => [...resnet20Arguments(), '--variant', 'dct', image()],
      message: /^Expected variant to be .*, got "?'?dct/,
    },
    'that the network has no such option': { args: () => [...resnet20Arguments(), '--transform', 'fwht', image()], message: /transform/ },
    'that a crop would be larger than the image': {
      args: () => [...resnet20Arguments(), '--resize', '31', image()],
      message: /^Expected --resize to be at least 32, the input's size, got 31$/,
    },
    'that there is no such device': {
      args: () => [...resnet20Arguments().slice(0, 4), '--device', 'tpu', image()],
      message: /^Expected .*, got "?'?tpu/,
    },
    'why a GPU can not be used': {
      args: () => [...resnet20Arguments().slice(0, 4), '--device', 'cuda', image()],
      message: /no-such-library\.so/,
      environment: { WHT_CUDA_BACKEND: '/no-such-library.so' },
    },
    'that the image is missing': {
      args: () => [...resnet20Arguments(), 'missing.png'],
      message: /^Expected an image in missing\.png, got ENOENT/,
    },
    'that the image is a folder': { args: () => [...resnet20Arguments(), directory], message: /^Expected an image in .*, got EISDIR/ },
    'that the image is none': {
      args: () => [...resnet20Arguments(), inDirectory('text.png')],
      message: /^Expected .*text\.png to be a JPEG or PNG file, got one that begins with "no image"$/,
    },
    'that the image is broken': {
      args: () => [...resnet20Arguments(), inDirectory('short.jpg')],
      message: /^Expected .*short\.jpg to be a whole JPEG file, got /,
    },
    'that the weights are missing': { args: () => ['--network', 'resnet20', '--weights', 'missing.st', image()], message: /missing\.st/ },
    'that the weights are no safetensors': {
      args: () => ['--network', 'resnet20', '--weights', inDirectory('photo.jpg'), image()],
      message: /^Expected .*photo\.jpg/,
    },
    'that the weights are of another variant': {
      args: () => [...resnet20Arguments(), '--variant', 'wht', image()],
      message:
        /^Expected .*resnet20\.safetensors to hold the network's tensors and no others, got .*missing.*extra.*; .*layer1\.0\.left\.3\.thresholds/,
    },
    'that the weights are of another number of classes': {
      args: () => [...resnet20Arguments(), '--classes', '11', image()],
      message: /Expected fc\.weight to be F32 of 11x64, got F32 of 10x64/,
    },
    'that the weights give no numbers': {
      args: () => ['--network', 'resnet20', '--weights', inDirectory('infinite.safetensors'), image()],
      message: /^Expected .*infinite\.safetensors to be trained for this network, got infinite or undefined outputs$/,
    },
    'that the labels are missing': {
      args: () => [...resnet20Arguments(), '--labels', 'missing.txt', image()],
      message: /^Expected labels in missing\.txt, got ENOENT/,
    },
    'that the labels are of other classes': {
      args: () => [...resnet20Arguments(), '--labels', inDirectory('labels.txt'), image()],
      message: /^Expected .*labels\.txt to hold 10 lines, one a class, got 2$/,
    },
  };

  test.each(Object.entries(cases))('%s', (_, { args, message, environment }) => {
    expect(complaint(run(args(), { environment }))).toMatch(message);
  });

  describe('what to install', () => {
    const elsewhere = () => join(directory, 'elsewhere');
    const copy = () => join(elsewhere(), 'classify-image.js');

    beforeAll(() => {
      mkdirSync(elsewhere());
      copyFileSync(EXAMPLE, copy());
      cpSync(join(ROOT, 'examples', 'classify-image'), join(elsewhere(), 'classify-image'), { recursive: true });
    });

    test('without the package', () => {
      expect(complaint(run([...resnet20Arguments(), image()], { program: copy() }))).toMatch(
        /^Expected the package wht-layers, got none: npm install wht-layers/,
      );
    });

    test('without the decoders', () => {
      mkdirSync(join(elsewhere(), 'node_modules'));
      symlinkSync(ROOT, join(elsewhere(), 'node_modules', 'wht-layers'));
      for (const [name, file] of [
        ['jpeg-js', image()],
        ['pngjs', inDirectory('landscape.png')],
      ] as const) {
        expect(complaint(run([...resnet20Arguments(), file], { program: copy() }))).toBe(
          `Expected the package ${name}, which decodes the image, got none: npm install jpeg-js pngjs`,
        );
      }
    });
  });
});

test('explains its options', () => {
  const { stdout, stderr, status } = run(['--help']);
  expect([stderr, status]).toEqual(['', 0]);
  expect(stdout).toMatch(/^Usage: node classify-image\.js --network NAME --weights FILE \[options\] IMAGE\n/);
});

function inDirectory(name: string): string {
  return join(directory, name);
}

function resnet20Weights(): string {
  return inDirectory('resnet20.safetensors');
}

function resnet20Arguments(): string[] {
  return ['--network', 'resnet20', '--weights', resnet20Weights(), '--device', 'cpu'];
}

async function savedResnet20(): Promise<Network> {
  const network = await resnet20(device);
  await network.save(resnet20Weights());
  return network;
}

function run(args: string[], { program = EXAMPLE, environment = {} as NodeJS.ProcessEnv | undefined } = {}): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', env: { ...process.env, WHT_THREADS: '1', ...environment } });
}

/** What the program said before it ended with 1, without its name. */
function complaint({ stdout, stderr, status }: SpawnSyncReturns<string>): string {
  expect(stdout).toBe('');
  expect(status).toBe(1);
  const [, message] = /^classify-image: (.+)\n$/.exec(stderr) ?? expect.fail(stderr);
  return message as string;
}

/** The most probable classes of a network for torchvision's own square of an image. */
async function topFive(network: Network, name: string, { mean, deviation }: typeof STATISTICS.cifar10) {
  const found = squares.find((square) => square.name === name);
  if (found === undefined) throw new RangeError(name);
  const values = Float32Array.from(found.square, (value, at) => (value / 255 - (mean[at % 3] as number)) / (deviation[at % 3] as number));
  const x = device.tensor(values, [1, found.size, found.size, 3]);
  const logits = Array.from(await network.forward(x).read());
  const largest = Math.max(...logits);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  return logits
    .map((logit, number) => ({ number, logit, probability: Math.exp(logit - largest) / sum }))
    .sort((a, b) => b.logit - a.logit)
    .slice(0, 5);
}

function classesIn(stdout: string): { percent: string; label: string }[] {
  const found = Array.from(stdout.matchAll(/^(\d)\. +(\d+\.\d\d) % {2}(.+)$/gm));
  expect(found.map(([, at]) => at)).toEqual(['1', '2', '3', '4', '5']);
  return found.map(([, , percent, label]) => ({ percent: percent as string, label: label as string }));
}

/** A safetensors file with values of one tensor so large that their sums are not finite. */
function withLargeValues(file: Buffer, key: string): Buffer {
  const headerLength = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, 8 + headerLength)) as Record<string, { data_offsets: [number, number] }>;
  const [begin, end] = (header[key] as { data_offsets: [number, number] }).data_offsets;
  for (let at = begin; at < end; at += 4) file.writeFloatLE(3e38, 8 + headerLength + at);
  return file;
}
