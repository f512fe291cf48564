/** The Walsh-Hadamard layers that take the place of others. */
import { startThresholds } from '../../layers/block-wht';
import { BlockWht1d } from '../../layers/block-wht-1d';
import { BlockWht2d } from '../../layers/block-wht-2d';
import { Fwht1d } from '../../layers/fwht-1d';
import { HtPerceptron, type HtPerceptronOptions } from '../../layers/ht-perceptron';
import { nextPowerOfTwo } from '../../validate';
import * as start from '../start-values';
import { LayerStep } from './layer-step';
import { type MapSize, type Parameter, type ParameterValues, type PreparedStep, Step, type Storage } from './step';

/** The 2D block layer, one block for the whole map. */
export class BlockWht2dStep extends Step {
  readonly stride: number;

  constructor(input: number, key: string, size: MapSize, stride: number) {
    const shape = [nextPowerOfTwo(size.h), nextPowerOfTwo(size.w)] as const;
    const side = (points: number) => Math.ceil(points / stride);
    super([input], key, size, { h: side(size.h), w: side(size.w), c: size.c }, [
      { key: `${key}.thresholds`, shape, trainable: true, startValues: () => startThresholds(...shape, shape[0]) },
      { key: `${key}.weights`, shape, trainable: true, startValues: () => new Float32Array(shape[0] * shape[1]).fill(1) },
    ]);
    this.stride = stride;
  }

  get description(): string {
    const { h, w } = this.inputSize;
    return `BlockWht2d ${nextPowerOfTwo(h)}x${nextPowerOfTwo(w)}${this.stride > 1 ? `, stride ${this.stride}` : ''}`;
  }

  prepare({ device, dtype, layout }: Storage, values: ParameterValues): PreparedStep {
    const { key, stride } = this;
    const layer = new BlockWht2d(device, {
      height: this.inputSize.h,
      width: this.inputSize.w,
      stride,
      thresholds: values(`${key}.thresholds`),
      weights: values(`${key}.weights`),
      dtype,
      layout,
    });
    return new LayerStep(layer, { [`${key}.thresholds`]: 'thresholds', [`${key}.weights`]: 'weights' });
  }
}

/** The 1D block layer over channels. */
export class BlockWht1dStep extends Step {
  readonly stride: number;
  readonly blockSize: number;

  constructor(input: number, key: string, size: MapSize, outChannels: number, stride: number) {
    const blockSize = largestBlock(size.c, outChannels);
    const side = (points: number) => Math.ceil(points / stride);
    super([input], key, size, { h: side(size.h), w: side(size.w), c: outChannels }, [
      { key: `${key}.thresholds`, shape: [blockSize], trainable: true, startValues: () => startThresholds(1, blockSize, blockSize) },
      { key: `${key}.weights`, shape: [blockSize], trainable: true, startValues: () => new Float32Array(blockSize).fill(1) },
    ]);
    this.stride = stride;
    this.blockSize = blockSize;
  }

  get description(): string {
    return `BlockWht1d ${this.blockSize}${this.stride > 1 ? `, stride ${this.stride}` : ''}`;
  }

  prepare({ device, dtype, layout }: Storage, values: ParameterValues): PreparedStep {
    const { key, stride, blockSize } = this;
    const layer = new BlockWht1d(device, {
      inChannels: this.inputSize.c,
      outChannels: this.outputSize.c,
      blockSize,
      stride,
      thresholds: values(`${key}.thresholds`),
      weights: values(`${key}.weights`),
      dtype,
      layout,
    });
    return new LayerStep(layer, { [`${key}.thresholds`]: 'thresholds', [`${key}.weights`]: 'weights' });
  }
}

/**
 * The largest power of two that blocks of the authors' 1D layer can have: it divides the larger side, whose channels the blocks cover, and is not
 * above the input's channels.
 */
function largestBlock(inChannels: number, outChannels: number): number {
  let block = 1;
  while (Math.max(inChannels, outChannels) % (2 * block) === 0 && 2 * block <= inChannels) block *= 2;
  return block;
}

/** The 1D layer of arXiv 2104.07085, over all channels at once. */
export class Fwht1dStep extends Step {
  readonly description = 'Fwht1d';

  constructor(input: number, key: string, size: MapSize, outChannels: number) {
    const count = Fwht1d.thresholdCount(size.c, outChannels);
    const points = nextPowerOfTwo(Math.max(size.c, outChannels));
    super([input], key, size, { ...size, c: outChannels }, [
      {
        key: `${key}.thresholds`,
        shape: [count],
        trainable: true,
        startValues: () => startThresholds(1, points, points).slice(points - count),
      },
    ]);
  }

  prepare({ device, dtype, layout }: Storage, values: ParameterValues): PreparedStep {
    const layer = new Fwht1d(device, {
      inChannels: this.inputSize.c,
      outChannels: this.outputSize.c,
      thresholds: values(`${this.key}.thresholds`),
      dtype,
      layout,
    });
    return new LayerStep(layer, { [`${this.key}.thresholds`]: 'thresholds' });
  }
}

/** The authors' later layer: what a 3x3 convolution was replaced with in ResNets. */
export class HtPerceptronStep extends Step {
  readonly paths: number;
  readonly #options: Pick<HtPerceptronOptions, 'ordering' | 'normalization' | 'negativeThresholds'>;

  constructor(
    input: number,
    key: string,
    size: MapSize,
    paths: number,
    options: Pick<HtPerceptronOptions, 'ordering' | 'normalization' | 'negativeThresholds'>,
  ) {
    const plane = [nextPowerOfTwo(size.h), nextPowerOfTwo(size.w)];
    const kernel = [size.c, size.c, 1, 1];
    const points = plane.reduce((product, side) => product * side, 1);
    const each = (make: (path: number) => Parameter) => Array.from({ length: paths }, (_, path) => make(path));
    super([input], key, size, size, [
      ...each((path) => {
        const own = `${key}.conv.${path}.weight`;
        return { key: own, shape: kernel, trainable: true, startValues: () => start.heUniform(own, kernel) };
      }),
      ...each((path) => {
        const own = `${key}.ST.${path}.T`;
        return { key: own, shape: plane, trainable: true, startValues: () => start.uniform(own, points, 0, 0.1) };
      }),
      ...each((path) => {
        const own = `${key}.v.${path}`;
        return { key: own, shape: plane, trainable: true, startValues: () => start.uniform(own, points, 0, 1) };
      }),
    ]);
    this.paths = paths;
    this.#options = options;
  }

  get description(): string {
    return `HtPerceptron, ${this.paths} ${this.paths === 1 ? 'path' : 'paths'}`;
  }

  prepare({ device, dtype, layout }: Storage, values: ParameterValues): PreparedStep {
    const { key, paths } = this;
    const each = (name: (path: number) => string) => Array.from({ length: paths }, (_, path) => values(name(path)));
    const layer = new HtPerceptron(device, {
      height: this.inputSize.h,
      width: this.inputSize.w,
      channels: this.inputSize.c,
      paths,
      kernels: each((path) => `${key}.conv.${path}.weight`),
      thresholds: each((path) => `${key}.ST.${path}.T`),
      scalings: each((path) => `${key}.v.${path}`),
      ...this.#options,
      dtype,
      layout,
    });
    const names = Array.from({ length: paths }, (_, path) => [
      [`${key}.conv.${path}.weight`, `kernels.${path}`],
      [`${key}.ST.${path}.T`, `thresholds.${path}`],
      [`${key}.v.${path}`, `scalings.${path}`],
    ]);
    return new LayerStep(layer, Object.fromEntries(names.flat()));
  }
}
