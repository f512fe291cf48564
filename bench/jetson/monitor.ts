/** Watches what spoils figures while they are made: clocks that fall, memory that is swapped out. */
import type { DeviceKind } from './schema';
import { DEVICE_NAMES } from './titles';

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
const EVERY_MS = 100;
/** A governor's steps are some percent apart; throttling takes more. */
const FALLEN = 0.9;

export class Monitor {
  readonly #read: () => MachineState;
  /** The highest clocks of all groups so far. */
  readonly #highest = { cpu: 0, cuda: 0 };
  #device: DeviceKind = 'cpu';
  #swapBefore: number | undefined;
  #clocks: number[] = [];
  #timer: NodeJS.Timeout | undefined;
  #watched = 0;

  /** @param read must be cheap */
  constructor(read: () => MachineState) {
    this.#read = read;
  }

  /**
   * Before a group of rows.
   *
   * @param device what computes: the other one's clock may idle
   */
  begin(device: DeviceKind): void {
    this.#device = device;
    this.#swapBefore = this.#read().swapUsedBytes;
    this.#clocks = [];
    this.#timer = setInterval(() => {
      if (this.#watched > 0) this.#sample();
    }, EVERY_MS);
    this.#timer.unref();
  }

  /** While the work is done clocks are read: idle ones fall by design. */
  async watched<T>(work: () => Promise<T>): Promise<T> {
    this.#watched++;
    try {
      return await work();
    } finally {
      this.#watched--;
    }
  }

  /** The device's clock, as it was last read while the work was done; undefined where it can't be read. */
  async clockDuring(work: () => Promise<unknown>): Promise<number | undefined> {
    let last: number | undefined;
    const timer = setInterval(() => {
      last = this.#clock() ?? last;
    }, EVERY_MS / 4);
    try {
      await work();
    } finally {
      clearInterval(timer);
    }
    return last;
  }

  /** After a group of rows. */
  end(): Findings {
    clearInterval(this.#timer);
    const { swapUsedBytes } = this.#read();
    const grown = this.#swapBefore !== undefined && swapUsedBytes !== undefined ? swapUsedBytes - this.#swapBefore : 0;
    return {
      flags: this.#fallen(),
      ...(grown > 0 && { void: `swap grew by ${(grown / 1e6).toFixed(1)} MB while it was measured: close other programs` }),
    };
  }

  #clock(): number | undefined {
    const { gpuHz, cpuHz } = this.#read();
    return this.#device === 'cuda' ? gpuHz : cpuHz;
  }

  #sample(): void {
    const clock = this.#clock();
    if (clock !== undefined) this.#clocks.push(clock);
  }

  /** Whether the clock was lower than at another time, in this group or one before. */
  #fallen(): string[] {
    if (this.#clocks.length === 0) return [];
    const [lowest, highest] = [Math.min(...this.#clocks), Math.max(...this.#clocks)];
    const name = DEVICE_NAMES[this.#device];
    this.#highest[this.#device] = Math.max(this.#highest[this.#device], highest);
    const before = this.#highest[this.#device];
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
