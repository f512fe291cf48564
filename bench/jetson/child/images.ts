/** What goes into layers, and the part of what comes out that is compared. */
import type { Layout } from 'wht-layers';
import { channelsFirst, channelsLast } from '../../channel-order';
import { uniform } from '../../random';
import type { MapShape } from '../../schema';

/** How many different inputs a side of one image a call takes in turn, as the authors' loop did. */
export const IMAGES = 10;

/** The inputs of calls, in memory order, uniform in [0, 1) as the authors'. */
export function sourceImages(shape: MapShape, layout: Layout): Float32Array[] {
  const size = shape.reduce((product, length) => product * length);
  return Array.from({ length: shape[0] === 1 ? IMAGES : 1 }, (_, at) => {
    const image = uniform(size, at + 1);
    return layout === 'NHWC' ? image : channelsFirst(image, shape);
  });
}

/** The first image of an output in memory order, as NHWC. */
export function firstImage(values: Float32Array, [n, h, w, c]: MapShape, layout: Layout): Float32Array {
  const image = values.slice(0, values.length / n);
  return layout === 'NHWC' ? image : channelsLast(image, [1, h, w, c]);
}
