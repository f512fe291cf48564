/** What the probes find out about a machine. What could not be read is absent. */

export interface Board {
  /** Whether this is an NVIDIA Jetson. */
  jetson: boolean;
  /** As the device tree has it, e.g. "NVIDIA Jetson Nano Developer Kit". */
  model?: string;
  /** E.g. "tegra210". */
  chip?: string;
  /** Of the chip's GPU, e.g. "5.3". */
  computeCapability?: string;
  /** Linux for Tegra, e.g. "32.7.1". */
  l4t?: string;
  /** E.g. "4.6.1". */
  jetpack?: string;
}

export interface PowerMode {
  /** E.g. "MAXN"; absent where only the number is known. */
  name?: string;
  id?: number;
}

export interface Clock {
  currentHz?: number;
  minHz?: number;
  maxHz?: number;
}

export interface Clocks {
  /** One a core that is online. */
  cpus: (Clock & { core: number; governor?: string })[];
  gpu?: Clock;
  /** Of the memory. */
  emc?: Clock & { override?: boolean };
  /** Whether the clocks are fixed (jetson_clocks); absent where it can't be told. */
  locked?: boolean;
}

export interface Temperature {
  zone: string;
  celsius: number;
}

export interface PowerRail {
  name: string;
  milliwatts: number;
}

export interface SystemMemory {
  totalBytes?: number;
  availableBytes?: number;
  swapTotalBytes?: number;
  swapUsedBytes?: number;
  /** What the GPU of a Jetson has allocated, in all processes. */
  nvMapUsedBytes?: number;
}

export interface ProcessMemory {
  /** VmRSS and VmHWM. */
  residentBytes?: number;
  peakResidentBytes?: number;
  /** Proportional: pages shared with others count in part. */
  pssBytes?: number;
  swappedBytes?: number;
}

/** The machine's state at one moment. */
export interface Snapshot {
  clocks: Clocks;
  /** 0 to 1. */
  gpuLoad?: number;
  temperatures: Temperature[];
  rails: PowerRail[];
  memory: SystemMemory;
}
