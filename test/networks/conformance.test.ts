/** Every network's logits against the float64 reference, on every backend. */
import { expect, test } from 'vitest';
import { onEveryTarget } from '../conformance/targets';
import { toNchw } from '../reference/dense-array';
import { relativeError } from '../reference/relative-error';
import { NETWORK_CASES } from './network-case';

onEveryTarget((device) => {
  for (const { name, images, make, logits } of NETWORK_CASES) {
    test(name, async () => {
      using network = await make(device());
      using x = device().tensor(Float32Array.from(images.data), images.shape);
      using y = network.forward(x);
      expect(y.shape).toEqual([images.shape[0], network.classes]);
      expect(relativeError(await y.read(), logits())).toBeLessThan(1e-4);
    });
  }

  test('NCHW', async () => {
    for (const { images, make, logits } of NETWORK_CASES.filter(({ name }) => name.startsWith('MobileNet-V3'))) {
      using network = await make(device(), { layout: 'NCHW' });
      const stored = toNchw(images);
      using x = device().tensor(Float32Array.from(stored.data), stored.shape, { layout: 'NCHW' });
      using y = network.forward(x);
      expect(relativeError(await y.read(), logits())).toBeLessThan(1e-4);
    }
  });

  test('float16: within the storage of as many layers', async () => {
    const [{ images, make, logits }] = NETWORK_CASES.filter(({ name }) => name === 'ResNet-20 wht') as [(typeof NETWORK_CASES)[number]];
    using network = await make(device(), { dtype: 'float16' });
    using x = device().tensor(Float32Array.from(images.data), images.shape, { dtype: 'float16' });
    using y = network.forward(x);
    expect(relativeError(await y.read(), logits())).toBeLessThan(2e-2);
  });
});
