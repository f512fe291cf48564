import type { InferenceSession } from 'onnxruntime-node';
import { loadOnnxRuntime, sessionOptions } from '../../onnx-runtime';
import { SYSTEM_CLOCK } from '../../turn';
import type { Protocol } from '../schema';
import type { LayerTask, ModelFile } from '../task';
import { firstImage, sourceImages } from './images';
import type { TimedLayer } from './timed-layer';

/** The baseline's layer in onnxruntime, which reads and writes JavaScript's own arrays. */
export async function onnxLayer({ shape, threads = 0, models }: LayerTask): Promise<TimedLayer> {
  const runtime = loadOnnxRuntime();
  if (runtime instanceof Error) throw runtime;
  const { api, version } = runtime;
  const sessions: { protocol: Protocol; session: InferenceSession }[] = [];
  return {
    release(protocol) {
      for (const each of sessions) if (each.protocol === protocol) each.session.release().catch(() => {});
    },
    async side({ model: index = 0, protocol }) {
      const model = models[index] as ModelFile;
      const graphOptimizationLevel = model.optimized ? 'disabled' : 'all';
      const session = await api.InferenceSession.create(model.file, { ...sessionOptions(threads), graphOptimizationLevel });
      sessions.push({ protocol, session });
      const size = shape.reduce((product, length) => product * length);
      const inputs = sourceImages(shape, model.layout);
      const input = (inputs[0] as Float32Array).slice();
      const output = new Float32Array(size);
      const feeds = { x: new api.Tensor('float32', input, model.inputShape) };
      const fetches = { y: new api.Tensor('float32', output, model.outputShape) };
      const received = protocol === 'copies' ? undefined : new Float32Array(size);
      let next = 0;
      const compute = () => session.run(feeds, fetches);
      const call = async () => {
        if (protocol === 'throughput') return void (await compute());
        input.set(inputs[next++ % inputs.length] as Float32Array);
        await compute();
        // What the other implementations do: an array of its own for the output, or one that is there already.
        if (received === undefined) output.slice();
        else received.set(output);
      };
      return {
        layer: model.name,
        implementation: `onnxruntime ${version}`,
        images: shape[0],
        operations: model.operations,
        bytes: 8 * size + model.parameterBytes,
        clock: SYSTEM_CLOCK,
        awaited: protocol !== 'throughput',
        finish: async () => {},
        async run(times) {
          for (let time = 0; time < times; time++) await call();
        },
        async output() {
          input.set(inputs[0] as Float32Array);
          await compute();
          return firstImage(output, shape, model.layout);
        },
      };
    },
  };
}
