/** One implementation of a layer, holding the workload's input. */
export interface Candidate {
  /** The layer, e.g. "Conv2d 3x3". */
  readonly layer: string;
  /** Whose it is, e.g. "wht-layers cpu avx2". */
  readonly implementation: string;
  /** Runs the layer this many times, one after the other; resolves when the last output is there. */
  run(times: number): Promise<void>;
  /** The last output, as NHWC. */
  output(): Promise<Float32Array>;
  /** Bytes of parameters, input, output and workspace, where they can be told from everything else in the process. */
  memoryBytes?(): number;
}
