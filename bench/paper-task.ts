/** What paper-protocol.ts and the processes that it starts tell each other. */
import type { MapShape } from './schema';

export const PAPER_IMAGE: MapShape = [1, 8, 8, 1024];
export const PAPER_IMAGES = 10;

export type PaperLayer = 'BlockWht2d' | 'Conv2d' | 'onnxruntime';

export interface PaperTask {
  layer: PaperLayer;
  /** Timed loops over the images, after one that is not. */
  loops: number;
  /** ONNX model files; absent where onnxruntime can't be loaded. */
  models?: PaperModels;
}

export interface PaperModels {
  /** Optimised beforehand. */
  convolution: string;
  /** The least that makes onnxruntime start. */
  identity: string;
}

export interface PaperReport {
  firstCallMs: number;
  /** Milliseconds of each loop. */
  loops: number[];
  /** The largest resident set that the process has had. */
  peakBytes: number;
  /** As `loops`, with a copy on the device in the layer's place. */
  copyLoops: number[];
  /** What the layer makes of the first image, NHWC. */
  output: Float32Array;
}
