import { BlockWht2d } from 'wht-layers';
import { deviceCandidate } from '../device-candidate';
import { blockWht2d } from '../onnx-models';
import { uniform } from '../random';
import type { Contest } from '../throughput';

/** What the layer costs those who write it from standard operators, as an exported network does. */
export const againstOnnxGraph: Contest = {
  id: '2d-vs-onnx-graph',
  shape: [10, 8, 8, 1024],
  async prepare(input, workbench) {
    const { shape } = againstOnnxGraph;
    // Neither all ones nor symmetric: the two must agree on where each parameter belongs.
    const thresholds = uniform(64, 2, 0, 0.2);
    const weights = uniform(64, 3, 0.5, 1.5);
    const layer = new BlockWht2d(workbench.device(), { height: 8, width: 8, ordering: 'natural', thresholds, weights });
    const subject = deviceCandidate('BlockWht2d', layer, input, shape);
    const graph = await workbench.graph('BlockWht2d as ONNX', blockWht2d(shape, thresholds, weights));
    return { subject, baselines: [graph], reference: subject };
  },
};
