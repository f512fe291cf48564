import { join } from 'node:path';
import { type BoardRoot, boardRoot } from '../../../bench/probes/board-root';

export const TREES = ['jetson-nano', 'xavier-nx', 'orin-nano', 'plain-pc'] as const;
export type Tree = (typeof TREES)[number];

export function tree(name: Tree): BoardRoot {
  return boardRoot({ WHT_BOARD_ROOT: join(__dirname, 'boards', name) });
}

/** Some of a board's files, in memory. */
export function board(files: Readonly<Record<string, string>>, tools: Readonly<Record<string, string>> = {}): BoardRoot {
  const paths = Object.keys(files);
  return {
    recorded: 'memory',
    read: (path) => files[path],
    list: (folder) =>
      [
        ...new Set(paths.filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1).replace(/\/.*/, ''))),
      ].sort(),
    find: (command) => (Object.keys(tools).some((call) => call.split(' ')[0] === command) ? command : undefined),
    tool(command, args) {
      const stdout = tools[[command, ...args].join(' ')];
      return stdout === undefined ? { ok: false, reason: 'not found' } : { ok: true, stdout };
    },
  };
}
