import { Conv2d, type Conv2dOptions, type Device } from 'wht-layers';
import { uniform } from './random';

/**
 * The convolution that the paper measures against: 3x3, 1024 to 1024 channels, bias and ReLU. Its kernel is the layer's own start values, so that
 * a process whose memory is measured holds no other copy.
 */
export function paperConvolution(device: Device, storage: Pick<Conv2dOptions, 'dtype' | 'layout' | 'tf32'> = {}, channels = 1024): Conv2d {
  return new Conv2d(device, {
    inChannels: channels,
    outChannels: channels,
    kernelSize: 3,
    bias: uniform(channels, 2, -0.5, 0.5),
    activation: 'relu',
    ...storage,
  });
}
