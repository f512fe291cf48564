import type { Activation } from '../layers/conv-2d';
import type { HtPerceptronOptions } from '../layers/ht-perceptron';
import { expected } from '../validate';
import { type BatchNormalisation, BatchNormStep } from './steps/batch-norm-step';
import { type ConvolutionOptions, ConvolutionStep } from './steps/convolution-step';
import { DenseStep } from './steps/dense-step';
import { AddStep, PoolStep } from './steps/function-steps';
import { SqueezeExciteStep } from './steps/squeeze-excite-step';
import type { MapSize, Step } from './steps/step';
import { BlockWht1dStep, BlockWht2dStep, Fwht1dStep, HtPerceptronStep } from './steps/transform-steps';

/** The network's input or the output of a step. */
export interface Value {
  /** -1 for the network's input. */
  readonly step: number;
  readonly size: MapSize;
}

/** Where maps of two ways through a network meet: some layers round odd sides up, and others down. */
function expectAlike(a: MapSize, b: MapSize, key: string): void {
  if (a.h === b.h && a.w === b.w && a.c === b.c) return;
  const shown = ({ h, w, c }: MapSize) => `${h}x${w}x${c}`;
  throw expected(`inputSize to give the two maps that meet at ${key} the same size`, `${shown(a)} and ${shown(b)}`);
}

function tooSmall(key: string, side: number, { h, w }: MapSize): Error {
  return expected(`inputSize to give ${key} a map of at least ${side}x${side}`, `${h}x${w}`);
}

/** A network as steps in the order in which they run; each method adds one and gives its output. */
export class Graph {
  readonly steps: Step[] = [];
  readonly input: Value;

  constructor(inputSize: MapSize) {
    this.input = { step: -1, size: inputSize };
  }

  convolution(x: Value, options: ConvolutionOptions): Value {
    return this.#add(new ConvolutionStep(x.step, x.size, options));
  }

  batchNorm(x: Value, batchNorm: BatchNormalisation, activation: Activation = 'none', residual?: Value): Value {
    if (residual !== undefined) expectAlike(x.size, residual.size, batchNorm.key);
    return this.#add(new BatchNormStep(x.step, x.size, batchNorm, activation, residual?.step));
  }

  add(a: Value, b: Value, key: string, activation: Activation = 'none'): Value {
    expectAlike(a.size, b.size, key);
    return this.#add(new AddStep(a.step, b.step, key, a.size, activation));
  }

  maxPool(x: Value, key: string, size: number, stride: number, padding: number): Value {
    return this.#add(new PoolStep(x.step, key, x.size, 'max', size, stride, padding));
  }

  averagePool(x: Value, key: string, size: number): Value {
    if (Math.min(x.size.h, x.size.w) < size) throw tooSmall(key, size, x.size);
    return this.#add(new PoolStep(x.step, key, x.size, 'average', size));
  }

  globalAveragePool(x: Value, key: string): Value {
    return this.#add(new PoolStep(x.step, key, x.size, 'global average'));
  }

  dense(x: Value, key: string, outFeatures: number, activation: Activation = 'none'): Value {
    return this.#add(new DenseStep(x.step, key, x.size, outFeatures, activation));
  }

  squeezeExcite(x: Value, key: string, hidden: number): Value {
    return this.#add(new SqueezeExciteStep(x.step, key, x.size, hidden));
  }

  blockWht2d(x: Value, key: string, stride = 1): Value {
    if (Math.min(x.size.h, x.size.w) < stride) throw tooSmall(key, stride, x.size);
    return this.#add(new BlockWht2dStep(x.step, key, x.size, stride));
  }

  blockWht1d(x: Value, key: string, outChannels: number, stride = 1): Value {
    return this.#add(new BlockWht1dStep(x.step, key, x.size, outChannels, stride));
  }

  fwht1d(x: Value, key: string, outChannels: number): Value {
    return this.#add(new Fwht1dStep(x.step, key, x.size, outChannels));
  }

  htPerceptron(
    x: Value,
    key: string,
    paths: number,
    options: Pick<HtPerceptronOptions, 'ordering' | 'normalization' | 'negativeThresholds'>,
  ): Value {
    return this.#add(new HtPerceptronStep(x.step, key, x.size, paths, options));
  }

  #add(added: Step): Value {
    return { step: this.steps.push(added) - 1, size: added.outputSize };
  }
}
