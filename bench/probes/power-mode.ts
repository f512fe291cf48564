import type { BoardRoot } from './board-root';
import { parseInteger } from './integer';
import { present } from './present';
import type { PowerMode } from './schema';

/** Undefined where the board has none, or where nobody may know. */
export function readPowerMode(root: BoardRoot): PowerMode | undefined {
  const answer = root.find('nvpmodel') === undefined ? undefined : root.tool('nvpmodel', ['-q']);
  const mode = answer?.ok ? parsePowerMode(answer.stdout) : undefined;
  if (mode !== undefined) return mode;
  // What nvpmodel itself wrote down: the number alone.
  const id = parseInteger(/^pmode:(\d{1,4})\b/m.exec(root.read('/var/lib/nvpmodel/status') ?? '')?.[1]);
  return id === undefined ? undefined : { id };
}

/** What `nvpmodel -q` prints: maybe warnings, the mode's name, and its number on a line of its own. */
export function parsePowerMode(text: string): PowerMode | undefined {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const named = lines.findIndex((line) => MODE.test(line));
  const name = MODE.exec(lines[named] ?? '')?.[1];
  const id = lines.slice(named + 1).find((line) => /^\d{1,4}$/.test(line));
  return name === undefined && id === undefined ? undefined : present<PowerMode>({ name, id: parseInteger(id) });
}

const MODE = /NV Power Mode\s*:\s*(\S.*)$/;
