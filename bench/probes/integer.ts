import type { BoardRoot } from './board-root';

/** The whole number that a text is; undefined where it is anything else, or has more digits than any figure of a board. */
export function parseInteger(text: string | undefined): number | undefined {
  const trimmed = text?.trim();
  return trimmed !== undefined && /^-?\d{1,15}$/.test(trimmed) ? Number(trimmed) : undefined;
}

export function readInteger(root: BoardRoot, path: string): number | undefined {
  return parseInteger(root.read(path));
}
