import { filePath, integer, oneOf, parseOptions } from '../command-line';
import { command } from '../commands';
import { WORKLOAD_IDS, type WorkloadId } from '../schema';
import type { DeviceKind } from './schema';

export interface JetsonArguments {
  help: boolean;
  quick: boolean;
  /** Which workloads to measure, in the order of the report. */
  only: WorkloadId[];
  /** On which devices; absent means a usable GPU, else the CPU. */
  devices?: DeviceKind[];
  /** Which GPU. */
  index: number;
  threads?: number;
  json?: string;
  csv?: string;
  html?: string;
  /** A board to project figures for. */
  project?: 'nano';
  /** Where to record what the probes read of this machine, in place of measuring. */
  recordBoard?: string;
}

export const USAGE = `Usage: ${command('bench', '[options]')}

Measures Walsh-Hadamard layers against the layers they replace: speed, memory and energy, on a Jetson
or on whatever there is, beside the figures of the paper (arXiv 2201.02711).

  --quick            rougher figures in about a minute: float32 and NHWC, no host-visible memory
  --only ID          measure this alone; may be repeated:
                     ${WORKLOAD_IDS.slice(0, 3).join(', ')},
                     ${WORKLOAD_IDS.slice(3).join(', ')}
  --device KIND      cpu or cuda; may be repeated; default: the GPU where there is one, else the CPU.
                     The paper's protocol is the CPU's, whatever is said here
  --index N          which GPU, from 0
  --threads N        threads of the CPU, but for the paper's protocol; default: as many as the process may use
  --json FILE        also write the results to FILE, for ${command('compare')}
  --csv FILE         also write one line a row to FILE
  --html FILE        also write a page with charts to FILE, which opens without a network
  --project nano     add what a Jetson Nano might do, from public figures: a projection, not a measurement
  --record-board DIR write what the probes read of this machine to DIR, and measure nothing
  --help             show this
`;

const OPTIONS = {
  quick: { type: 'boolean' },
  only: { type: 'string', multiple: true },
  device: { type: 'string', multiple: true },
  index: { type: 'string' },
  threads: { type: 'string' },
  json: { type: 'string' },
  csv: { type: 'string' },
  html: { type: 'string' },
  project: { type: 'string' },
  'record-board': { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** @throws ArgumentError that names what was expected and what came */
export function parseJetsonArguments(args: readonly string[]): JetsonArguments {
  const {
    quick,
    only = [],
    device = [],
    index,
    threads,
    json,
    csv,
    html,
    project,
    'record-board': recordBoard,
    help,
  } = parseOptions(args, OPTIONS);
  for (const id of only) oneOf('only', id, WORKLOAD_IDS);
  for (const kind of device) oneOf('device', kind, ['cpu', 'cuda']);
  const devices = (['cuda', 'cpu'] as const).filter((kind) => device.includes(kind));
  return {
    help: help ?? false,
    quick: quick ?? false,
    only: WORKLOAD_IDS.filter((id) => only.length === 0 || only.includes(id)),
    ...(devices.length > 0 && { devices }),
    index: index === undefined ? 0 : integer('index', index, 0, 255),
    ...(threads !== undefined && { threads: integer('threads', threads, 1, 256) }),
    ...(json !== undefined && { json: filePath('json', json) }),
    ...(csv !== undefined && { csv: filePath('csv', csv) }),
    ...(html !== undefined && { html: filePath('html', html) }),
    ...(project !== undefined && { project: oneOf('project', project, ['nano']) }),
    ...(recordBoard !== undefined && { recordBoard: filePath('record-board', recordBoard) }),
  };
}
