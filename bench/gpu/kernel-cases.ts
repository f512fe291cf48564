/** Which shapes show what each specialised kernel can do; see native/cuda/block_transform.cc for which shape goes to which. */
import { BlockWht1d, BlockWht2d, type Device, type Dtype, fwht, type Layer, type Layout } from 'wht-layers';
import type { KernelFamily, KernelVariant } from './schema';
import type { Queue } from './tensor-pairs';

export const POINTS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096] as const;

export interface KernelCase {
  family: KernelFamily;
  variant: KernelVariant;
  dtype: Dtype;
  points: number;
  layout: Layout;
  /** One image, in memory order: a tensor has as many as make its size. */
  image: readonly [number, number, number];
  prepare(device: Device): { queue: Queue; dispose(): void };
}

/** Every kernel at these block sizes. Those that share a tensor follow each other. */
export function kernelCases(points: readonly number[] = POINTS): KernelCase[] {
  return (['float32', 'float16'] as const).flatMap((dtype) => [
    ...points.map((count) => contiguous1d(dtype, count)),
    ...points.map((count) => transformRows(dtype, count)),
    ...points.flatMap((count) => edges1d(dtype, 'NHWC', count)),
    ...points.flatMap((count) => [dense2d(dtype, 'NCHW', count), ...edges2d(dtype, 'NCHW', count)]),
    ...points.flatMap((count) => [dense2d(dtype, 'NHWC', count), ...edges2d(dtype, 'NHWC', count)]),
    ...points.flatMap((count) => [strided1d(dtype, count), transformColumns(dtype, count)]),
    ...points.flatMap((count) => [...edges1d(dtype, 'NCHW', count), ...oddLanes(dtype, count)]),
  ]);
}

function forward(layer: Layer): ReturnType<KernelCase['prepare']> {
  return { queue: ({ x, y }) => layer.forward(x, { out: y }), dispose: () => layer.dispose() };
}

function layer1d(dtype: Dtype, layout: Layout, blockSize: number, inChannels: number): KernelCase['prepare'] {
  return (device) => forward(new BlockWht1d(device, { inChannels, blockSize, dtype, layout }));
}

/** A block's rows are one memory row after the other, however many channels there are: all block sizes share one shape. */
const SHARED_CHANNELS = 4096;

function contiguous1d(dtype: Dtype, points: number): KernelCase {
  return {
    ...{ family: '1D NHWC', variant: 'dense', dtype, points, layout: 'NHWC', image: [4, 4, SHARED_CHANNELS] },
    prepare: layer1d(dtype, 'NHWC', points, SHARED_CHANNELS),
  };
}

function transformRows(dtype: Dtype, points: number): KernelCase {
  return {
    ...{ family: 'fwht rows', variant: 'dense', dtype, points, layout: 'NHWC', image: [4, 4, SHARED_CHANNELS] },
    prepare: () => ({ queue: ({ x, y }) => fwht(x, { blockSize: points, out: y }), dispose: () => {} }),
  };
}

/** Maps shrink as channels grow, as in networks. */
function sideFor(channels: number): number {
  return channels >= 1024 ? 8 : channels >= 256 ? 16 : 32;
}

function stridedImage(points: number): readonly [number, number, number] {
  const channels = Math.max(points, 64);
  return [channels, sideFor(channels), sideFor(channels)];
}

function strided1d(dtype: Dtype, points: number): KernelCase {
  const image = stridedImage(points);
  return {
    ...{ family: '1D NCHW', variant: 'dense', dtype, points, layout: 'NCHW', image },
    prepare: layer1d(dtype, 'NCHW', points, image[0]),
  };
}

function transformColumns(dtype: Dtype, points: number): KernelCase {
  return {
    ...{ family: 'fwht columns', variant: 'dense', dtype, points, layout: 'NCHW', image: stridedImage(points) },
    prepare: () => ({ queue: ({ x, y }) => fwht(x, { axis: 1, blockSize: points, out: y }), dispose: () => {} }),
  };
}

function edges1d(dtype: Dtype, layout: Layout, points: number): KernelCase[] {
  if (points < 4) return [];
  const channels = shortened(points);
  const side = sideFor(channels);
  return [
    {
      ...{ family: `1D ${layout}`, variant: 'edges', dtype, points, layout },
      image: layout === 'NHWC' ? [side, side, channels] : [channels, side, side],
      prepare: layer1d(dtype, layout, points, channels),
    },
  ];
}

function oddLanes(dtype: Dtype, points: number): KernelCase[] {
  if (points < 2) return [];
  const channels = Math.max(points, 64);
  return [
    {
      ...{ family: '1D NCHW', variant: 'odd lanes', dtype, points, layout: 'NCHW', image: [channels, 7, 7] },
      prepare: layer1d(dtype, 'NCHW', points, channels),
    },
  ];
}

/** Sides of a block, as square as can be. */
function sides(points: number): [number, number] {
  const width = 2 ** Math.floor(Math.log2(points) / 2);
  return [points / width, width];
}

function dense2d(dtype: Dtype, layout: Layout, points: number): KernelCase {
  const [height, width] = sides(points);
  return map2d('dense', dtype, layout, points, height, width);
}

function edges2d(dtype: Dtype, layout: Layout, points: number): KernelCase[] {
  const [height, width] = sides(points);
  // Smaller blocks would be others with less than 3 rows.
  if (height < 4) return [];
  return [map2d('edges', dtype, layout, points, shortened(height), width < 4 ? width : shortened(width))];
}

function map2d(variant: KernelVariant, dtype: Dtype, layout: Layout, points: number, height: number, width: number): KernelCase {
  const channels = points <= 64 ? 1024 : points <= 256 ? 256 : points <= 1024 ? 128 : 64;
  return {
    ...{ family: `2D ${layout}`, variant, dtype, points, layout },
    image: layout === 'NHWC' ? [height, width, channels] : [channels, height, width],
    prepare: (device) => forward(new BlockWht2d(device, { height, width, dtype, layout })),
  };
}

/** Less by an eighth, or by one. */
function shortened(side: number): number {
  return side - Math.max(1, side / 8);
}
