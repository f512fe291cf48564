import type { Activation } from '../../layers/conv-2d';
import { Dense } from '../../layers/dense';
import * as start from '../start-values';
import { LayerStep } from './layer-step';
import { type MapSize, type ParameterValues, type PreparedStep, Step, type Storage } from './step';

/** kernel · x + bias, on a map of one position. */
export class DenseStep extends Step {
  readonly activation: Activation;

  constructor(input: number, key: string, size: MapSize, outFeatures: number, activation: Activation) {
    const shape = [outFeatures, size.c];
    super([input], key, size, { h: 1, w: 1, c: outFeatures }, [
      { key: `${key}.weight`, shape, trainable: true, startValues: () => start.heUniform(key, shape) },
      { key: `${key}.bias`, shape: [outFeatures], trainable: true, startValues: () => new Float32Array(outFeatures) },
    ]);
    this.activation = activation;
  }

  get description(): string {
    return this.activation === 'none' ? 'Dense' : `Dense, ${this.activation}`;
  }

  prepare({ device, dtype, layout }: Storage, values: ParameterValues): PreparedStep {
    const { key, activation } = this;
    const layer = new Dense(device, {
      inFeatures: this.inputSize.c,
      outFeatures: this.outputSize.c,
      kernel: values(`${key}.weight`),
      bias: values(`${key}.bias`),
      activation,
      dtype,
      layout,
    });
    return new LayerStep(layer, { [`${key}.weight`]: 'kernel', [`${key}.bias`]: 'bias' });
  }
}
