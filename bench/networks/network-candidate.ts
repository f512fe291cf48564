import type { Network } from 'wht-layers';
import type { Candidate } from '../candidate';

/**
 * A network, writing to the same output every time.
 *
 * @param input NHWC, of `images` images
 */
export function networkCandidate(name: string, network: Network, input: Float32Array, images: number): Candidate {
  const { device, inputSize, classes } = network;
  const x = device.tensor(input, [images, inputSize, inputSize, 3]);
  const y = device.zeros([images, classes]);
  return {
    layer: name,
    implementation: `wht-layers ${device.info().backend}`,
    async run(times) {
      for (let time = 0; time < times; time++) network.forward(x, { out: y });
      await device.synchronize();
    },
    output: () => y.read(),
  };
}
