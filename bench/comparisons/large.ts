import { BlockWht2d } from 'wht-layers';
import { deviceCandidate } from '../device-candidate';
import type { Contest } from '../throughput';

/** A tensor that no cache holds, against copying it: how near the layer is to what memory allows. */
export const large: Contest = {
  id: '2d-large',
  shape: [640, 8, 8, 1024],
  async prepare(input, workbench) {
    const layer = new BlockWht2d(workbench.device(), { height: 8, width: 8 });
    const subject = deviceCandidate('BlockWht2d', layer, input, large.shape);
    return { subject, baselines: [subject.copy] };
  },
};
