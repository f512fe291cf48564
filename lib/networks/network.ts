import type { Device } from '../device';
import { disposable } from '../disposable';
import { WhtError } from '../errors';
import { expectMap, type ForwardOptions, outputTensor, type ParameterCount } from '../layers/layer';
import { DTYPE, type Dtype, type Layout, type NativeBuffer } from '../native';
import { type Dimensions, mapShape, Tensor } from '../tensor';
import * as validate from '../validate';
import { expected } from '../validate';
import { matchTensors } from '../weights/match-tensors';
import { openSafetensors } from '../weights/safetensors';
import { writeSafetensors } from '../weights/write-safetensors';
import type { Graph } from './graph';
import { type Lifetime, planMemory, widestPoint } from './memory-plan';
import type { Parameter, ParameterValues, PreparedStep, Step, Storage } from './steps/step';
import { type SummaryRow, summaryTable } from './summary';

/** Bytes that a forward pass needs on the device. */
export interface NetworkMemory {
  /** Of the parameters, as trained: 4 bytes each. */
  parameters: number;
  /** The largest sum of maps that must be there at once, the input among them. */
  widestPoint: number;
  /** What the network keeps for its maps; with the input, the peak. */
  maps: number;
}

/** What makes up a network. */
export interface NetworkDefinition {
  /** Named in messages and in the metadata of saved weights, e.g. `resnet20`. */
  name: string;
  graph: Graph;
  /** Other keys under which published weights hold a parameter. */
  aliases?: (key: string) => readonly string[];
}

/**
 * A network on a device: made by `resnet20`, `resnet50`, `mobileNetV2` and `mobileNetV3Large`. It takes maps of RGB images of one size, any number
 * of them, and gives one row of logits for each.
 */
export class Network {
  readonly device: Device;
  readonly dtype: Dtype;
  readonly layout: Layout;
  readonly name: string;
  /** The height and width of its images. */
  readonly inputSize: number;
  readonly classes: number;
  /** @internal */
  readonly steps: readonly Step[];
  readonly #definition: NetworkDefinition;
  readonly #storage: Storage;
  #prepared: readonly PreparedStep[];
  #maps: PlannedMaps | undefined;
  /** Resolves when nothing is being saved. */
  #saving: Promise<void> = Promise.resolve();
  #disposed = false;

  /** @internal */
  constructor(definition: NetworkDefinition, storage: Storage, weights: string | undefined) {
    const { graph } = definition;
    this.#definition = definition;
    this.#storage = storage;
    this.name = definition.name;
    this.device = storage.device;
    this.dtype = storage.dtype;
    this.layout = storage.layout;
    this.steps = graph.steps;
    this.inputSize = graph.input.size.h;
    this.classes = (graph.steps.at(-1) as Step).outputSize.c;
    const starts = new Map(this.#parameters().map((parameter) => [parameter.key, parameter.startValues]));
    this.#prepared = weights === undefined ? this.#prepare((key) => (starts.get(key) as () => Float32Array)()) : this.#prepareFrom(weights);
  }

  /** How many numbers are trained, and how many there are with the statistics of the batch norms. */
  get parameterCount(): ParameterCount {
    const count = (parameters: readonly Parameter[]) => parameters.reduce((sum, { shape }) => sum + validate.elements(shape), 0);
    const all = this.#parameters();
    return { trainable: count(all.filter(({ trainable }) => trainable)), total: count(all) };
  }

  /**
   * Queues the network and returns its logits at once.
   *
   * @param x [n, inputSize, inputSize, 3], or [n, 3, inputSize, inputSize] with layout NCHW
   * @returns [n, classes]
   * @throws WhtError `ERR_WHT_SHAPE`, `ERR_WHT_DEVICE`, `ERR_WHT_DISPOSED`, `ERR_WHT_OUT_OF_MEMORY`
   */
  forward(x: Tensor, options?: ForwardOptions): Tensor {
    const { out } = validate.options('forward', options, ['out']);
    this.#expectLive();
    const { n, h, w, c } = expectMap('x', x, this.device, this.dtype, this.layout).dimensions();
    if (h !== this.inputSize || w !== this.inputSize || c !== 3) {
      const { inputSize } = this;
      throw expected(`x to hold images of ${inputSize}x${inputSize} with 3 channels`, `${h}x${w} with ${c}`, 'ERR_WHT_SHAPE');
    }
    // Before the output, so that nothing is left behind where there is no memory for them.
    if (n > 0 && this.#maps?.images !== n) {
      const most = this.#mostImages();
      if (n > most) throw expected(`x to hold at most ${most} images: more make a map too large for a tensor`, String(n), 'ERR_WHT_SHAPE');
      this.#maps?.dispose();
      this.#maps = undefined;
      this.#maps = new PlannedMaps(this.steps, this.#prepared, this.#storage, n);
    }
    const y = outputTensor(this.device, Object.freeze([n, this.classes]), this.dtype, this.layout, out);
    if (n > 0) this.#maps?.run(x, y);
    return y;
  }

  /** Each layer with its output's shape, parameters, MACs and the output's bytes, for `images` images. */
  layers(images = 1): SummaryRow[] {
    this.#expectLive();
    const n = validate.integer('images', images, 1);
    return this.steps.map((step, at) => {
      const output = { n, ...step.outputSize };
      const parameters = step.parameters.reduce((sum, { shape }) => sum + validate.elements(shape), 0);
      const macs = (this.#prepared[at] as PreparedStep).macs({ n, ...step.inputSize }, output);
      const outputShape = mapShape(output, this.layout);
      return {
        name: step.key,
        layer: step.description,
        outputShape,
        parameters,
        macs,
        bytes: validate.elements(outputShape) * bytesOf(this.dtype),
      };
    });
  }

  /** A table of the layers, with totals, for `images` images. */
  summary(images = 1): string {
    return summaryTable(this.name, this.layers(images), this.parameterCount, this.memory(images));
  }

  /** What a forward pass of `images` images needs, in bytes. */
  memory(images = 1): NetworkMemory {
    const n = validate.integer('images', images, 1);
    this.#expectLive();
    const { lifetimes, input } = lifetimesOf(this.steps, this.#prepared, n);
    const size = bytesOf(this.dtype);
    return {
      parameters: this.parameterCount.total * 4,
      widestPoint: widestPoint([...lifetimes, input]) * size,
      maps: planMemory(lifetimes, ALIGNED_BYTES / size).elements * size,
    };
  }

  /**
   * Replaces all parameters by those of a safetensors file. Nothing changes unless all of them are there, and no others, each float32, finite and of the right shape; so
   * that for a moment the old ones and the new ones are on the device. `num_batches_tracked` and a leading `module.` are ignored.
   *
   * @throws WhtError rejects with `ERR_WHT_WEIGHTS` that lists what is missing, too much or wrong; `ERR_WHT_DISPOSED`, `ERR_WHT_OUT_OF_MEMORY`
   */
  async load(file: string): Promise<void> {
    this.#expectLive();
    // What is being saved is still needed; meanwhile more may be.
    for (let saving: Promise<void> | undefined; saving !== this.#saving; ) {
      saving = this.#saving;
      await saving;
    }
    this.#expectLive();
    const prepared = this.#prepareFrom(file);
    for (const step of this.#prepared) step.release();
    this.#prepared = prepared;
    this.#maps?.dispose();
    this.#maps = undefined;
  }

  /**
   * Writes all parameters to a safetensors file, which `load` reads, and PyTorch for the networks that have its names.
   *
   * @throws WhtError rejects with `ERR_WHT_WEIGHTS` where the file can't be written; `ERR_WHT_DISPOSED`
   */
  async save(file: string): Promise<void> {
    this.#expectLive();
    const tensors = this.steps.flatMap((step, at) =>
      step.parameters.map(({ key, shape }) => ({ key, shape, values: () => (this.#prepared[at] as PreparedStep).read(key) })),
    );
    const written = writeSafetensors(file, tensors, { format: 'pt', network: this.name });
    const before = this.#saving;
    this.#saving = written.then(
      () => before,
      () => before,
    );
    await written;
  }

  get disposed(): boolean {
    return this.#disposed || this.device.closed;
  }

  /** Frees the parameters and the maps on the device. Work already queued still runs. Calling it again does nothing. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const step of this.#prepared) step.release();
    this.#maps?.dispose();
    this.#maps = undefined;
  }

  #expectLive(): void {
    if (this.#disposed) throw new WhtError('ERR_WHT_DISPOSED', `Expected a live network, got a ${this.name} that was disposed`);
    this.device.native();
  }

  /** Elements of a tensor have 32-bit offsets. */
  #mostImages(): number {
    const { lifetimes } = lifetimesOf(this.steps, this.#prepared, 1);
    return Math.floor(validate.MAX_ELEMENTS / Math.max(...lifetimes.map(({ elements }) => elements), this.classes));
  }

  #parameters(): Parameter[] {
    return this.steps.flatMap(({ parameters }) => parameters);
  }

  /**
   * All steps or none.
   *
   * @param used called when a step has used its values
   */
  #prepare(values: ParameterValues, used?: () => void): PreparedStep[] {
    const prepared: PreparedStep[] = [];
    try {
      for (const step of this.steps) {
        prepared.push(step.prepare(this.#storage, values));
        if (step.parameters.length > 0) used?.();
      }
    } catch (error) {
      for (const step of prepared) step.release();
      throw error;
    }
    return prepared;
  }

  #prepareFrom(file: string): PreparedStep[] {
    const opened = openSafetensors(file);
    try {
      const { aliases } = this.#definition;
      const names = matchTensors(
        opened,
        this.#parameters().map(({ key, shape }) => ({ key, shape, ...(aliases !== undefined && { aliases: aliases(key) }) })),
        // Counted by PyTorch while it trains.
        (key) => key.endsWith('.num_batches_tracked'),
      );
      const prepared = this.#prepare(
        (key) => finite(file, key, opened.read(names.get(key) as string)),
        () => opened.forget(),
      );
      try {
        opened.checkUnchanged();
      } catch (error) {
        for (const step of prepared) step.release();
        throw error;
      }
      return prepared;
    } finally {
      opened.close();
    }
  }
}

export interface Network extends Disposable {}
disposable(Network.prototype, Network.prototype.dispose);

function finite(file: string, key: string, values: Float32Array): Float32Array {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw expected(`${key} of ${file} to hold finite values`, `${values[at]} at index ${at}`, 'ERR_WHT_WEIGHTS');
  if (key.endsWith('.running_var')) {
    const negative = values.findIndex((value) => value < 0);
    if (negative >= 0) {
      throw expected(`${key} of ${file} to hold variances`, `${values[negative]} at index ${negative}`, 'ERR_WHT_WEIGHTS');
    }
  }
  return values;
}

/** Where parts of a buffer may begin. */
const ALIGNED_BYTES = 256;

function bytesOf(dtype: Dtype): number {
  return dtype === 'float16' ? 2 : 4;
}

/** How long each of a network's maps is needed. */
interface Lifetimes {
  lifetimes: readonly Lifetime[];
  /** For each step, which lifetime its output has; of the last step none, since its output is the network's. */
  outputs: readonly number[];
  /** For each step, which lifetimes its temporary maps have. */
  temporaries: readonly (readonly { at: number; size: Dimensions }[])[];
  /** The network's input, which is its caller's. */
  input: Lifetime;
}

function lifetimesOf(steps: readonly Step[], prepared: readonly PreparedStep[], n: number): Lifetimes {
  const lastUse = new Array<number>(steps.length).fill(-1);
  for (const [at, { inputs }] of steps.entries()) for (const input of inputs) if (input >= 0) lastUse[input] = at;
  const elements = ({ h, w, c }: { h: number; w: number; c: number }) => n * h * w * c;
  const lifetimes: Lifetime[] = [];
  const outputs: number[] = [];
  const temporaries: { at: number; size: Dimensions }[][] = [];
  let inputLast = 0;
  for (const [at, step] of steps.entries()) {
    const own = prepared[at] as PreparedStep;
    if (step.inputs.includes(-1)) inputLast = at;
    temporaries.push(
      own.temporaries({ n, ...step.inputSize }).map((size) => ({
        at: lifetimes.push({ elements: elements(size), first: at, last: at }) - 1,
        size,
      })),
    );
    if (at === steps.length - 1) break;
    const last = lastUse[at] as number;
    // In place of an input that nobody needs any more.
    const reused = own.inPlace ? step.inputs.find((input) => input >= 0 && lastUse[input] === at) : undefined;
    if (reused !== undefined) {
      const lifetime = outputs[reused] as number;
      (lifetimes[lifetime] as Lifetime).last = last;
      outputs.push(lifetime);
    } else {
      outputs.push(lifetimes.push({ elements: elements(step.outputSize), first: at, last }) - 1);
    }
  }
  const [first] = steps as readonly [Step];
  return { lifetimes, outputs, temporaries, input: { elements: elements(first.inputSize), first: 0, last: inputLast } };
}

/** The maps of a forward pass of so many images, in memory that they share. */
class PlannedMaps {
  readonly images: number;
  readonly #steps: readonly Step[];
  readonly #prepared: readonly PreparedStep[];
  readonly #buffers: NativeBuffer[] = [];
  readonly #outputs: readonly Tensor[];
  readonly #temporaries: readonly (readonly Tensor[])[];

  constructor(steps: readonly Step[], prepared: readonly PreparedStep[], { device, dtype, layout }: Storage, images: number) {
    this.images = images;
    this.#steps = steps;
    this.#prepared = prepared;
    const { lifetimes, outputs, temporaries } = lifetimesOf(steps, prepared, images);
    const plan = planMemory(lifetimes, ALIGNED_BYTES / bytesOf(dtype));
    const native = device.native();
    const whole = native.allocate(plan.elements, DTYPE[dtype], false);
    this.#buffers.push(whole);
    const parts = lifetimes.map(({ elements }, at) => {
      const part = native.slice(whole, plan.offsets[at] as number, elements);
      this.#buffers.push(part);
      return part;
    });
    const tensor = (at: number, size: Dimensions) =>
      new Tensor(device, parts[at] as NativeBuffer, mapShape(size, layout), dtype, layout, false);
    this.#outputs = outputs.map((at, step) => tensor(at, { n: images, ...(steps[step] as Step).outputSize }));
    this.#temporaries = temporaries.map((own) => own.map(({ at, size }) => tensor(at, size)));
  }

  run(x: Tensor, y: Tensor): void {
    const last = this.#steps.length - 1;
    for (const [at, { inputs, inputSize }] of this.#steps.entries()) {
      const tensors = inputs.map((input) => (input < 0 ? x : (this.#outputs[input] as Tensor)));
      const output = at === last ? y : (this.#outputs[at] as Tensor);
      (this.#prepared[at] as PreparedStep).run(
        tensors,
        output,
        { n: this.images, ...inputSize },
        this.#temporaries[at] as readonly Tensor[],
      );
    }
  }

  dispose(): void {
    for (const buffer of this.#buffers) buffer.release();
  }
}
