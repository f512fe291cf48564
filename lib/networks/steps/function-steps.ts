/** Steps without parameters. */
import { averagePool2d, globalAveragePool, maxPool2d } from '../../functions';
import type { Activation } from '../../layers/conv-2d';
import { ACTIVATION, DTYPE, LAYOUT } from '../../native';
import type { Dimensions, Tensor } from '../../tensor';
import { type MapSize, type ParameterValues, type PreparedStep, Step, type Storage } from './step';

/** A function without parameters as a step. */
abstract class FunctionStep extends Step implements PreparedStep {
  readonly inPlace: boolean = false;

  prepare(_: Storage, __: ParameterValues): PreparedStep {
    return this;
  }

  temporaries(): readonly Dimensions[] {
    return [];
  }

  macs(_: Dimensions, __: Dimensions): number {
    return 0;
  }

  abstract run(inputs: readonly Tensor[], output: Tensor): void;

  read(key: string): Float32Array {
    throw new RangeError(key);
  }

  release(): void {}
}

/** activation(a + b). */
export class AddStep extends FunctionStep {
  readonly activation: Activation;
  override readonly inPlace = true;

  constructor(a: number, b: number, key: string, size: MapSize, activation: Activation) {
    super([a, b], key, size, size, []);
    this.activation = activation;
  }

  get description(): string {
    return this.activation === 'none' ? 'add' : `add, ${this.activation}`;
  }

  run([a, b]: readonly [Tensor, Tensor], output: Tensor): void {
    const { device, dtype, layout } = a;
    const { c } = this.inputSize;
    const operation = device.operation(`add ${this.activation} ${dtype} ${layout} ${c}`, (native) =>
      native.prepareAffine({
        dtype: DTYPE[dtype],
        layout: LAYOUT[layout],
        channels: c,
        adds: true,
        activation: ACTIVATION[this.activation],
        scale: new Float32Array(0),
        shift: new Float32Array(0),
      }),
    );
    device.submit(operation, output, a.dimensions(), a, b);
  }
}

/** The largest value or the mean of each window; or the mean of the whole map. */
export class PoolStep extends FunctionStep {
  readonly function: 'max' | 'average' | 'global average';
  readonly size: number;
  readonly stride: number;
  readonly padding: number;

  constructor(input: number, key: string, map: MapSize, pool: PoolStep['function'], size = 0, stride = size, padding = 0) {
    const side = (points: number) => (pool === 'global average' ? 1 : Math.floor((points + 2 * padding - size) / stride) + 1);
    super([input], key, map, { h: side(map.h), w: side(map.w), c: map.c }, []);
    this.function = pool;
    this.size = size;
    this.stride = stride;
    this.padding = padding;
  }

  get description(): string {
    return this.function === 'global average'
      ? 'global average pool'
      : `${this.function} pool ${this.size}x${this.size}, stride ${this.stride}`;
  }

  run([x]: readonly [Tensor], output: Tensor): void {
    const { size, stride, padding } = this;
    if (this.function === 'global average') globalAveragePool(x, { out: output });
    else (this.function === 'max' ? maxPool2d : averagePool2d)(x, { size, stride, padding, out: output });
  }
}
