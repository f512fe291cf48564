import { describe, expect, test } from 'vitest';
import { type GoldenNetwork, goldenMobileNetV2, goldenMobileNetV3Large, goldenResnet20, goldenResnet50 } from '../golden/networks/cases';
import {
  countParameters,
  mobileNetV2,
  mobileNetV3Large,
  type Network,
  parameterShapes,
  resnet20,
  resnet50,
  runNetwork,
} from '../reference/networks/index';
import { relativeError } from '../reference/relative-error';
import { sampleImages, sampleParameters } from './sample-parameters';

function agreesWithGolden<Options>(title: string, cases: GoldenNetwork<Options>[], network: Network<Options>) {
  describe(`the reference of ${title} agrees with PyTorch`, () => {
    test.each(cases)('$name', ({ options, images, logits, parameters, trainable, total }) => {
      const [count, height, width] = images;
      const shapes = parameterShapes(network, options, [height, width]);
      expect(Object.fromEntries(shapes)).toEqual(parameters);
      expect(countParameters(shapes)).toEqual({ trainable, total });
      const y = runNetwork(network, sampleParameters(shapes), sampleImages(count, height, width), options);
      expect(y.shape).toEqual([count, 1, 1, logits[0]?.length]);
      expect(relativeError(y.data, logits.flat())).toBeLessThan(1e-10);
    });
  });
}

agreesWithGolden('ResNet-20', goldenResnet20(), resnet20);
agreesWithGolden('ResNet-50', goldenResnet50(), resnet50);
agreesWithGolden('MobileNet-V2', goldenMobileNetV2(), mobileNetV2);
agreesWithGolden('MobileNet-V3-Large', goldenMobileNetV3Large(), mobileNetV3Large);

describe('the published parameter counts', () => {
  const cifar = [32, 32] as const;
  const imageNet = [224, 224] as const;

  test.each([
    [{ style: 'keras' }, 273_066],
    [{ style: 'keras', variant: 'wht' }, 133_082],
    [{ style: 'pytorch' }, 272_474],
    [{ style: 'pytorch', variant: 'ht-perceptron', paths: 1 }, 151_514],
    [{ style: 'pytorch', variant: 'ht-perceptron', paths: 3 }, 199_898],
    [{ style: 'pytorch', variant: 'ht-perceptron', paths: 5 }, 248_282],
  ] as const)('ResNet-20 %j: %i trainable', (options, trainable) => {
    expect(countParameters(parameterShapes(resnet20, options, cifar)).trainable).toBe(trainable);
  });

  test.each([
    [{}, 2_270_794],
    [{ variant: 'wht', layer: 'fwht' }, 947_759],
    [{ variant: 'wht', layer: 'fwht', lastReplaced: true }, 540_206],
    [{ variant: 'wht' }, 938_826],
    [{ variant: 'wht', lastReplaced: true }, 529_738],
  ] as const)('MobileNet-V2 with 10 classes %j: %i with statistics', (options, total) => {
    expect(countParameters(parameterShapes(mobileNetV2, { ...options, classes: 10 }, cifar)).total).toBe(total);
  });

  test.each([
    [{}, 25_557_032],
    [{ variant: 'ht-perceptron', paths: 3 }, 22_625_192],
  ] as const)('ResNet-50 %j: %i trainable', (options, trainable) => {
    expect(countParameters(parameterShapes(resnet50, options, imageNet)).trainable).toBe(trainable);
  });
});

describe('what is replaced is an option', () => {
  const differences = <Options>(network: Network<Options>, baseline: Options, options: Options) => {
    const [before, after] = [baseline, options].map((chosen) => parameterShapes(network, chosen, [64, 64]));
    return [...(after?.keys() ?? [])].filter((key) => !before?.has(key));
  };
  const spectrum = (...keys: string[]) => keys.flatMap((key) => [`${key}.thresholds`, `${key}.weights`]);

  test('in ResNet-20', () => {
    const chosen = { variant: 'wht', replaced: [2, 3], transform: true } as const;
    expect(differences(resnet20, {}, chosen)).toEqual(spectrum('layer1.2.left.3', 'layer2.0.left.3', 'layer2.0.shortcut.0', 'transform'));
  });

  test('in ResNet-50', () => {
    expect(differences(resnet50, {}, { variant: 'wht', replaced: [0, 15] })).toEqual(spectrum('layer1.0.conv2', 'layer4.2.conv2'));
    const strided = parameterShapes(resnet50, { variant: 'ht-perceptron', replaced: [3], paths: 1 }, [64, 64]);
    expect(strided.get('layer2.0.conv2.1.v.0')).toEqual([8, 8]);
  });

  test('in MobileNet-V2', () => {
    const chosen = { variant: 'wht', replaced: [0, 16], transform: true } as const;
    const keys = ['features.1.conv.1', 'features.17.conv.0.0', 'features.17.conv.2', 'transform'];
    expect(differences(mobileNetV2, {}, chosen)).toEqual(spectrum(...keys));
  });

  test('in MobileNet-V3-Large', () => {
    const chosen = { variant: 'wht', replaced: [0, 3], transform: false } as const;
    const keys = ['features.1.block.1.0', 'features.4.block.0.0', 'features.4.block.2', 'features.4.block.3.0'];
    expect(differences(mobileNetV3Large, {}, chosen)).toEqual(spectrum(...keys));
  });
});

describe('running a network', () => {
  const parameters = sampleParameters(parameterShapes(resnet20, {}, [32, 32]));
  const run = (changed: typeof parameters) => runNetwork(resnet20, changed, sampleImages(1, 8, 8), {});

  test('takes the parameters that it asks for, in their shapes, and no others', () => {
    expect(() => run(new Map([...parameters].filter(([key]) => key !== 'fc.bias')))).toThrow('No parameter fc.bias');
    const other = { shape: [11], values: new Float32Array(11) };
    expect(() => run(new Map([...parameters, ['fc.bias', other]]))).toThrow('Expected fc.bias to be 10, got 11');
    expect(() => run(new Map([...parameters, ['fc.extra', other]]))).toThrow('Not parameters of this network: fc.extra');
  });
});
