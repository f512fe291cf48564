/** What is compared: each layer of the paper's with the layer that it stands in for, on a batch of maps. */
import { BlockWht1d, BlockWht2d, Conv2d, type Device, type Dtype, type Layer, type Layout, SqueezeExcite } from 'wht-layers';
import { convolution, type OnnxModel, pointwiseConvolution, type SqueezeExciteParameters, squeezeExcite } from './onnx-models';
import { uniform } from './random';
import type { MapShape, PaperFigures, WorkloadId } from './schema';

export interface Storage {
  dtype?: Dtype;
  layout?: Layout;
  /** Convolutions: may round float32 to TF32. */
  tf32?: boolean;
  /** Convolutions on a GPU: may use every algorithm that cuDNN has, as the fastest baseline must. */
  inexact?: boolean;
}

export interface Workload {
  readonly id: WorkloadId;
  /** In words, e.g. "2D 8x8 for conv 3x3". */
  readonly title: string;
  /** n, h, w, c of the batch, input and output alike. */
  readonly shape: MapShape;
  /** What the authors published, by their own protocol. */
  readonly paper?: PaperFigures;
  readonly subject: Contender;
  readonly baseline: Contender & {
    /** The same layer as ONNX models, in every form that might be the fastest. */
    models(shape: MapShape, parameters: Readonly<Record<string, Float32Array>>): { name: string; model: OnnxModel }[];
  };
}

export interface Contender {
  readonly name: string;
  make(device: Device, shape: MapShape, storage?: Storage): Layer;
  /** Additions and multiplications for a batch of this shape. */
  operations(layer: Layer, shape: MapShape): number;
}

/** Forward and inverse transform: log2(points) additions an element each, and the multiplications of the nonlinearity. */
function transformOperations(points: number): Contender['operations'] {
  return (layer, shape) => 2 * Math.log2(points) * shape.reduce((product, size) => product * size) + layer.macs(sizes(layer, shape));
}

const multiplyAdds: Contender['operations'] = (layer, shape) => 2 * layer.macs(sizes(layer, shape));

function sizes({ layout }: Layer, [n, h, w, c]: MapShape): readonly number[] {
  return layout === 'NHWC' ? [n, h, w, c] : [n, c, h, w];
}

function blockWht2d(side: number): Contender {
  return {
    name: `BlockWht2d ${side}x${side}`,
    make: (device, [, height, width], storage) => new BlockWht2d(device, { height, width, ...storage }),
    operations: transformOperations(side * side),
  };
}

/**
 * The paper's convolution: bias and ReLU. Its kernel is the layer's own start values, so that a process whose memory is measured holds no other
 * copy.
 */
export function paperConvolution(device: Device, [, , , channels]: MapShape, storage?: Storage): Conv2d {
  return new Conv2d(device, {
    inChannels: channels,
    outChannels: channels,
    kernelSize: 3,
    bias: uniform(channels, 2, -0.5, 0.5),
    activation: 'relu',
    ...storage,
  });
}

const conv3x3: Workload['baseline'] = {
  name: 'Conv2d 3x3',
  make: paperConvolution,
  operations: multiplyAdds,
  models: (shape, { kernel, bias }) => [
    { name: 'Conv2d 3x3', model: convolution(shape, 3, kernel as Float32Array, bias as Float32Array, true) },
  ],
};

/** Halved maps have four times the channels, as in networks: all have as many elements as the paper's. */
function inPlaceOfConv3x3(side: number, channels: number, paper?: PaperFigures): Workload {
  return {
    id: `2d-${side}x${side}-vs-conv3x3` as WorkloadId,
    title: `2D ${side}x${side} for conv 3x3`,
    shape: [10, side, side, channels],
    ...(paper && { paper }),
    subject: blockWht2d(side),
    baseline: conv3x3,
  };
}

/** The comparison of the authors' earlier paper (arXiv 2104.07085): a transform over 1024 channels. */
const inPlaceOfConv1x1: Workload = {
  id: '1d-1024-vs-conv1x1',
  title: '1D 1024 for conv 1x1',
  shape: [10, 32, 32, 1024],
  paper: { speedRatio: 2.3204 / 1.1973 },
  subject: {
    name: 'BlockWht1d 1024',
    make: (device, [, , , channels], storage) => new BlockWht1d(device, { inChannels: channels, ...storage }),
    operations: (layer, shape) => transformOperations(shape[3])(layer, shape),
  },
  baseline: {
    name: 'Conv2d 1x1',
    make: (device, [, , , channels], storage) =>
      new Conv2d(device, {
        inChannels: channels,
        outChannels: channels,
        kernelSize: 1,
        bias: uniform(channels, 2, -0.5, 0.5),
        ...storage,
      }),
    operations: multiplyAdds,
    models: (shape, { kernel, bias }) => [
      { name: 'Conv2d 1x1', model: convolution(shape, 1, kernel as Float32Array, bias as Float32Array, false) },
      { name: 'Conv2d 1x1 (Gemm)', model: pointwiseConvolution(shape, kernel as Float32Array, bias as Float32Array) },
    ],
  },
};

/** The paper's third comparison, whose figure we do not know. */
const inPlaceOfSqueezeExcite: Workload = {
  id: '2d-8x8-vs-squeeze-excite',
  title: '2D 8x8 for Squeeze-and-Excite',
  shape: [10, 8, 8, 1024],
  subject: blockWht2d(8),
  baseline: {
    name: 'SqueezeExcite',
    make: (device, [, , , channels], { dtype, layout } = {}) =>
      new SqueezeExcite(device, {
        channels,
        hidden: channels / 4,
        reduceBias: uniform(channels / 4, 2, -0.5, 0.5),
        expandBias: uniform(channels, 3, -0.5, 0.5),
        ...(dtype && { dtype }),
        ...(layout && { layout }),
      }),
    operations: multiplyAdds,
    models: (shape, parameters) =>
      (['NHWC', 'NCHW'] as const).map((layout) => ({
        name: `SqueezeExcite ${layout}`,
        model: squeezeExcite(shape, layout, parameters as Record<keyof SqueezeExciteParameters, Float32Array>),
      })),
  },
};

/** In the order of the reports. */
export const WORKLOADS: readonly Workload[] = [
  inPlaceOfConv3x3(8, 1024, { speedRatio: 24, memoryReduction: 0.1951 }),
  inPlaceOfConv3x3(16, 256),
  inPlaceOfConv3x3(32, 64),
  inPlaceOfConv1x1,
  inPlaceOfSqueezeExcite,
];

export function workload(id: WorkloadId): Workload {
  return WORKLOADS.find((each) => each.id === id) as Workload;
}
