import { BlockWht2d } from 'wht-layers';
import { deviceCandidate } from '../device-candidate';
import { convolution } from '../onnx-models';
import { paperConvolution } from '../paper-convolution';
import type { Workload } from '../throughput';

/** The paper's comparison: the 2D layer in the place of a 3x3 convolution. */
export const againstConv3x3: Workload = {
  id: '2d-vs-conv3x3',
  shape: [10, 8, 8, 1024],
  paper: { speedRatio: 24 },
  async prepare(input, workbench) {
    const { shape } = againstConv3x3;
    const layer = paperConvolution(workbench.device());
    const { kernel, bias } = layer.parameters as Record<'kernel' | 'bias', Float32Array>;
    const reference = deviceCandidate('Conv2d 3x3', layer, input, shape);
    const subject = new BlockWht2d(workbench.device(), { height: 8, width: 8 });
    return {
      subject: deviceCandidate('BlockWht2d', subject, input, shape),
      baselines: [reference, await workbench.graph('Conv2d 3x3', convolution(shape, 3, kernel, bias, true))],
      reference,
    };
  },
};
