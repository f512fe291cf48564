/** One layer in a process of its own, run and timed as the harness asks; see ../task.ts for what they say to each other. */
import { performance } from 'node:perf_hooks';
import { median } from '../../statistics';
import { callsPerSample, takeSamples, takeTurn, timeCalls } from '../../turn';
import type { Answers, LayerTask, Message, Reply, Request, SideKey } from '../task';
import { nativeLayer } from './native-layer';
import { onnxLayer } from './onnx-layer';
import { becomeOomVictim } from './oom-victim';
import type { TimedLayer, TimedSide } from './timed-layer';

interface PreparedSide extends TimedSide {
  /** Calls that are one sample. */
  calls: number;
  /** A sample takes so long that what the other side left in caches is gone within it. */
  slow: boolean;
}

const SLOW_MS = 20;
const SUSTAINED_BATCH_MS = 100;

/** Times have settled once two windows after each other agree so far. */
const SETTLED = 0.05;

class LayerProcess {
  readonly #layer: Promise<TimedLayer>;
  readonly #sides = new Map<string, PreparedSide>();

  constructor(task: LayerTask) {
    this.#layer = task.role === 'onnxruntime' ? onnxLayer(task) : nativeLayer(task);
    // It is awaited with each request.
    this.#layer.catch(() => {});
  }

  async answer(request: Request): Promise<Answers[Request['kind']]> {
    switch (request.kind) {
      case 'prepare':
        return this.#prepare(request.side, request.sampleMs);
      case 'warmUp':
        return this.#warmUp(this.#side(request.side), request);
      case 'turn': {
        const side = this.#side(request.side);
        return (side.slow ? takeSamples : takeTurn)(side, side.calls, request.turn, side.clock);
      }
      case 'sustain':
        return this.#sustain(this.#side(request.side), request.milliseconds);
      case 'output':
        return this.#side(request.side).output();
      case 'release':
        for (const name of [...this.#sides.keys()]) if (name.startsWith(`${request.protocol} `)) this.#sides.delete(name);
        (await this.#layer).release(request.protocol);
        return undefined;
    }
  }

  async #prepare(key: SideKey, sampleMs: number): Promise<Answers['prepare']> {
    const side = await (await this.#layer).side(key);
    const { layer, implementation, images, operations, bytes } = side;
    const first = await timeCalls(side, 1, side.clock);
    const second = await timeCalls(side, 1, side.clock);
    const slow = second > SLOW_MS;
    const calls = side.awaited || slow ? 1 : await callsPerSample(side, sampleMs, side.clock);
    this.#sides.set(nameOf(key), { ...side, calls, slow });
    return { layer, implementation, images, operations, bytes, ...(side.clock.elapsed === undefined && { firstCallMs: first }) };
  }

  /** Until times no longer fall or rise: clocks have risen, caches and pages are there, the compiler has done its work. */
  async #warmUp(side: PreparedSide, { turn, leastWindows, mostMs }: Request & { kind: 'warmUp' }): Promise<boolean> {
    const end = performance.now() + mostMs;
    let before = Number.NaN;
    let windows = 0;
    do {
      windows++;
      const now = median(await takeSamples(side, side.calls, turn, side.clock));
      if (windows >= leastWindows && Math.abs(now - before) < SETTLED * now) return true;
      before = now;
    } while (windows < leastWindows || performance.now() < end);
    return false;
  }

  async #sustain(side: PreparedSide, milliseconds: number): Promise<Answers['sustain']> {
    // Nothing but the layer: a clock's own work would be charged to it.
    const timed = async (count: number) => {
      const start = performance.now();
      await side.run(count);
      await side.finish();
      return performance.now() - start;
    };
    let batch = side.calls;
    let calls = 0;
    let elapsed = 0;
    while (elapsed < milliseconds) {
      const took = await timed(batch);
      calls += batch;
      elapsed += took;
      // Waiting for each batch leaves the device idle for a moment, which is not to count.
      batch = Math.max(1, Math.round((batch * SUSTAINED_BATCH_MS) / took));
    }
    return { calls, milliseconds: elapsed };
  }

  #side(key: SideKey): PreparedSide {
    const side = this.#sides.get(nameOf(key));
    if (side === undefined) throw new Error(`Expected ${nameOf(key)} to be prepared first`);
    return side;
  }
}

function nameOf({ protocol, layout, model, copy }: SideKey): string {
  return `${protocol} ${layout} ${model ?? ''} ${copy ?? ''}`;
}

becomeOomVictim();
// Ctrl-C in a terminal reaches the harness and its children alike: it decides, and ends them.
process.on('SIGINT', () => {});
process.once('disconnect', () => process.exit(0));

let layer: LayerProcess | undefined;
let last: Promise<void> = Promise.resolve();
process.on('message', (message: Message) => {
  if (message.kind === 'open') {
    layer = new LayerProcess(message.task);
    return;
  }
  last = last.then(() => reply(message));
});

async function reply({ id, ...request }: Request & { id: number }): Promise<void> {
  let sent: Reply;
  try {
    if (layer === undefined) throw new Error('Expected a task before requests');
    sent = { id, value: await layer.answer(request as Request) };
  } catch (error) {
    sent = { id, error: error instanceof Error ? error.message : String(error) };
  }
  process.send?.(sent);
}
