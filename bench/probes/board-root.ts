/** Where the probes read: this machine, or the tree of files that was recorded of another. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, delimiter, isAbsolute, join, resolve } from 'node:path';
import { toolFile } from './tool-file';

export { recordBoard } from './record-board';

export type ToolResult = { ok: true; stdout: string } | { ok: false; reason: string };

/** Nothing here throws. Paths are absolute, as on the board. */
export interface BoardRoot {
  /** The recorded tree's folder; absent for this machine. */
  readonly recorded?: string;
  /** A file's text; undefined where it is missing or can't be read. */
  read(path: string): string | undefined;
  /** The names in a folder, sorted; none where it is missing. */
  list(path: string): string[];
  /**
   * What a tool prints, or why it does not; asked once for each of its arguments.
   *
   * @param command looked for on PATH, or an absolute path
   */
  tool(command: string, args: readonly string[]): ToolResult;
  /** The tool's file, or in a recorded tree what it printed; undefined where the board has no such tool. */
  find(command: string): string | undefined;
}

/**
 * This machine, or the tree that WHT_BOARD_ROOT names.
 *
 * A recorded tree holds files at the board's own paths, without links, and the output of tools in its folder `tools`: see tool-file.ts.
 */
export function boardRoot(environment: Readonly<Record<string, string | undefined>> = process.env): BoardRoot {
  const folder = environment.WHT_BOARD_ROOT;
  if (folder === undefined || folder === '') return thisMachine(environment);
  if (!isFolder(folder)) throw new Error(`Expected WHT_BOARD_ROOT to name a folder, got "${folder}"`);
  return recordedBoard(resolve(folder));
}

const NOT_FOUND: ToolResult = { ok: false, reason: 'not found' };

function recordedBoard(recorded: string): BoardRoot {
  const tools = join(recorded, 'tools');
  return {
    recorded,
    read: (path) => readText(join(recorded, path)),
    list: (path) => names(join(recorded, path)),
    tool(command, args) {
      const stdout = readText(join(tools, toolFile(command, args)));
      if (stdout !== undefined) return { ok: true, stdout };
      const complaint = readText(join(tools, toolFile(command, args, true)));
      return complaint === undefined ? NOT_FOUND : { ok: false, reason: firstLine(complaint) ?? 'failed without a word' };
    },
    find(command) {
      const start = toolFile(command, []).replace(/\.txt$/, '');
      const name = names(tools).find((each) => each.startsWith(`${start}.`) || each.startsWith(`${start}_`));
      return name === undefined ? undefined : join(tools, name);
    },
  };
}

/** A Nano takes about a second for jetson_clocks, more under load. */
const TOOL_MS = 10_000;

function thisMachine(environment: Readonly<Record<string, string | undefined>>): BoardRoot {
  // Where JetPack has them: neither a login without root nor sudo need have all of these on PATH.
  const folders = [...(environment.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/bin', '/sbin', '/bin'].filter(
    (folder) => folder !== '',
  );
  const find = (command: string) => (isAbsolute(command) ? [command] : folders.map((folder) => join(folder, command))).find(isExecutable);
  const ask = (command: string, args: readonly string[]): ToolResult => {
    const file = find(command);
    if (file === undefined) return NOT_FOUND;
    const { error, status, signal, stdout, stderr } = spawnSync(file, args, {
      encoding: 'utf8',
      // Tools of JetPack are scripts that call others, and numbers are read of what they print.
      env: { ...environment, PATH: folders.join(delimiter), LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...{ timeout: TOOL_MS, killSignal: 'SIGKILL' },
    });
    if (error === undefined && status === 0) return { ok: true, stdout };
    if (error !== undefined && 'code' in error && error.code === 'ETIMEDOUT')
      return { ok: false, reason: `no answer in ${TOOL_MS / 1000} s` };
    const ended = signal === null ? `exit code ${status}` : `ended by ${signal}`;
    return { ok: false, reason: firstLine(stderr ?? '') ?? firstLine(stdout ?? '') ?? error?.message ?? `${basename(file)}: ${ended}` };
  };
  // Several probes want the same answer, and a tool takes a second.
  const answers = new Map<string, ToolResult>();
  return {
    read: readText,
    list: names,
    find,
    tool(command, args) {
      const key = [command, ...args].join(' ');
      const answer = answers.get(key) ?? ask(command, args);
      answers.set(key, answer);
      return answer;
    },
  };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Also what sensors say that are off (EAGAIN), and what root alone may read.
    return undefined;
  }
}

function names(path: string): string[] {
  try {
    return readdirSync(path).sort();
  } catch {
    return [];
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function firstLine(text: string): string | undefined {
  return text
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '')
    ?.slice(0, 200);
}
