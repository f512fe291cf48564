/** What of the measured machine is watched while it is measured. */
import type { BoardRoot } from '../probes/board-root';
import { openCurrentClocks } from '../probes/clocks';
import { openWholeBoard, wholeBoard } from '../probes/power-rails';
import { readSystemMemory } from '../probes/system-memory';
import type { TegrastatsReading } from '../probes/tegrastats';
import { watchTegrastats } from '../probes/watch-tegrastats';
import type { PowerMeter } from './energy';
import type { MachineState } from './monitor';

export function machineState(machine: BoardRoot): () => MachineState {
  const currentClocks = openCurrentClocks(machine);
  return () => {
    const { swapUsedBytes } = readSystemMemory(machine);
    return { ...currentClocks(), ...(swapUsedBytes !== undefined && { swapUsedBytes }) };
  };
}

/** The board's sensors; where they are not at the places known, tegrastats, which may know others. Undefined without either. */
export function powerMeter(machine: BoardRoot): PowerMeter | undefined {
  const sensors = openWholeBoard(machine);
  if (sensors?.milliwatts() !== undefined) return { ...sensors, begin: () => {}, end: () => {} };
  return machine.find('tegrastats') === undefined ? undefined : new TegrastatsMeter(machine);
}

const INTERVAL_MS = 100;

class TegrastatsMeter implements PowerMeter {
  rail = 'tegrastats';
  readonly #machine: BoardRoot;
  #watch: { stop(): void } | undefined;
  #milliwatts: number | undefined;

  constructor(machine: BoardRoot) {
    this.#machine = machine;
  }

  begin(): void {
    this.#milliwatts = undefined;
    const onReading = ({ rails }: TegrastatsReading) => {
      const whole = wholeBoard(rails);
      this.#milliwatts = whole?.milliwatts;
      if (whole !== undefined) this.rail = `${whole.rail} (tegrastats)`;
    };
    // What it said last is no reading of what comes after it has ended.
    const onFailure = () => {
      this.#milliwatts = undefined;
    };
    this.#watch = watchTegrastats(this.#machine, INTERVAL_MS, onReading, onFailure);
  }

  milliwatts(): number | undefined {
    return this.#milliwatts;
  }

  end(): void {
    this.#watch?.stop();
  }
}
