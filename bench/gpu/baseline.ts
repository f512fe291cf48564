/** Which algorithm of cuDNN's the layer is measured against. */
import type { ConvolutionAlgorithm, Layout } from 'wht-layers';
import type { Measurement } from '../schema';
import type { AlgorithmTable } from './schema';

/**
 * The fastest of all that ran, also of those that layers don't use because they are inexact. Its time is the median of runs one after the other,
 * not in turns with others.
 */
export function fastestAlgorithm(tables: readonly AlgorithmTable[], cudnn: string): Measurement | undefined {
  let fastest: Measurement | undefined;
  for (const { algorithms, layout } of tables) {
    for (const algorithm of algorithms) {
      const { milliseconds } = algorithm;
      if (milliseconds === undefined || (fastest !== undefined && milliseconds >= fastest.medianMs)) continue;
      fastest = { layer: 'Conv2d 3x3', implementation: `${cudnn} ${algorithmName(algorithm, layout)}`, medianMs: milliseconds };
    }
  }
  return fastest;
}

/** @param tensors the layout of what goes in and comes out; an algorithm of another one has the transpositions in its name */
export function algorithmName({ name, fused }: ConvolutionAlgorithm, tensors: Layout): string {
  return `${name} ${tensors}${fused ? ' fused' : ''}`;
}
