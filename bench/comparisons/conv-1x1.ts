import { BlockWht1d, Conv2d } from 'wht-layers';
import { deviceCandidate } from '../device-candidate';
import { convolution, pointwiseConvolution } from '../onnx-models';
import { uniform } from '../random';
import type { Workload } from '../throughput';

/** The comparison of the authors' earlier paper (arXiv 2104.07085): a transform over 1024 channels for a 1x1 convolution. */
export const againstConv1x1: Workload = {
  id: '1d-vs-conv1x1',
  shape: [10, 32, 32, 1024],
  paper: { speedRatio: 2.3204 / 1.1973 },
  async prepare(input, workbench) {
    const { shape } = againstConv1x1;
    const layer = new Conv2d(workbench.device(), {
      inChannels: 1024,
      outChannels: 1024,
      kernelSize: 1,
      bias: uniform(1024, 2, -0.5, 0.5),
    });
    const { kernel, bias } = layer.parameters as Record<'kernel' | 'bias', Float32Array>;
    const reference = deviceCandidate('Conv2d 1x1', layer, input, shape);
    const subject = new BlockWht1d(workbench.device(), { inChannels: 1024, blockSize: 1024 });
    return {
      subject: deviceCandidate('BlockWht1d', subject, input, shape),
      baselines: [
        reference,
        await workbench.graph('Conv2d 1x1', convolution(shape, 1, kernel, bias, false)),
        await workbench.graph('Conv2d 1x1 (Gemm)', pointwiseConvolution(shape, kernel, bias)),
      ],
      reference,
    };
  },
};
