import { ArgumentError, filePath, integer, oneOf, parseOptions } from './command-line';
import { NETWORK_IDS, type NetworkId } from './networks/schema';
import { COMPARISON_IDS, type ComparisonId } from './schema';

export interface Arguments {
  help: boolean;
  /** Where to write the results. */
  json?: string;
  /** Which comparisons of layers to run; empty means all. */
  only: ComparisonId[];
  /** Whole networks in place of layers. */
  networks?: {
    /** Which; empty means all. */
    only: NetworkId[];
    /** Whether to tell where the time goes. */
    profile: boolean;
  };
  /** How many threads compute; absent means as many as the device takes. */
  threads?: number;
  quick: boolean;
}

export const USAGE = `Usage: npm run bench -- [options]

Measures Walsh-Hadamard layers against the layers they replace; with --networks, whole networks.

  --json FILE    also write the results to FILE
  --only ID      run this comparison alone; may be repeated:
                 ${COMPARISON_IDS.slice(0, 3).join(', ')},
                 ${COMPARISON_IDS.slice(3).join(', ')};
                 with --networks: ${NETWORK_IDS.join(', ')}
  --networks     the paper's networks with and without WHT layers, and onnxruntime's baseline,
                 at batch 1 and 8: time, parameters, MACs, memory
  --profile      with --networks: also where each network's time goes, by kind of layer
  --threads N    threads that compute; default: as many as the process may use
  --quick        fewer samples: rougher figures in some 30 seconds, with --networks in minutes
  --help         show this
`;

const OPTIONS = {
  json: { type: 'string' },
  only: { type: 'string', multiple: true },
  networks: { type: 'boolean' },
  profile: { type: 'boolean' },
  threads: { type: 'string' },
  quick: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** @throws ArgumentError that names what was expected and what came */
export function parseArguments(args: readonly string[]): Arguments {
  const { json, only = [], networks = false, profile = false, threads, quick, help } = parseOptions(args, OPTIONS);
  if (profile && !networks) throw new ArgumentError('Expected --profile together with --networks, got it alone');
  return {
    help: help ?? false,
    quick: quick ?? false,
    only: networks ? [] : only.map((id) => oneOf('only', id, COMPARISON_IDS)),
    ...(networks && { networks: { only: only.map((id) => oneOf('only', id, NETWORK_IDS)), profile } }),
    ...(json !== undefined && { json: filePath('json', json) }),
    ...(threads !== undefined && { threads: integer('threads', threads, 1, 256) }),
  };
}
