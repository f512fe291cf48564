import { filePath, integer, oneOf, parseOptions } from './command-line';
import { COMPARISON_IDS, type ComparisonId } from './schema';

export interface Arguments {
  help: boolean;
  /** Where to write the results. */
  json?: string;
  /** Which comparisons to run; empty means all. */
  only: ComparisonId[];
  /** How many threads compute; absent means as many as the device takes. */
  threads?: number;
  quick: boolean;
}

export const USAGE = `Usage: npm run bench -- [options]

Measures Walsh-Hadamard layers against the layers they replace.

  --json FILE    also write the results to FILE
  --only ID      run this comparison alone; may be repeated:
                 ${COMPARISON_IDS.slice(0, 3).join(', ')},
                 ${COMPARISON_IDS.slice(3).join(', ')}
  --threads N    threads that compute; default: as many as the process may use
  --quick        fewer samples: rougher figures in some 30 seconds
  --help         show this
`;

const OPTIONS = {
  json: { type: 'string' },
  only: { type: 'string', multiple: true },
  threads: { type: 'string' },
  quick: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** @throws ArgumentError that names what was expected and what came */
export function parseArguments(args: readonly string[]): Arguments {
  const { json, only, threads, quick, help } = parseOptions(args, OPTIONS);
  return {
    help: help ?? false,
    quick: quick ?? false,
    only: (only ?? []).map((id) => oneOf('only', id, COMPARISON_IDS)),
    ...(json !== undefined && { json: filePath('json', json) }),
    ...(threads !== undefined && { threads: integer('threads', threads, 1, 256) }),
  };
}
