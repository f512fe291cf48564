/** The throughput protocol: the whole tensor in one call, on all threads, input and output in place. */
import { type Device, openDevice } from 'wht-layers';
import { expectAgreement } from './agreement';
import type { Candidate } from './candidate';
import type { Comparison, Session } from './comparison';
import type { DeviceCandidate } from './device-candidate';
import { interleave } from './interleave';
import type { OnnxModel } from './onnx-models';
import { loadOnnxRuntime, type OnnxCandidate, onnxCandidate } from './onnx-runtime';
import { uniform } from './random';
import type { ComparisonId, MapShape, Measured, Unavailable } from './schema';
import { median } from './statistics';
import { measurement, summary } from './summary';

/** Two or more layers on the same input. */
export interface Contest {
  readonly id: ComparisonId;
  /** Of input and output. */
  readonly shape: MapShape;
  /** @param input NHWC, uniform in [0, 1) */
  prepare(input: Float32Array, workbench: Workbench): Promise<Contestants>;
}

export interface Contestants {
  subject: DeviceCandidate;
  baselines: (Candidate | undefined)[];
  /** Whose output all baselines must give. Absent where they are other functions. */
  reference?: Candidate;
}

/** Makes what a contest needs, and clears it away. */
export interface Workbench {
  /** A new device with the run's threads. */
  device(): Device;
  /** A model in onnxruntime; undefined where that can't be loaded, which the result then says. */
  graph(layer: string, model: OnnxModel): Promise<Candidate | undefined>;
}

export function throughput(contest: Contest): Comparison {
  const { id, shape } = contest;
  return { id, shape, measure: (session) => measure(contest, session) };
}

async function measure({ shape, prepare }: Contest, { threads, sampling, advance }: Session): Promise<Measured> {
  const input = uniform(
    shape.reduce((product, size) => product * size),
    1,
  );
  const devices: Device[] = [];
  const graphs: OnnxCandidate[] = [];
  const unavailable: Unavailable[] = [];
  const workbench: Workbench = {
    device() {
      const device = openDevice('cpu', { threads });
      devices.push(device);
      return device;
    },
    async graph(layer, model) {
      const runtime = loadOnnxRuntime();
      if (runtime instanceof Error) {
        unavailable.push({ layer, implementation: 'onnxruntime', error: runtime.message });
        return undefined;
      }
      const graph = await onnxCandidate(layer, runtime, model, threads, input, shape);
      graphs.push(graph);
      return graph;
    },
  };
  try {
    const { subject, baselines: wanted, reference } = await prepare(input, workbench);
    const baselines = wanted.filter((baseline): baseline is Candidate => baseline !== undefined);
    if (reference !== undefined) await expectSameOutputs(baselines, reference);
    // A set, since a baseline may be the copy itself.
    const sides = [...new Set([...baselines, subject, subject.copy])];
    const samples = await interleave(sides, sampling, advance);
    const samplesOf = (side: Candidate) => samples[sides.indexOf(side)] as number[];
    const measured = (side: Candidate) =>
      measurement(side, samplesOf(side), side.memoryBytes === undefined ? {} : { memoryBytes: side.memoryBytes() });
    return summary(measured(subject), baselines.map(measured), unavailable, median(samplesOf(subject.copy)));
  } finally {
    for (const graph of graphs) await graph.release();
    for (const device of devices) device.close();
  }
}

async function expectSameOutputs(baselines: readonly Candidate[], reference: Candidate): Promise<void> {
  await reference.run(1);
  const expected = await reference.output();
  for (const baseline of baselines) {
    if (baseline === reference) continue;
    await baseline.run(1);
    expectAgreement(baseline, await baseline.output(), reference, expected);
  }
}
