/** Where the time of a network goes. */
import type { Device, Network } from 'wht-layers';
import type { PreparedStep } from '../../lib/networks/steps/step';
import type { Candidate } from '../candidate';
import { median } from '../statistics';
import { SYSTEM_CLOCK } from '../turn';
import { type Mark, marksOf, stepsOf } from './internals';
import type { ProfiledLayer } from './schema';

/** How many forward passes of each network are profiled: at most so many, no more once so much time a network is over, never fewer than two. */
export interface ProfileEffort {
  passes: number;
  milliseconds: number;
}

/**
 * The time of each layer while the network runs as ever, its maps in the memory that they share: on the device's own clock, between
 * marks that are queued after each layer.
 */
export class Profiler {
  readonly #device: Device;
  readonly #network: Network;
  #marks: Mark[] = [];

  /** @param weights the network's own, which it loads again: layers are marked when they are prepared */
  static async of(network: Network, weights: string): Promise<Profiler> {
    const profiler = new Profiler(network);
    await network.load(weights);
    return profiler;
  }

  private constructor(network: Network) {
    this.#network = network;
    this.#device = network.device;
    const marked = (step: PreparedStep): PreparedStep => ({
      temporaries: (input) => step.temporaries(input),
      inPlace: step.inPlace,
      macs: (input, output) => step.macs(input, output),
      run: (...given) => {
        step.run(...given);
        this.#marks.push(marksOf(this.#device).mark());
      },
      read: (key) => step.read(key),
      release: () => step.release(),
    });
    for (const step of stepsOf(network)) {
      const prepare = step.prepare.bind(step);
      step.prepare = (storage, values) => marked(prepare(storage, values));
    }
  }

  /** The milliseconds of each layer in one more forward pass. */
  async pass(candidate: Pick<Candidate, 'run'>): Promise<number[]> {
    const marks = marksOf(this.#device);
    this.#marks = [marks.mark()];
    await candidate.run(1);
    const own = this.#marks;
    return Promise.all(own.slice(1).map((end, at) => marks.elapsed(own[at] as Mark, end)));
  }

  /** @param passes what `pass` gave */
  summary(passes: readonly (readonly number[])[]): ProfiledLayer[] {
    const layers = this.#network.layers();
    return layers.map(({ name, layer }, at) => ({ name, layer, medianMs: median(passes.map((times) => times[at] as number)) }));
  }
}

/** Networks to be profiled, each with what runs it. */
export interface ProfiledSide {
  profiler: Profiler;
  candidate: Pick<Candidate, 'run'>;
}

/**
 * Profiles networks in turns, so that a busy neighbour meets them all.
 *
 * @param onPass called with the part of all passes that is over; may throw to stop
 */
export async function profileInTurns(
  sides: readonly ProfiledSide[],
  { passes, milliseconds }: ProfileEffort,
  onPass: (part: number) => void,
): Promise<ProfiledLayer[][]> {
  const found = sides.map((): number[][] => []);
  const start = SYSTEM_CLOCK.now();
  for (let pass = 0; pass < passes && (pass < 2 || SYSTEM_CLOCK.now() - start < milliseconds * sides.length); pass++) {
    onPass(pass / passes);
    for (const [at, { profiler, candidate }] of sides.entries()) {
      // Caches are as another network left them.
      await candidate.run(1);
      found[at]?.push(await profiler.pass(candidate));
    }
  }
  return sides.map(({ profiler }, at) => profiler.summary(found[at] as number[][]));
}

/** What a layer is, without its sizes, stride and what is fused with it: "Conv2d 3x3", "BlockWht2d". */
export function kindOf(layer: string): string {
  const [kind = ''] = layer.split(',');
  return /^(Block|Fwht)/.test(kind) ? kind.replace(/ .*/, '') : kind;
}

export interface KindTime {
  kind: string;
  layers: number;
  milliseconds: number;
}

/** The sums of each kind of layer, in the order in which kinds come up. */
export function byKind(profile: readonly ProfiledLayer[]): KindTime[] {
  const kinds = new Map<string, KindTime>();
  for (const { layer, medianMs } of profile) {
    const kind = kindOf(layer);
    const sum = kinds.get(kind) ?? { kind, layers: 0, milliseconds: 0 };
    kinds.set(kind, { kind, layers: sum.layers + 1, milliseconds: sum.milliseconds + medianMs });
  }
  return [...kinds.values()];
}
