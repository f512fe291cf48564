/** What is known of a Jetson Nano's GPU at its full clock (10 W): the manufacturer's figures, and others' public measurements. */
import type { Dtype } from 'wht-layers';
import type { Interval } from '../schema';

/** Instructions that it issues at a time. */
export const LANES = 128;
/** Of these, loads, stores and shuffles. */
export const LOAD_STORE_LANES = 32;
export const CLOCK_HZ = 921.6e6;

/** Bytes a second that streaming kernels read and write: the lowest, a typical and the highest measurement. */
export const BANDWIDTH = { low: 20.0e9, typical: 20.3e9, high: 20.5e9 };

/** Operations a second (two for each multiplication and addition) that convolutions of cuDNN and TensorRT reach. */
export const CONVOLUTION_RATES: Record<Dtype, Interval> = { float32: [173e9, 180e9], float16: [234e9, 247e9] };

/**
 * The multiplications of a 3x3 convolution over those that Winograd's algorithm for outputs of 2x2 has left: 36 of 16. No rate of it on this board
 * is known to us. At best it is this much faster, which cuDNN's fastest algorithm may come near.
 */
export const WINOGRAD = 36 / 16;
