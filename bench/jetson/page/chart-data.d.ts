/** What the browser draws. It is made in Node from a run, so that the page's script knows nothing of runs. */

export interface ChartData {
  speed: Panel<SpeedRow>[];
  latency: Panel<LatencyRow>[];
  memory: Panel<MemoryRow>[];
  roofline: RooflinePanel[];
  energy: Panel<EnergyRow>[];
}

/** Of one chart in its own box. */
export interface Panel<Row> {
  /** Of the element that it is drawn in. */
  id: string;
  title: string;
  explanation: string;
  /** Short and without a partner: alone in its row. */
  whole?: true;
  groups: Group<Row>[];
}

/** Rows below a heading. */
export interface Group<Row> {
  title: string;
  rows: Row[];
}

export type Role = 'baseline' | 'subject';

interface LabelledRow {
  /** Short; it stands left of the marks. */
  label: string;
}

export interface SpeedRow extends LabelledRow {
  /** Absent where the row failed. */
  ratio?: number;
  interval?: readonly [number, number];
  /** Only where it was measured in the same way. */
  paper?: number;
  flagged: boolean;
}

export interface LatencyRow extends LabelledRow {
  flagged: boolean;
  sides: LatencySide[];
}

/** Milliseconds. */
export interface LatencySide {
  role: Role;
  name: string;
  median: number;
  min: number;
  p5: number;
  p25: number;
  p75: number;
  p95: number;
  max: number;
}

export interface MemoryRow extends LabelledRow {
  role: Role;
  name: string;
  bytes: number;
  /** In the place of a bar, where bytes are less than what the account can tell from nothing. */
  noise?: string;
  /** Its part that the GPU has. */
  gpuBytes?: number;
  /** Where the paper's reduction of this baseline's memory would be. */
  paperBytes?: number;
}

export interface EnergyRow extends LabelledRow {
  sides: EnergySide[];
}

/** Millijoule for each image. */
export interface EnergySide {
  role: Role;
  name: string;
  board: number;
  aboveIdle?: number;
}

export interface RooflinePanel {
  id: string;
  title: string;
  explanation: string;
  /** 10^9 bytes a second. */
  memoryRoof?: number;
  /** GFLOP/s, the highest measured. */
  highest: number;
  points: RooflinePoint[];
}

export interface RooflinePoint {
  role: Role;
  name: string;
  /** Index of the workload's symbol. */
  symbol: number;
  /** Of float16. */
  hollow: boolean;
  /** Operations for each byte. */
  intensity: number;
  /** GFLOP/s. */
  rate: number;
}
