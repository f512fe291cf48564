/** What memory.ts and the processes that it starts tell each other. */
import type { OnnxModel } from '../onnx-models';
import type { DeviceAccount, NetworkId, RowMemory } from './schema';

export interface MemoryTask {
  /** A model that makes onnxruntime start, whatever is measured; absent where there is no onnxruntime. */
  identity?: string;
  threads: number;
  /** Absent: the process loads its libraries and nothing else. */
  subject?: (NetworkSubject | OnnxSubject) & { images: number; inputSize: number };
}

export interface NetworkSubject {
  kind: 'network';
  network: NetworkId;
  /** Which of the contest's. */
  variant: number;
  /** A safetensors file. */
  weights: string;
}

export interface OnnxSubject extends Pick<OnnxModel, 'inputShape' | 'outputShape'> {
  kind: 'onnx';
  file: string;
  /** Needs no optimising any more. */
  optimized: boolean;
}

export interface MemoryReport extends Pick<RowMemory, 'plan'> {
  peakResidentBytes: number;
  device?: DeviceAccount;
}
