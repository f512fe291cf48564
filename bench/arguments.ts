import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { type ParseArgsConfig, parseArgs } from 'node:util';
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

/** The command line is not what was expected. */
export class ArgumentError extends Error {}

export const USAGE = `Usage: npm run bench -- [options]

Measures Walsh-Hadamard layers against the layers they replace.

  --json FILE    also write the results to FILE
  --only ID      run this comparison alone; may be repeated:
                 ${COMPARISON_IDS.join(', ')}
  --threads N    threads that compute; default: as many as the process may use
  --quick        fewer samples: rougher figures in some 20 seconds
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
    only: (only ?? []).map(comparisonId),
    ...(json !== undefined && { json: filePath(json) }),
    ...(threads !== undefined && { threads: threadCount(threads) }),
  };
}

/** The values of a command line that has options and nothing else. */
export function parseOptions<T extends NonNullable<ParseArgsConfig['options']>>(args: readonly string[], known: T) {
  try {
    return parseArgs({ args: [...args], options: known, strict: true, allowPositionals: false }).values;
  } catch (error) {
    // parseArgs names the argument in its first sentence and goes on with advice on programming.
    const [complaint] = (error as Error).message.split(/\. |\n/);
    const options = Object.keys(known).map((name) => `--${name}`);
    throw new ArgumentError(`Expected options among ${options.join(', ')}: ${complaint}`);
  }
}

function comparisonId(value: string): ComparisonId {
  const id = COMPARISON_IDS.find((known) => known === value);
  if (id === undefined) throw new ArgumentError(`Expected --only to be one of ${COMPARISON_IDS.join(', ')}, got ${JSON.stringify(value)}`);
  return id;
}

function threadCount(value: string): number {
  const threads = Number(value);
  if (!/^\d+$/.test(value) || threads < 1 || threads > 256) {
    throw new ArgumentError(`Expected --threads to be an integer from 1 to 256, got ${JSON.stringify(value)}`);
  }
  return threads;
}

export function filePath(value: string): string {
  if (value === '') throw new ArgumentError('Expected --json to name a file, got ""');
  return value;
}

/**
 * Finds out before measuring that results could not be written, leaving nothing behind.
 *
 * @throws ArgumentError
 */
export function expectWritable(path: string): void {
  try {
    const existed = existsSync(path);
    closeSync(openSync(path, 'a'));
    if (!existed) rmSync(path);
  } catch (error) {
    throw new ArgumentError(`Expected --json to name a file that can be written, got ${path} (${(error as Error).message})`);
  }
}
