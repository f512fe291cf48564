import { expectFiniteFold, foldBatchNorm } from '../../layers/batch-norm';
import { type Activation, Conv2d } from '../../layers/conv-2d';
import * as start from '../start-values';
import { type BatchNormalisation, batchNormParameters, batchNormValues } from './batch-norm-step';
import { keep, LayerStep } from './layer-step';
import { type MapSize, type ParameterValues, type PreparedStep, Step, type Storage } from './step';

export interface ConvolutionOptions {
  key: string;
  outChannels: number;
  kernelSize: number;
  stride?: number;
  groups?: number;
  /** Default false. */
  bias?: boolean;
  /** Folded into the convolution. */
  batchNorm?: BatchNormalisation;
  activation?: Activation;
}

/** activation(batchNorm(kernel ∗ x + bias)). */
export class ConvolutionStep extends Step {
  readonly options: Required<Omit<ConvolutionOptions, 'batchNorm'>> & Pick<ConvolutionOptions, 'batchNorm'>;

  constructor(input: number, size: MapSize, given: ConvolutionOptions) {
    const options = { stride: 1, groups: 1, bias: false, activation: 'none' as const, ...given };
    const { key, outChannels, kernelSize, stride, groups, bias, batchNorm } = options;
    const side = (points: number) => Math.floor((points - 1) / stride) + 1;
    const shape = [outChannels, size.c / groups, kernelSize, kernelSize];
    super([input], key, size, { h: side(size.h), w: side(size.w), c: outChannels }, [
      { key: `${key}.weight`, shape, trainable: true, startValues: () => start.heUniform(key, shape) },
      ...(bias ? [{ key: `${key}.bias`, shape: [outChannels], trainable: true, startValues: () => new Float32Array(outChannels) }] : []),
      ...(batchNorm === undefined ? [] : batchNormParameters(batchNorm, outChannels)),
    ]);
    this.options = options;
  }

  get description(): string {
    const { kernelSize, stride, groups, batchNorm, activation } = this.options;
    const kind = groups === 1 ? 'Conv2d' : groups === this.inputSize.c ? 'depthwise Conv2d' : `Conv2d, ${groups} groups,`;
    const suffix = [stride > 1 && `stride ${stride}`, batchNorm && 'batch norm', activation !== 'none' && activation];
    return [`${kind} ${kernelSize}x${kernelSize}`, ...suffix.filter(Boolean)].join(', ');
  }

  prepare({ device, dtype, layout }: Storage, values: ParameterValues): PreparedStep {
    const { key, outChannels, kernelSize, stride, groups, bias, batchNorm, activation } = this.options;
    const ownBias = bias ? values(`${key}.bias`) : undefined;
    const folded =
      batchNorm && foldBatchNorm({ ...batchNormValues(batchNorm, values), ...(ownBias !== undefined && { precedingBias: ownBias }) });
    if (batchNorm !== undefined && folded !== undefined) expectFiniteFold(folded, batchNorm.key, 'ERR_WHT_WEIGHTS');
    const layer = new Conv2d(device, {
      inChannels: this.inputSize.c,
      outChannels,
      kernelSize,
      stride,
      groups,
      activation,
      dtype,
      layout,
      kernel: values(`${key}.weight`),
      bias: folded?.shift ?? ownBias ?? false,
      ...(folded && { scale: folded.scale }),
    });
    // The kernel may be large, and is read back; what is folded can't be.
    return new LayerStep(layer, { [`${key}.weight`]: 'kernel' }, keep(this.parameters.slice(1), values));
  }
}
