/** ONNX models of the layers, built in memory from standard operators, and what builds others. */
import type { onnx } from 'onnx-proto';
import { requireOptional } from './optional-packages';
import type { MapShape } from './schema';

/** Numbers of onnx.proto3. onnx-proto has them as well, but is loaded only where a model is built: the harness runs without it. */
const DATA_TYPE = { float: 1, int64: 7 } as const;
const ATTRIBUTE_TYPE = { float: 1, int: 2, ints: 7 } as const;

/** An encoded model with one input `x` and one output `y`. */
export interface OnnxModel {
  bytes: Uint8Array;
  inputShape: readonly number[];
  outputShape: readonly number[];
  /** In which order the model takes and gives a map's values; its own shapes may merge dimensions. */
  layout: 'NHWC' | 'NCHW';
}

/**
 * A convolution with zero padding of (k − 1)/2, and ReLU if wanted, on NCHW: ONNX knows no other layout for it.
 *
 * @param kernel OIHW
 */
export function convolution(
  [n, h, w, c]: MapShape,
  kernelSize: number,
  kernel: Float32Array,
  bias: Float32Array,
  relu: boolean,
): OnnxModel {
  const outChannels = bias.length;
  const pad = (kernelSize - 1) / 2;
  return model(
    'NCHW',
    [n, c, h, w],
    [n, outChannels, h, w],
    [
      node('Conv', ['x', 'kernel', 'bias'], relu ? 'z' : 'y', [
        ints('kernel_shape', [kernelSize, kernelSize]),
        ints('pads', [pad, pad, pad, pad]),
      ]),
      ...(relu ? [node('Relu', ['z'], 'y')] : []),
    ],
    [tensor('kernel', [outChannels, c, kernelSize, kernelSize], kernel), tensor('bias', [outChannels], bias)],
  );
}

/**
 * A 1x1 convolution as the matrix product that it is on NHWC.
 *
 * @param kernel OIHW, that is outChannels x inChannels
 */
export function pointwiseConvolution([n, h, w, c]: MapShape, kernel: Float32Array, bias: Float32Array): OnnxModel {
  const outChannels = bias.length;
  return model(
    'NHWC',
    [n * h * w, c],
    [n * h * w, outChannels],
    [node('Gemm', ['x', 'kernel', 'bias'], 'y', [integer('transB', 1)])],
    [tensor('kernel', [outChannels, c], kernel), tensor('bias', [outChannels], bias)],
  );
}

export interface SqueezeExciteParameters {
  /** hidden x channels. */
  reduceKernel: Float32Array;
  reduceBias: Float32Array;
  /** channels x hidden. */
  expandKernel: Float32Array;
  expandBias: Float32Array;
}

/** Squeeze-and-Excite with Keras's hard sigmoid. */
export function squeezeExcite([n, h, w, c]: MapShape, layout: 'NHWC' | 'NCHW', parameters: SqueezeExciteParameters): OnnxModel {
  const hidden = parameters.reduceBias.length;
  const shape = layout === 'NHWC' ? [n, h * w, c] : [n, c, h * w];
  const positions = layout === 'NHWC' ? 1 : 2;
  return model(
    layout,
    shape,
    shape,
    [
      node('ReduceMean', ['x'], 'mean', [ints('axes', [positions]), integer('keepdims', 0)]),
      node('Gemm', ['mean', 'reduceKernel', 'reduceBias'], 'reduced', [integer('transB', 1)]),
      node('Relu', ['reduced'], 'rectified'),
      node('Gemm', ['rectified', 'expandKernel', 'expandBias'], 'expanded', [integer('transB', 1)]),
      node('HardSigmoid', ['expanded'], 'gates', [real('alpha', 0.2), real('beta', 0.5)]),
      node('Unsqueeze', ['gates', 'positions'], 'gate'),
      node('Mul', ['x', 'gate'], 'y'),
    ],
    [
      tensor('reduceKernel', [hidden, c], parameters.reduceKernel),
      tensor('reduceBias', [hidden], parameters.reduceBias),
      tensor('expandKernel', [c, hidden], parameters.expandKernel),
      tensor('expandBias', [c], parameters.expandBias),
      { name: 'positions', dims: [1], dataType: DATA_TYPE.int64, int64Data: [positions] },
    ],
  );
}

/**
 * The 2D Walsh-Hadamard layer with smooth threshold, in natural order, one block a map: H and W powers of two. Over a flattened plane the
 * 2D transform is one product with a P·Q x P·Q matrix, which on NCHW has the planes as rows. Of the forms tried this is the fastest:
 * 1.1 to 1.2 times as fast as the same on NHWC or as 1x1 convolutions, 1.7 times as fast as with 8x8 matrices on both sides.
 */
export function blockWht2d([n, h, w, c]: MapShape, thresholds: Float32Array, weights: Float32Array): OnnxModel {
  const points = h * w;
  const transform = walshHadamard(points);
  // Multiplying the spectrum with w is left to the matrix, as an optimiser of constants would.
  const weighted = transform.map((value, at) => value * (weights[at % points] as number));
  return model(
    'NCHW',
    [n * c, points],
    [n * c, points],
    [
      node('MatMul', ['x', 'weighted'], 'v'),
      node('Tanh', ['v'], 'tanh'),
      node('Abs', ['v'], 'magnitude'),
      node('Sub', ['magnitude', 'thresholds'], 'excess'),
      node('Relu', ['excess'], 'kept'),
      node('Mul', ['tanh', 'kept'], 'spectrum'),
      node('MatMul', ['spectrum', 'transform'], 'y'),
    ],
    [
      tensor('weighted', [points, points], weighted),
      tensor('transform', [points, points], transform),
      tensor('thresholds', [points], thresholds),
    ],
  );
}

/** The least that makes onnxruntime start up. */
export function identity(): OnnxModel {
  return model('NHWC', [1], [1], [node('Identity', ['x'], 'y')], []);
}

/** The orthonormal Walsh-Hadamard matrix in natural order: entries (−1)^(bits that row and column share)/√n. */
function walshHadamard(points: number): Float32Array {
  const scale = 1 / Math.sqrt(points);
  return Float32Array.from({ length: points * points }, (_, at) => {
    let shared = Math.floor(at / points) & (at % points);
    let sign = scale;
    for (; shared !== 0; shared &= shared - 1) sign = -sign;
    return sign;
  });
}

export function model(
  layout: 'NHWC' | 'NCHW',
  inputShape: readonly number[],
  outputShape: readonly number[],
  nodes: onnx.INodeProto[],
  initializer: onnx.ITensorProto[],
): OnnxModel {
  const { ModelProto } = requireOptional<typeof import('onnx-proto')>('onnx-proto').onnx;
  const bytes = ModelProto.encode({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 13 }],
    graph: { name: 'layer', node: nodes, initializer, input: [value('x', inputShape)], output: [value('y', outputShape)] },
  }).finish();
  return { bytes, inputShape, outputShape, layout };
}

export function node(opType: string, input: string[], output: string, attribute: onnx.IAttributeProto[] = []): onnx.INodeProto {
  return { opType, input, output: [output], attribute };
}

export function tensor(name: string, dims: readonly number[], values: Float32Array): onnx.ITensorProto {
  return { name, dims: [...dims], dataType: DATA_TYPE.float, rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

function value(name: string, shape: readonly number[]): onnx.IValueInfoProto {
  return { name, type: { tensorType: { elemType: DATA_TYPE.float, shape: { dim: shape.map((dimValue) => ({ dimValue })) } } } };
}

export function ints(name: string, values: number[]): onnx.IAttributeProto {
  return { name, type: ATTRIBUTE_TYPE.ints, ints: values };
}

export function integer(name: string, i: number): onnx.IAttributeProto {
  return { name, type: ATTRIBUTE_TYPE.int, i };
}

export function real(name: string, f: number): onnx.IAttributeProto {
  return { name, type: ATTRIBUTE_TYPE.float, f };
}
