/** What every step of a network is: a layer described without a device, and prepared on one. */
import type { Device } from '../../device';
import type { LayerOptions } from '../../layers/layer';
import type { Dimensions, Tensor } from '../../tensor';

/** The size of a map without its images. */
export interface MapSize {
  h: number;
  w: number;
  c: number;
}

/** One tensor of parameters, as it stands in a weights file. */
export interface Parameter {
  key: string;
  shape: readonly number[];
  /** False for the statistics of a batch norm. */
  trainable: boolean;
  /** What it is before any weights are loaded. */
  startValues: () => Float32Array;
}

/** Gives the values of the parameter of this key. */
export type ParameterValues = (key: string) => Float32Array;

/** Where and how a network's tensors are stored. */
export interface Storage extends Required<LayerOptions> {
  device: Device;
}

/** A step that can run: its parameters are on the device. */
export interface PreparedStep {
  /** Maps that it needs for itself while it runs, for a first input of these dimensions. */
  temporaries(input: Dimensions): readonly Dimensions[];
  /** Whether its output may take the place of its inputs. */
  readonly inPlace: boolean;
  /** Multiplications, or multiply-adds. */
  macs(input: Dimensions, output: Dimensions): number;
  run(inputs: readonly Tensor[], output: Tensor, input: Dimensions, temporaries: readonly Tensor[]): void;
  /** The values of a parameter, as they were given. */
  read(key: string): Float32Array;
  release(): void;
}

export abstract class Step {
  /** The steps whose outputs this one takes; -1 is the network's input. */
  readonly inputs: readonly number[];
  /** Named in the summary. */
  readonly key: string;
  readonly inputSize: MapSize;
  readonly outputSize: MapSize;
  readonly parameters: readonly Parameter[];
  /** What it does, in a few words. */
  abstract readonly description: string;

  protected constructor(inputs: readonly number[], key: string, inputSize: MapSize, outputSize: MapSize, parameters: readonly Parameter[]) {
    this.inputs = inputs;
    this.key = key;
    this.inputSize = inputSize;
    this.outputSize = outputSize;
    this.parameters = parameters;
  }

  /** Puts the parameters on the device. */
  abstract prepare(storage: Storage, values: ParameterValues): PreparedStep;
}
