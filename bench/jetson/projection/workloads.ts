/** The workloads that are projected, and which kernel runs each. */
import type { Dtype, Layout } from 'wht-layers';
import type { MapShape } from '../../schema';
import { workload } from '../../workloads';
import type { WorkloadId } from '../schema';

export interface ProjectedWorkload {
  id: WorkloadId;
  shape: MapShape;
  /** What the layer transforms, in blocks that are as large as that. */
  over: 'plane' | 'channels';
  /** Side of the convolution's kernel, which keeps the number of channels. */
  convolution: 1 | 3;
}

/**
 * 2d-8x8-vs-squeeze-excite is not among them: nothing public says how fast a Nano is at Squeeze-and-Excite, and without that its row would be that of
 * 2d-8x8-vs-conv3x3 once more.
 */
export const PROJECTED_WORKLOADS: readonly ProjectedWorkload[] = [
  { ...identified('2d-8x8-vs-conv3x3'), over: 'plane', convolution: 3 },
  { ...identified('2d-16x16-vs-conv3x3'), over: 'plane', convolution: 3 },
  { ...identified('2d-32x32-vs-conv3x3'), over: 'plane', convolution: 3 },
  { ...identified('1d-1024-vs-conv1x1'), over: 'channels', convolution: 1 },
];

function identified(id: WorkloadId): Pick<ProjectedWorkload, 'id' | 'shape'> {
  return { id, shape: workload(id).shape };
}

/**
 * The kernel that native/cuda/block_transform.cc chooses, under the report's name. Only whole blocks of 64 and more points have a place here, since
 * the workloads have no others. A whole plane is a run of its points, whose inner block is one (see plan_for), and lanes are even in number.
 */
export function kernelOf({ over, shape }: Pick<ProjectedWorkload, 'over' | 'shape'>, dtype: Dtype, layout: Layout): string {
  const [, height, width, channels] = shape;
  const points = over === 'plane' ? height * width : channels;
  const type = dtype === 'float16' ? 'half' : 'float';
  const contiguous = (over === 'plane') === (layout === 'NCHW');
  if (points === 64)
    return contiguous ? `contiguous_dense<${type}, 64, smooth>` : `strided_registers<${type}, 64, inner 1, 1 lane, smooth>`;
  return contiguous ? `contiguous_exchange<${type}, ${points}, dense, smooth>` : `strided_exchange<${type}, ${points}, paired, smooth>`;
}
