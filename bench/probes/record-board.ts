import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readBoard } from './board';
import type { BoardRoot } from './board-root';
import { readClocks } from './clocks';
import { limitations } from './limitations';
import { readPowerMode } from './power-mode';
import { readProcessMemory } from './process-memory';
import { takeSnapshot } from './snapshot';
import { toolFile } from './tool-file';

const LINES = 5;
const LINE_MS = 200;

/**
 * Writes all that the probes read of a board into a folder, as a tree that WHT_BOARD_ROOT can name: so can the owner of a board that nobody here has
 * send it. No probe reads what identifies a person or the very device; of this process only sizes of memory are kept.
 *
 * @param folder is made; must be empty where it exists
 * @returns the paths of the files in it
 */
export function recordBoard(root: BoardRoot, folder: string): string[] {
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).length > 0) throw new Error(`Expected an empty folder to record the board in, got "${folder}"`);
  const written = new Set<string>();
  const write = (path: string, text: string) => {
    if (written.has(path)) return;
    written.add(path);
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  const recording: BoardRoot = {
    ...root,
    read(path) {
      const text = root.read(path);
      if (text !== undefined) write(path.slice(1), path.startsWith('/proc/self/') ? sizesAlone(text) : text);
      return text;
    },
    tool(command, args) {
      const answer = root.tool(command, args);
      // One that is not there has no file.
      if (root.find(command) !== undefined)
        write(join('tools', toolFile(command, args, !answer.ok)), answer.ok ? answer.stdout : `${answer.reason}\n`);
      return answer;
    },
  };
  readBoard(recording);
  readPowerMode(recording);
  readClocks(recording);
  takeSnapshot(recording);
  limitations(recording);
  readProcessMemory(recording);
  const lines = tegrastatsLines(root);
  if (lines.length > 0) write(join('tools', toolFile('tegrastats', [])), `${lines.join('\n')}\n`);
  return [...written].sort();
}

/** The mappings of a process name files in its owner's home. */
function sizesAlone(text: string): string {
  return text.replace(/^(?!Vm\w+:|Pss:).*\n?/gm, '');
}

function tegrastatsLines(root: BoardRoot): string[] {
  const file = root.find('tegrastats');
  if (file === undefined) return [];
  if (root.recorded !== undefined) {
    const answer = root.tool('tegrastats', []);
    return answer.ok ? linesOf(answer.stdout) : [];
  }
  // It never ends by itself.
  const { stdout } = spawnSync(file, ['--interval', String(LINE_MS)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    ...{ timeout: 2 * LINES * LINE_MS, killSignal: 'SIGKILL' },
  });
  // The last may have been cut off.
  return linesOf((stdout ?? '').replace(/[^\n]*$/, '')).slice(0, LINES);
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
