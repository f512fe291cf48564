/** What generate.py wrote: images as files, and what Pillow and torchvision make of them. */
import { readFileSync } from 'node:fs';

export interface ImageCase {
  name: string;
  /** A JPEG or PNG file. */
  file: Buffer;
  width: number;
  height: number;
  /** What it should be decoded to. */
  rgb: Buffer;
  /** By how much a value may differ. */
  tolerance: number;
}

export interface SquareCase {
  name: string;
  png: Buffer;
  shorterSide: number;
  size: number;
  /** RGB of the square out of the middle of the resized image. */
  square: Buffer;
}

export const images = read<ImageCase>('images.json', ['file', 'rgb']);
export const squares = read<SquareCase>('squares.json', ['png', 'square']);

export function imageCase(name: string): ImageCase {
  const found = images.find((image) => image.name === name);
  if (found === undefined) throw new RangeError(name);
  return found;
}

function read<Case>(file: string, inBase64: readonly (keyof Case & string)[]): Case[] {
  const cases = JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as Record<string, unknown>[];
  return cases.map((given) => {
    const bytes = inBase64.map((name) => [name, Buffer.from(given[name] as string, 'base64')]);
    return { ...given, ...Object.fromEntries(bytes) } as Case;
  });
}
