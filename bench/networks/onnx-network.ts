/** The baselines as ONNX models, from the steps and the weights of our own networks. */
import type { onnx } from 'onnx-proto';
import type { Network } from 'wht-layers';
import type { BatchNormalisation } from '../../lib/networks/steps/batch-norm-step';
import type { ConvolutionStep } from '../../lib/networks/steps/convolution-step';
import type { DenseStep } from '../../lib/networks/steps/dense-step';
import type { AddStep, PoolStep } from '../../lib/networks/steps/function-steps';
import type { SqueezeExciteStep } from '../../lib/networks/steps/squeeze-excite-step';
import type { ParameterValues, Step } from '../../lib/networks/steps/step';
import { integer, ints, model, node, type OnnxModel, real, tensor } from '../onnx-models';
import { stepsOf } from './internals';

/** The parameters that a network starts with when it is given no weights. */
export function startValues(network: Network): ParameterValues {
  const starts = new Map(stepsOf(network).flatMap(({ parameters }) => parameters.map(({ key, startValues }) => [key, startValues])));
  return (key) => (starts.get(key) as () => Float32Array)();
}

/**
 * A baseline for so many images, as an export from PyTorch has it: NCHW, batch norms as nodes of their own, which onnxruntime folds into the convolutions
 * when it loads the model.
 *
 * @throws Error for layers that baselines don't have
 */
export function onnxNetwork(network: Network, images: number, values: ParameterValues = startValues(network)): OnnxModel {
  const steps = stepsOf(network);
  const graph = new OnnxGraph(values);
  const nameOf = (step: number) => (step < 0 ? 'x' : `step ${step}`);
  for (const [at, step] of steps.entries()) {
    const output = at === steps.length - 1 ? 'y' : nameOf(at);
    add(graph, step, step.inputs.map(nameOf), output);
  }
  const { inputSize, classes } = network;
  return model('NCHW', [images, 3, inputSize, inputSize], [images, classes], graph.nodes, graph.tensors);
}

class OnnxGraph {
  readonly nodes: onnx.INodeProto[] = [];
  readonly tensors: onnx.ITensorProto[] = [];
  readonly #values: ParameterValues;

  constructor(values: ParameterValues) {
    this.#values = values;
  }

  /** @returns the output's name */
  add(opType: string, inputs: string[], output: string, attributes: onnx.IAttributeProto[] = []): string {
    this.nodes.push(node(opType, inputs, output, attributes));
    return output;
  }

  /** @returns the parameter's name */
  parameter(key: string, shape: readonly number[]): string {
    return this.constant(key, shape, this.#values(key));
  }

  constant(name: string, shape: readonly number[], values: Float32Array): string {
    if (!this.tensors.some((each) => each.name === name)) this.tensors.push(tensor(name, shape, values));
    return name;
  }
}

/** Which class a step is of is told by its name: the package exports networks, not what they are made of. */
function add(graph: OnnxGraph, step: Step, inputs: string[], output: string): void {
  const kind = step.constructor.name;
  if (kind === 'ConvolutionStep') addConvolution(graph, step as ConvolutionStep, inputs, output);
  else if (kind === 'AddStep') activated(graph, (step as AddStep).activation, output, (sum) => graph.add('Add', inputs, sum));
  else if (kind === 'PoolStep') addPool(graph, step as PoolStep, inputs, output);
  else if (kind === 'DenseStep') addDense(graph, step as DenseStep, inputs, output);
  else if (kind === 'SqueezeExciteStep') addSqueezeExcite(graph, step as SqueezeExciteStep, inputs, output);
  else throw new Error(`Expected a layer that ONNX has, got ${step.description} (${step.key})`);
}

function addConvolution(graph: OnnxGraph, { options, parameters, key }: ConvolutionStep, inputs: string[], output: string): void {
  const { kernelSize, stride, groups, bias, batchNorm, activation, outChannels } = options;
  const pad = (kernelSize - 1) / 2;
  const kernel = graph.parameter(`${key}.weight`, parameters[0]?.shape as readonly number[]);
  const added = bias ? [graph.parameter(`${key}.bias`, [outChannels])] : [];
  activated(graph, activation, output, (sum) => {
    const convolved = batchNorm === undefined ? sum : `${sum} convolved`;
    graph.add('Conv', [...inputs, kernel, ...added], convolved, [
      ints('kernel_shape', [kernelSize, kernelSize]),
      ints('pads', [pad, pad, pad, pad]),
      ints('strides', [stride, stride]),
      integer('group', groups),
    ]);
    if (batchNorm !== undefined) addBatchNorm(graph, batchNorm, outChannels, convolved, sum);
  });
}

function addBatchNorm(graph: OnnxGraph, { key, epsilon }: BatchNormalisation, channels: number, input: string, output: string): void {
  const own = ['weight', 'bias', 'running_mean', 'running_var'].map((name) => graph.parameter(`${key}.${name}`, [channels]));
  graph.add('BatchNormalization', [input, ...own], output, [real('epsilon', epsilon)]);
}

function addPool(graph: OnnxGraph, step: PoolStep, inputs: string[], output: string): void {
  if (step.function === 'global average') {
    graph.add('GlobalAveragePool', inputs, output);
    return;
  }
  const { size, stride, padding } = step;
  graph.add(step.function === 'max' ? 'MaxPool' : 'AveragePool', inputs, output, [
    ints('kernel_shape', [size, size]),
    ints('pads', [padding, padding, padding, padding]),
    ints('strides', [stride, stride]),
  ]);
}

function addDense(graph: OnnxGraph, { key, activation, inputSize, outputSize }: DenseStep, [input = '']: string[], output: string): void {
  const kernel = graph.parameter(`${key}.weight`, [outputSize.c, inputSize.c]);
  const bias = graph.parameter(`${key}.bias`, [outputSize.c]);
  // A dense layer's input may be a dense layer's output, which is flat.
  const flat = graph.add('Flatten', [input], `${key} flat`);
  activated(graph, activation, output, (sum) => graph.add('Gemm', [flat, kernel, bias], sum, [integer('transB', 1)]));
}

function addSqueezeExcite(graph: OnnxGraph, { key, hidden, inputSize }: SqueezeExciteStep, [input = '']: string[], output: string): void {
  const { c } = inputSize;
  const dense = (name: string, from: string, inChannels: number, outChannels: number) =>
    graph.add(
      'Conv',
      [
        from,
        graph.parameter(`${key}.${name}.weight`, [outChannels, inChannels, 1, 1]),
        graph.parameter(`${key}.${name}.bias`, [outChannels]),
      ],
      `${key}.${name} sum`,
    );
  const mean = graph.add('GlobalAveragePool', [input], `${key} mean`);
  const reduced = graph.add('Relu', [dense('fc1', mean, c, hidden)], `${key} reduced`);
  const gate = graph.add('HardSigmoid', [dense('fc2', reduced, hidden, c)], `${key} gate`, HARD_SIGMOID);
  graph.add('Mul', [input, gate], output);
}

/** relu6(z + 3)/6. */
const HARD_SIGMOID = [real('alpha', 1 / 6), real('beta', 0.5)];

/** @param sum adds what computes the value of this name, to which the activation is applied */
function activated(
  graph: OnnxGraph,
  activation: ConvolutionStep['options']['activation'],
  output: string,
  sum: (name: string) => void,
): void {
  if (activation === 'none') {
    sum(output);
    return;
  }
  const before = `${output} before ${activation}`;
  sum(before);
  if (activation === 'relu') graph.add('Relu', [before], output);
  else if (activation === 'relu6') {
    const bounds = [graph.constant('zero', [], Float32Array.of(0)), graph.constant('six', [], Float32Array.of(6))];
    graph.add('Clip', [before, ...bounds], output);
  } else if (activation === 'hard-sigmoid') graph.add('HardSigmoid', [before], output, HARD_SIGMOID);
  else if (activation === 'hard-swish') {
    graph.add('Mul', [before, graph.add('HardSigmoid', [before], `${output} gate`, HARD_SIGMOID)], output);
  } else throw new Error(`Expected an activation of a baseline, got ${activation}`);
}
