import type { DeviceInfo } from 'wht-layers';
import type { MapShape } from '../schema';
import { isEmulated } from './emulated';

/** How large the tensors are, in bytes. */
export interface Budget {
  /** Input and output of one call, about. */
  call: number;
  /** All pairs of input and output that calls take in turns, at least. */
  rotation: number;
}

const MEBI = 2 ** 20;

/**
 * Past any L2 cache (the largest has some 130 MB), or a part of a small board's memory, which others use too and whose L2 is below a megabyte.
 *
 * @param call bytes asked for
 */
export function budget({ memoryFree, name }: Pick<DeviceInfo, 'memoryFree' | 'name'>, call?: number): Budget {
  const fitting = isEmulated(name) ? MEBI / 16 : Math.min(512 * MEBI, memoryFree / 16);
  const chosen = call ?? fitting;
  return { call: chosen, rotation: 2 * chosen };
}

/** How many images of `imageElements` elements make a call's input and output. */
export function imagesFor(callBytes: number, imageElements: number, elementBytes: number): number {
  return Math.max(1, Math.round(callBytes / (2 * imageElements * elementBytes)));
}

const PAPER_SHAPE: MapShape = [10, 8, 8, 1024];

/**
 * The paper's batch, and one that no cache holds: as many times ten images as fit a call. The batch is also kept to a share of the memory, since
 * the baseline takes hundreds of times as long, and a small board's convolution seconds.
 */
export function mapShapes({ memoryTotal, name }: Pick<DeviceInfo, 'memoryTotal' | 'name'>, { call }: Budget): MapShape[] {
  // A reference convolution on the CPU: the flow alone can be tried.
  if (isEmulated(name)) return [[1, 8, 8, 16]];
  const [images, h, w, c] = PAPER_SHAPE;
  const most = Math.min(call, memoryTotal / 128);
  let batch = images;
  while (2 * batch * h * w * c * 2 * 4 <= most) batch *= 2;
  return batch === images ? [PAPER_SHAPE] : [PAPER_SHAPE, [batch, h, w, c]];
}
