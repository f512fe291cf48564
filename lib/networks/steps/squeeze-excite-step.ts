import { SqueezeExcite } from '../../layers/squeeze-excite';
import * as start from '../start-values';
import { LayerStep } from './layer-step';
import { type MapSize, type Parameter, type ParameterValues, type PreparedStep, Step, type Storage } from './step';

/** x · hardSigmoid(fc2 · relu(fc1 · mean(x))). */
export class SqueezeExciteStep extends Step {
  readonly hidden: number;
  readonly description = 'SqueezeExcite';

  constructor(input: number, key: string, size: MapSize, hidden: number) {
    const dense = (name: string, from: number, to: number): Parameter[] => {
      // As torchvision has it: a 1x1 convolution.
      const shape = [to, from, 1, 1];
      return [
        { key: `${key}.${name}.weight`, shape, trainable: true, startValues: () => start.heUniform(`${key}.${name}`, shape) },
        { key: `${key}.${name}.bias`, shape: [to], trainable: true, startValues: () => new Float32Array(to) },
      ];
    };
    super([input], key, size, size, [...dense('fc1', size.c, hidden), ...dense('fc2', hidden, size.c)]);
    this.hidden = hidden;
  }

  prepare({ device, dtype, layout }: Storage, values: ParameterValues): PreparedStep {
    const { key, hidden } = this;
    const layer = new SqueezeExcite(device, {
      channels: this.inputSize.c,
      hidden,
      gate: 'hard-sigmoid',
      reduceKernel: values(`${key}.fc1.weight`),
      reduceBias: values(`${key}.fc1.bias`),
      expandKernel: values(`${key}.fc2.weight`),
      expandBias: values(`${key}.fc2.bias`),
      dtype,
      layout,
    });
    return new LayerStep(layer, {
      [`${key}.fc1.weight`]: 'reduceKernel',
      [`${key}.fc1.bias`]: 'reduceBias',
      [`${key}.fc2.weight`]: 'expandKernel',
      [`${key}.fc2.bias`]: 'expandBias',
    });
  }
}
