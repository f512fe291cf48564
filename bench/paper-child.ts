/**
 * One layer under the paper's protocol, in a process of its own: one thread, one image a call, in a loop over ten images; setting the input
 * and getting the output are timed. Forked by paper-protocol.ts, which sends a task and gets a report.
 *
 * Whatever the layer, the process loads and starts both wht-layers and onnxruntime, so that processes differ in size by the layer alone.
 */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { BlockWht2d, copy, openDevice, type Tensor } from 'wht-layers';
import { channelsFirst, channelsLast } from './channel-order';
import { loadOnnxRuntime, sessionOptions } from './onnx-runtime';
import { paperConvolution } from './paper-convolution';
import { PAPER_IMAGE, PAPER_IMAGES, type PaperReport, type PaperTask } from './paper-task';
import { uniform } from './random';

/** Takes an image's values and gives the output's. */
type ImageLayer = (image: Float32Array) => Promise<Float32Array>;

async function measure({ layer, loops, models }: PaperTask): Promise<PaperReport> {
  const device = openDevice('cpu', { threads: 1 });
  const onDevice =
    (operation: (x: Tensor) => Tensor): ImageLayer =>
    async (image) => {
      const x = device.tensor(image, PAPER_IMAGE);
      const y = operation(x);
      const values = await y.read();
      x.dispose();
      y.dispose();
      return values;
    };
  if (models !== undefined) await (await onnxLayer(models.identity, [1]))(new Float32Array(1));
  let run: ImageLayer;
  if (layer === 'onnxruntime') {
    if (models === undefined) throw new Error('Expected model files for onnxruntime, got none');
    const [n, h, w, c] = PAPER_IMAGE;
    run = await onnxLayer(models.convolution, [n, c, h, w]);
  } else {
    const instance = layer === 'Conv2d' ? paperConvolution(device) : new BlockWht2d(device, { height: 8, width: 8 });
    run = onDevice((x) => instance.forward(x));
  }
  const size = PAPER_IMAGE.reduce((product, length) => product * length);
  const images = Array.from({ length: PAPER_IMAGES }, (_, at) => {
    const image = uniform(size, at + 1);
    return layer === 'onnxruntime' ? channelsFirst(image, PAPER_IMAGE) : image;
  });

  const firstCallMs = await timed([images[0] as Float32Array], run);
  const repeated = async (each: ImageLayer) => {
    await timed(images, each);
    const times: number[] = [];
    for (let loop = 0; loop < loops; loop++) times.push(await timed(images, each));
    return times;
  };
  const layerLoops = await repeated(run);
  const peakBytes = peakResidentSet();
  const output = await run(images[0] as Float32Array);
  return {
    firstCallMs,
    loops: layerLoops,
    peakBytes,
    copyLoops: await repeated(onDevice((x) => copy(x))),
    output: layer === 'onnxruntime' ? channelsLast(output, PAPER_IMAGE) : output,
  };
}

async function timed(images: readonly Float32Array[], run: ImageLayer): Promise<number> {
  const start = performance.now();
  for (const image of images) await run(image);
  return performance.now() - start;
}

/** A model that needs no optimising any more. */
async function onnxLayer(file: string, shape: readonly number[]): Promise<ImageLayer> {
  const runtime = loadOnnxRuntime();
  if (runtime instanceof Error) throw runtime;
  const { InferenceSession, Tensor } = runtime.api;
  const session = await InferenceSession.create(file, { ...sessionOptions(1), graphOptimizationLevel: 'disabled' });
  return async (image) => {
    const { y } = await session.run({ x: new Tensor('float32', image, shape) });
    return y?.data as Float32Array;
  };
}

function peakResidentSet(): number {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
}

process.once('message', (task: PaperTask) => {
  measure(task)
    .then((report) => process.send?.(report, () => process.disconnect()))
    .catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
      process.exit(1);
    });
});
