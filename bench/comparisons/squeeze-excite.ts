import { BlockWht2d, SqueezeExcite } from 'wht-layers';
import { deviceCandidate } from '../device-candidate';
import { type SqueezeExciteParameters, squeezeExcite } from '../onnx-models';
import { uniform } from '../random';
import type { Workload } from '../throughput';

/** The paper's third comparison, whose figure we do not know. */
export const againstSqueezeExcite: Workload = {
  id: '2d-vs-squeeze-excite',
  shape: [10, 8, 8, 1024],
  async prepare(input, workbench) {
    const { shape } = againstSqueezeExcite;
    const layer = new SqueezeExcite(workbench.device(), {
      channels: 1024,
      hidden: 256,
      reduceBias: uniform(256, 2, -0.5, 0.5),
      expandBias: uniform(1024, 3, -0.5, 0.5),
    });
    const parameters = layer.parameters as Record<keyof SqueezeExciteParameters, Float32Array>;
    const reference = deviceCandidate('SqueezeExcite', layer, input, shape);
    return {
      subject: deviceCandidate('BlockWht2d', new BlockWht2d(workbench.device(), { height: 8, width: 8 }), input, shape),
      baselines: [
        reference,
        await workbench.graph('SqueezeExcite NHWC', squeezeExcite(shape, 'NHWC', parameters)),
        await workbench.graph('SqueezeExcite NCHW', squeezeExcite(shape, 'NCHW', parameters)),
      ],
      reference,
    };
  },
};
