import type { Layout } from 'wht-layers';
import type { Candidate } from '../../candidate';
import type { AlgorithmTable } from '../../gpu/schema';
import type { Clock } from '../../turn';
import type { SideFacts, SideKey } from '../task';

/** A process's layer in the form that can be timed, whoever computes it. */
export interface TimedLayer {
  side(key: SideKey): Promise<TimedSide>;
  /** Bytes of parameters, inputs, outputs and workspace, at the most; absent where that can't be told from everything else in the process. */
  memoryBytes?(): number;
  /** Only of convolutions on a GPU: every algorithm of cuDNN's, timed. */
  algorithms?(layout: Layout): Promise<AlgorithmTable>;
}

export interface TimedSide extends Pick<Candidate, 'run'>, Omit<SideFacts, 'firstCallMs'> {
  clock: Clock;
  /** Whether each call is awaited, so that calls are timed one by one; otherwise a sample is many calls that are queued together. */
  awaited: boolean;
  /** What the layer makes of the first image, NHWC. */
  output(): Promise<Float32Array>;
}

/** How many different inputs a side of one image a call takes in turn. */
export const IMAGES = 10;
