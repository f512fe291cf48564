import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readBoard } from './board';
import type { BoardRoot } from './board-root';
import { readClocks } from './clocks';
import { limitations } from './limitations';
import { readMachine } from './machine';
import { readPowerMode } from './power-mode';
import { readProcessMemory } from './process-memory';
import { takeSnapshot } from './snapshot';
import { toolFile } from './tool-file';

const LINES = 5;
const LINE_MS = 200;

/** Files that are asked for by name alone: devices, markers of containers, libraries, compilers. They are recorded without what is in them. */
const TELLING: readonly RegExp[] = [
  /^\/dev\/(nvidia\d+|nvgpu|nvhost-gpu|nvhost-ctrl-gpu|dxg)$/,
  /^\/(\.dockerenv|run\/\.containerenv|run\/secrets\/kubernetes\.io)$/,
  /^\/lib\/ld-musl-\w+\.so\.1$/,
  /\/(libcuda|libcudnn)\.so(\.\d+)*$/,
  /\/bin\/nvcc$/,
];
/** Of what says more than the kind of machine, the lines that are kept: by a file's path, or by a tool's command line. */
const KEPT: readonly [RegExp, RegExp][] = [
  // The mappings of a process name files in its owner's home.
  [/^\/proc\/self\//, /^(Vm\w+|Pss):/],
  // Some boards have a serial number there.
  [/^\/proc\/cpuinfo$/, /^(processor|model name|flags|CPU implementer|CPU part)\s*:/],
  [/^ldconfig -p$/, /lib(cuda|cudart|cudnn)\b/],
  // It lists who computes what.
  [/^\S*nvidia-smi$/, /Driver Version|CUDA (\w+ )?Version/],
];
/** A machine has dozens of slots, of which those of other vendors tell nothing. */
const OTHER_VENDOR = /^\/sys\/bus\/pci\/devices\/[^/]+\/vendor$/;

/**
 * Writes all that the probes read of a board into a folder, as a tree that WHT_BOARD_ROOT can name: so can the owner of a board that nobody here has
 * send it. Nothing is kept that identifies a person or the very device; of this process only sizes of memory are.
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
      if (text !== undefined && !(OTHER_VENDOR.test(path) && text.trim() !== '0x10de')) write(path.slice(1), kept(path, text));
      return text;
    },
    list(path) {
      const names = root.list(path);
      for (const file of names.map((name) => join(path, name))) {
        if (TELLING.some((pattern) => pattern.test(file))) write(file.slice(1), 'present\n');
      }
      return names;
    },
    tool(command, args) {
      const answer = root.tool(command, args);
      const name = join('tools', toolFile(command, args, !answer.ok));
      // One that is not there has no file.
      if (root.find(command) !== undefined)
        write(name, answer.ok ? kept([command, ...args].join(' '), answer.stdout) : `${answer.reason}\n`);
      return answer;
    },
  };
  readBoard(recording);
  readPowerMode(recording);
  readClocks(recording);
  takeSnapshot(recording);
  limitations(recording);
  readProcessMemory(recording);
  readMachine(recording);
  if (root.recorded === undefined) write(join('tools', toolFile('node', ['--version'])), `${process.version}\n`);
  else recording.tool('node', ['--version']);
  const lines = tegrastatsLines(root);
  if (lines.length > 0) write(join('tools', toolFile('tegrastats', [])), `${lines.join('\n')}\n`);
  return [...written].sort();
}

/** @param source a file's path, or a tool's command line */
function kept(source: string, text: string): string {
  const lines = KEPT.find(([pattern]) => pattern.test(source))?.[1];
  if (lines === undefined) return text;
  return text.replace(/^.*\n?/gm, (line) => (lines.test(line) ? line : ''));
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
