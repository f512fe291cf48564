/** Names and shapes out of files, for error messages: bounded, and nothing in them that a terminal would act on. */

const MAX_KEY = 100;
const MAX_DIMENSIONS = 8;

/** A key as it stands where it is plain, else quoted and escaped. */
export function keyInWords(key: string): string {
  if (key.length <= MAX_KEY && /^[\w.\-/]+$/.test(key)) return key;
  return quoted(key.length > MAX_KEY ? `${key.slice(0, MAX_KEY)}…` : key);
}

/** As a JSON string, with all but ASCII escaped. */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(/[^ -~…]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** "16x16x3x3"; "a scalar" for no dimensions. */
export function shapeInWords(shape: readonly number[]): string {
  if (shape.length === 0) return 'a scalar';
  return shape.length > MAX_DIMENSIONS ? `${shape.slice(0, MAX_DIMENSIONS).join('x')}x… (${shape.length} dimensions)` : shape.join('x');
}
