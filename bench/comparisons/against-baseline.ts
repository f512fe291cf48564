import { deviceCandidate } from '../device-candidate';
import type { Contest } from '../throughput';
import type { Workload } from '../workloads';

/** A layer of the paper's against what it stands in for, in every implementation to be had. */
export function againstBaseline({ id, shape, subject, baseline }: Workload): Contest {
  return {
    id,
    shape,
    async prepare(input, workbench) {
      const layer = baseline.make(workbench.device(), shape);
      const reference = deviceCandidate(baseline.name, layer, input, shape);
      const graphs = baseline.models(shape, layer.parameters);
      return {
        subject: deviceCandidate(subject.name, subject.make(workbench.device(), shape), input, shape),
        baselines: [reference, ...(await Promise.all(graphs.map(({ name, model }) => workbench.graph(name, model))))],
        reference,
      };
    },
  };
}
