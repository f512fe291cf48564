/** Checks of values whose types nothing has checked yet. Each throws a FormError that says where it found what in the place of what. */

/** Returns the value, or throws. @param path the value's place, e.g. "comparisons[3].subject" */
export type Check<T> = (value: unknown, path: string) => T;

export class FormError extends Error {}

const LONGEST = 40;

function refuse(path: string, what: string, value: unknown): never {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  throw new FormError(`Expected ${path} to be ${what}, got ${text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text}`);
}

export const text: Check<string> = (value, path) => (typeof value === 'string' ? value : refuse(path, 'a string', value));
export const flag: Check<boolean> = (value, path) => (typeof value === 'boolean' ? value : refuse(path, 'true or false', value));
export const number: Check<number> = (value, path) => (typeof value === 'number' ? value : refuse(path, 'a number', value));
/** Of what can't be 0 where it was measured. */
export const positive: Check<number> = (value, path) =>
  typeof value === 'number' && value > 0 ? value : refuse(path, 'a number above 0', value);

export const optional =
  <T>(check: Check<T>): Check<T | undefined> =>
  (value, path) =>
    value === undefined ? undefined : check(value, path);

export const oneOf =
  <T extends string | number | boolean>(...known: readonly T[]): Check<T> =>
  (value, path) =>
    known.find((each) => each === value) ?? refuse(path, `one of ${known.map((each) => JSON.stringify(each)).join(', ')}`, value);

export const list =
  <T>(check: Check<T>): Check<T[]> =>
  (value, path) =>
    Array.isArray(value) ? value.map((item, at) => check(item, `${path}[${at}]`)) : refuse(path, 'a list', value);

/** So many numbers. */
export const numbers =
  <T extends readonly number[]>(count: T['length']): Check<T> =>
  (value, path) =>
    Array.isArray(value) && value.length === count && value.every((item) => typeof item === 'number')
      ? (value as readonly number[] as T)
      : refuse(path, `${count} numbers`, value);

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Of the fields of T, those that are named; nothing but these may be relied on. */
export const object =
  <T extends object>(fields: { readonly [K in keyof T]?: Check<T[K]> }): Check<T> =>
  (value, path) => {
    if (!isObject(value)) return refuse(path, 'an object', value);
    for (const name of Object.keys(fields) as (keyof T & string)[]) fields[name]?.(value[name], path === '' ? name : `${path}.${name}`);
    return value as T;
  };

export const record =
  <T>(check: Check<T>): Check<Record<string, T>> =>
  (value, path) => {
    if (!isObject(value)) return refuse(path, 'an object', value);
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, check(item, `${path}.${name}`)]));
  };

/** The second check where an object has the field, the first where not. */
export const unlessField =
  <T, U>(check: Check<T>, field: string, other: Check<U>): Check<T | U> =>
  (value, path) =>
    isObject(value) && field in value ? other(value, path) : check(value, path);
