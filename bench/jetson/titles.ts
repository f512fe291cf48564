import type { WorkloadId } from '../schema';
import type { DeviceKind, RowHeader } from './schema';

export const DEVICE_NAMES: Record<DeviceKind, string> = { cpu: 'CPU', cuda: 'GPU' };

/** What each comparison is, in a few words. */
export const TITLES: Record<WorkloadId, string> = {
  '2d-8x8-vs-conv3x3': '2D 8x8 for convolution 3x3',
  '2d-16x16-vs-conv3x3': '2D 16x16 for convolution 3x3',
  '2d-32x32-vs-conv3x3': '2D 32x32 for convolution 3x3',
  '1d-1024-vs-conv1x1': '1D 1024 for convolution 1x1',
  '2d-8x8-vs-squeeze-excite': '2D 8x8 for Squeeze-and-Excite',
};

/** With the shape of a call, and the device. */
export function titleOf({ id, shape, device, threads }: Pick<RowHeader, 'id' | 'shape' | 'device' | 'threads'>): string {
  const used = threads === undefined ? '' : `, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  return `${TITLES[id]}, ${shape.join('x')}, ${DEVICE_NAMES[device]}${used}`;
}
