import { types } from 'node:util';
import { WhtError, type WhtErrorCode } from './errors';

/** How many elements one tensor may hold: element offsets are 32-bit in the kernels. */
export const MAX_ELEMENTS = 2 ** 31 - 1;

/** How many points one Walsh-Hadamard block may hold (256x256, or 65536 channels). */
export const MAX_BLOCK_POINTS = 65536;

const trueLength = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Float32Array.prototype), 'length')?.get as () => unknown;

/** Describes a value in an error message: short, and never a dump of its content. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'symbol') return 'a symbol';
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) {
    const items = value.slice(0, 8).map((item) => (typeof item === 'object' && item !== null ? 'an object' : show(item)));
    return `[${items.join(', ')}${value.length > 8 ? ', …' : ''}]`;
  }
  if (ArrayBuffer.isView(value) && 'length' in value) return `${value.constructor.name} of ${value.length}`;
  const name = value.constructor?.name;
  return name === undefined || name === 'Object' ? 'an object' : `a ${name}`;
}

/** The one form that every message about bad input has. */
export function expected(what: string, got: string, code: WhtErrorCode = 'ERR_WHT_OPTION'): WhtError {
  return new WhtError(code, `Expected ${what}, got ${got}`);
}

/** An integer in [min, max]. */
export function integer(name: string, value: unknown, min: number, max: number = MAX_ELEMENTS): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw expected(`${name} to be an integer from ${min} to ${max}`, show(value));
  }
  return value;
}

/** A power of two in [1, max]. */
export function powerOfTwo(name: string, value: unknown, max: number): number {
  if (typeof value !== 'number' || !isPowerOfTwo(value) || value > max) {
    throw expected(`${name} to be a power of two from 1 to ${max}`, show(value));
  }
  return value;
}

export function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && Math.log2(value) % 1 === 0;
}

/** The smallest power of two that is not below `value` (which is at least 1). */
export function nextPowerOfTwo(value: number): number {
  return 2 ** Math.ceil(Math.log2(value));
}

/** One of a fixed set of names. */
export function oneOf<T extends string>(name: string, value: unknown, choices: readonly T[]): T {
  if (!choices.includes(value as T)) {
    throw expected(`${name} to be one of ${choices.map((choice) => `'${choice}'`).join(', ')}`, show(value));
  }
  return value as T;
}

/** A boolean. */
export function boolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw expected(`${name} to be true or false`, show(value));
  return value;
}

/**
 * An options object that holds only known names, so that a misspelt option is an error and not a silent default.
 * `undefined` stands for no options.
 */
export function options<T extends object>(owner: string, value: T | undefined, known: readonly (keyof T & string)[]): T {
  if (value === undefined) return {} as T;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw expected(`the options of ${owner} to be an object`, show(value));
  }
  for (const name of Object.keys(value)) {
    if (!(known as readonly string[]).includes(name)) {
      // As of forward(x, out) for forward(x, { out }): what was meant is told by what it is, not by the names in it.
      const what = show(value);
      if (what !== 'an object') throw expected(`the options of ${owner} to be an object with ${known.join(', ')}`, what);
      throw expected(`the options of ${owner} to be among ${known.join(', ')}`, show(name));
    }
  }
  return value;
}

/** A Float32Array of exactly `length` values; `reason` says where the length comes from, e.g. "8x8". */
export function float32Array(name: string, value: unknown, length: number, reason: string): Float32Array {
  // Not instanceof: an array of another realm (a vm context, Jest) is as good, and a look-alike is not.
  if (!types.isFloat32Array(value)) throw expected(`${name} to be a Float32Array`, show(value));
  // The array's own length, which a subclass can't overstate: native code reads so far.
  const actual = trueLength.call(value) as number;
  if (actual !== length) throw expected(`${name} to hold ${length} values (${reason})`, String(actual));
  return value;
}

/** As `float32Array`, and every value finite: a NaN among parameters would turn every output into NaN. */
export function finiteFloat32Array(name: string, value: unknown, length: number, reason: string): Float32Array {
  const array = float32Array(name, value, length, reason);
  const at = array.findIndex((item) => !Number.isFinite(item));
  if (at >= 0) throw expected(`${name} to hold finite values`, `${array[at]} at index ${at}`);
  return array;
}

/** A tensor's shape: 1 to 8 dimensions of non-negative integers. Returns a frozen copy. */
export function shape(name: string, value: unknown): readonly number[] {
  if (!Array.isArray(value) || value.length < 1 || value.length > 8) {
    throw expected(`${name} to be an array of 1 to 8 dimensions`, show(value), 'ERR_WHT_SHAPE');
  }
  for (let at = 0; at < value.length; at++) {
    if (!Number.isInteger(value[at]) || value[at] < 0) {
      throw expected(`${name} to hold non-negative integers`, show(value), 'ERR_WHT_SHAPE');
    }
  }
  if (elements(value) > MAX_ELEMENTS) {
    throw expected(`${name} to have at most ${MAX_ELEMENTS} elements`, `${show(value)} with ${elements(value)}`, 'ERR_WHT_SHAPE');
  }
  return Object.freeze(value.slice());
}

export function elements(dimensions: readonly number[]): number {
  // A zero dimension makes the tensor empty even where the others would overflow.
  return dimensions.includes(0) ? 0 : dimensions.reduce((product, dimension) => product * dimension, 1);
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dimension, at) => dimension === b[at]);
}

/** A positive finite number. */
export function positive(name: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) throw expected(`${name} to be a positive number`, show(value));
  return value;
}

/** One of a fixed set of names, or a default. */
export function choice<T extends string>(name: string, value: unknown, choices: readonly T[], byDefault: T): T {
  return value === undefined ? byDefault : oneOf(name, value, choices);
}
