/** What memory.ts and the processes that it starts tell each other. */
import type { Protocol } from './schema';
import type { LayerTask } from './task';

export interface MemoryTask extends LayerTask {
  protocol: Protocol;
  /** The model that makes onnxruntime start, where it is to be loaded whatever the layer is. */
  identity?: string;
  /** Whether cuDNN is loaded whatever the layer is. */
  cudnn: boolean;
}

/** Bytes. */
export interface MemoryReport {
  layer: string;
  implementation: string;
  /** Of cudnn and onnxruntime, those that the process had mapped. */
  libraries: string[];
  layerBytes?: number;
  peakResidentBytes: number;
  pssBytes?: number;
  /** Of the whole machine, while the layer's memory was in use. */
  availableBytes?: number;
  nvMapUsedBytes?: number;
  swapUsedBytes?: number;
}
