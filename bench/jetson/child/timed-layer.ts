import type { Candidate } from '../../candidate';
import type { Clock } from '../../turn';
import type { Protocol } from '../schema';
import type { SideFacts, SideKey } from '../task';

/** A process's layer in the form that can be timed, whoever computes it. */
export interface TimedLayer {
  side(key: SideKey): Promise<TimedSide>;
  /** Frees the tensors of a protocol's sides, which are of no use any more. */
  release(protocol: Protocol): void;
  /** Bytes of parameters, inputs, outputs and workspace, at the most; absent where that can't be told from everything else in the process. */
  memoryBytes?(): number;
}

export interface TimedSide extends Pick<Candidate, 'run'>, Omit<SideFacts, 'firstCallMs'> {
  clock: Clock;
  /** Whether each call is awaited, so that calls are timed one by one; otherwise a sample is many calls that are queued together. */
  awaited: boolean;
  /** Waits for calls that `run` only queued. */
  finish(): Promise<void>;
  /** What the layer makes of the first image, NHWC. */
  output(): Promise<Float32Array>;
}
