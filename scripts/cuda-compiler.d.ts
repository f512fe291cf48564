/** A machine, as far as compilers and GPUs go. Nothing here throws. */
export interface Machine {
  /** A file's text; undefined where it can't be read. */
  read(path: string): string | undefined;
  /** The names in a folder; none where it is missing. */
  list(path: string): string[];
  /** Every file of that name on PATH, as `run` takes it. */
  onPath(command: string): string[];
  has(path: string): boolean;
  /** What a command prints; undefined where it fails. */
  run(command: string, args: readonly string[]): string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

export interface ChosenCompiler {
  compiler: string;
  /** E.g. "11.8". */
  release: string;
  /** As native/cuda/CMakeLists.txt takes them: "53", "75,90", or "53+" for code that the driver compiles for that GPU and any newer. */
  architectures: string;
}

export interface NoCompiler {
  reason: string;
  cause?: 'none' | 'driver-too-old' | 'gpu-too-old' | 'gpu-unknown';
  /** The environment asks for what is not there. */
  misnamed?: boolean;
}

/** What to build with: of the compilers whose code the driver runs, the one that knows most of the machine's GPUs. */
export function chooseCuda(environment?: Environment, machine?: Machine): ChosenCompiler | NoCompiler;

export function compilers(environment?: Environment, machine?: Machine): string[];
export function namedCompiler(environment?: Environment, machine?: Machine): string | undefined;
export function release(compiler: string, machine?: Machine): string | undefined;
export function compilesFor(compiler: string, architecture: number | string, machine?: Machine): boolean;
export function installedGpus(machine?: Machine): number[];
export function driverCuda(machine?: Machine): string | undefined;
export function tegraChip(machine: Machine): string | undefined;
export function thisMachine(environment?: Environment): Machine;
export const TEGRA: Readonly<Record<string, { architecture: number; id: number }>>;
