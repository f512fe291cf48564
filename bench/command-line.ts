/** What the command lines of all benchmarks share: options, and complaints that name what was expected and what came. */
import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { type ParseArgsConfig, parseArgs } from 'node:util';

/** The command line is not what was expected. */
export class ArgumentError extends Error {}

type Options = NonNullable<ParseArgsConfig['options']>;

/** The values of a command line that has options and nothing else. */
export function parseOptions<T extends Options>(args: readonly string[], known: T) {
  return complaining(known, () => parseArgs({ args: [...args], options: known, strict: true, allowPositionals: false }).values);
}

/** The same, and what is no option. */
export function parseOptionsAndFiles<T extends Options>(args: readonly string[], known: T) {
  return complaining(known, () => parseArgs({ args: [...args], options: known, strict: true, allowPositionals: true }));
}

function complaining<R>(known: Options, parse: () => R): R {
  try {
    return parse();
  } catch (error) {
    // parseArgs names the argument in its first sentence and goes on with advice on programming.
    const [complaint] = (error as Error).message.split(/\. |\n/);
    const options = Object.keys(known).map((name) => `--${name}`);
    throw new ArgumentError(`Expected options among ${options.join(', ')}: ${complaint}`);
  }
}

export function oneOf<T extends string>(name: string, value: string, known: readonly T[]): T {
  const found = known.find((each) => each === value);
  if (found === undefined) throw new ArgumentError(`Expected --${name} to be one of ${known.join(', ')}, got ${JSON.stringify(value)}`);
  return found;
}

export function integer(name: string, value: string, least: number, most: number): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < least || number > most) {
    throw new ArgumentError(`Expected --${name} to be an integer from ${least} to ${most}, got ${JSON.stringify(value)}`);
  }
  return number;
}

export function filePath(name: string, value: string): string {
  if (value === '') throw new ArgumentError(`Expected --${name} to name a file, got ""`);
  return value;
}

/**
 * Finds out before measuring that results could not be written, leaving nothing behind.
 *
 * @param name the option's
 * @throws ArgumentError
 */
export function expectWritable(name: string, path: string): void {
  try {
    const existed = existsSync(path);
    closeSync(openSync(path, 'a'));
    if (!existed) rmSync(path);
  } catch (error) {
    throw new ArgumentError(`Expected --${name} to name a file that can be written, got ${path} (${(error as Error).message})`);
  }
}

/** Runs a program: its exit code is the process's, 2 where the command line is wrong, 1 where something else is; either is said without a stack. */
export function exitWith(main: () => number | Promise<number>): void {
  // Asynchronous, so that what it throws at once is caught as well.
  (async () => main())().then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
      process.exitCode = error instanceof ArgumentError ? 2 : 1;
    },
  );
}
