/** Watches what spoils figures while they are made: clocks that fall, memory that is swapped out. */

export interface MachineState {
  /** Hz, of the GPU and of the fastest core. */
  gpuHz?: number;
  cpuHz?: number;
  swapUsedBytes?: number;
}

export interface Findings {
  flags: string[];
  /** Why no figure counts. */
  void?: string;
}

/** So seldom that watching takes no time from what is watched. */
const EVERY_MS = 250;
/** A governor's steps are some percent apart; throttling takes more. */
const FALLEN = 0.9;

export class Monitor {
  readonly #read: () => MachineState;
  readonly #clocks = { gpuHz: [] as number[], cpuHz: [] as number[] };
  /** Of all groups. */
  readonly #highest = { gpuHz: 0, cpuHz: 0 };
  #swapBefore: number | undefined;

  /** @param read must be cheap */
  constructor(read: () => MachineState) {
    this.#read = read;
  }

  /** Before a group of rows. */
  begin(): void {
    this.#swapBefore = this.#read().swapUsedBytes;
    this.#clocks.gpuHz.length = 0;
    this.#clocks.cpuHz.length = 0;
  }

  /** Reads the clocks while the work is done: idle ones fall by design. */
  async watched<T>(work: () => Promise<T>): Promise<T> {
    const timer = setInterval(() => this.#sample(), EVERY_MS);
    try {
      const result = await work();
      this.#sample();
      return result;
    } finally {
      clearInterval(timer);
    }
  }

  /** After a group of rows. */
  end(): Findings {
    const { swapUsedBytes } = this.#read();
    const grown = this.#swapBefore !== undefined && swapUsedBytes !== undefined ? swapUsedBytes - this.#swapBefore : 0;
    return {
      flags: [...this.#fallen('GPU', 'gpuHz'), ...this.#fallen('CPU', 'cpuHz')],
      ...(grown > 0 && { void: `swap grew by ${(grown / 1e6).toFixed(1)} MB while it was measured: close other programs` }),
    };
  }

  #sample(): void {
    const { gpuHz, cpuHz } = this.#read();
    if (gpuHz !== undefined) this.#clocks.gpuHz.push(gpuHz);
    if (cpuHz !== undefined) this.#clocks.cpuHz.push(cpuHz);
  }

  /** Whether a clock was lower than at another time, in this group or one before. */
  #fallen(name: string, clock: 'gpuHz' | 'cpuHz'): string[] {
    const clocks = this.#clocks[clock];
    if (clocks.length === 0) return [];
    const [lowest, highest] = [Math.min(...clocks), Math.max(...clocks)];
    this.#highest[clock] = Math.max(this.#highest[clock], highest);
    const before = this.#highest[clock];
    if (lowest < FALLEN * highest) {
      return [`${name} clock between ${megahertz(lowest)} and ${megahertz(highest)} MHz while it was measured: throttled, or not locked`];
    }
    if (highest < FALLEN * before) {
      return [`${name} clock at ${megahertz(highest)} MHz, after ${megahertz(before)} MHz earlier in the run: throttled, or not locked`];
    }
    return [];
  }
}

function megahertz(hertz: number): string {
  return (hertz / 1e6).toFixed(0);
}
