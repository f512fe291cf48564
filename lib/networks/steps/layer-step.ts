import type { Layer } from '../../layers/layer';
import type { Dimensions, Tensor } from '../../tensor';
import type { Parameter, ParameterValues, PreparedStep } from './step';

/** A layer of one input as a step; `kept` holds the parameters that `layer` can't give back as they were. */
export class LayerStep implements PreparedStep {
  readonly #layer: Layer;
  readonly #kept: ReadonlyMap<string, Float32Array>;
  readonly #names: Readonly<Record<string, string>>;

  /** @param names which of the layer's parameters each other key is */
  constructor(layer: Layer, names: Readonly<Record<string, string>>, kept: ReadonlyMap<string, Float32Array> = new Map()) {
    this.#layer = layer;
    this.#kept = kept;
    this.#names = names;
  }

  temporaries(input: Dimensions): readonly Dimensions[] {
    return this.#layer.temporaries(input);
  }

  get inPlace(): boolean {
    return this.#layer.inPlace;
  }

  macs(input: Dimensions, output: Dimensions): number {
    return this.#layer.macsOf(input, output);
  }

  run(inputs: readonly Tensor[], output: Tensor, input: Dimensions, temporaries: readonly Tensor[]): void {
    this.#layer.run(inputs[0] as Tensor, output, input, temporaries);
  }

  read(key: string): Float32Array {
    return this.#kept.get(key) ?? (this.#layer.parameters[this.#names[key] as string] as Float32Array);
  }

  release(): void {
    this.#layer.dispose();
  }
}

/** Copies of these parameters' values: those given may be views of a file that will be closed. */
export function keep(parameters: readonly Parameter[], values: ParameterValues): Map<string, Float32Array> {
  return new Map(parameters.map(({ key }) => [key, values(key).slice()]));
}
