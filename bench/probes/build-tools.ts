/** What a machine has to build the package from source. */
import type { BoardRoot } from './board-root';
import { present } from './present';

export interface Tool {
  /** As it is called, e.g. "g++". */
  command: string;
  version?: string;
}

export interface BuildTools {
  /** The C++ compiler that CMake would take. */
  compiler?: Tool & { kind?: 'gcc' | 'clang' };
  cmake?: Tool;
  make?: Tool;
  ninja?: Tool;
}

/** @param environment of this machine: CXX and CMAKE name other tools */
export function readBuildTools(root: BoardRoot, environment: Readonly<Record<string, string | undefined>> = {}): BuildTools {
  return present<BuildTools>({
    compiler: readCompiler(root, environment.CXX),
    cmake: ask(root, environment.CMAKE || 'cmake', /^cmake version (\d+\.\d+(?:\.\d+)?)/m),
    make: ask(root, 'make', /^GNU Make (\d+\.\d+(?:\.\d+)?)/m),
    ninja: ask(root, 'ninja', /^(\d+\.\d+(?:\.\d+)?)/m),
  });
}

function readCompiler(root: BoardRoot, named: string | undefined): BuildTools['compiler'] {
  // It may be called through another program: "ccache g++".
  const words = named?.trim().split(/\s+/).filter(Boolean) ?? [];
  for (const [command = '', ...args] of words.length > 0 ? [words] : [['c++'], ['g++'], ['clang++']]) {
    const answer = root.tool(command, [...args, '--version']);
    if (answer.ok) return { command: [command, ...args].join(' '), ...parseCompiler(answer.stdout) };
  }
  return undefined;
}

/** What a C++ compiler says with --version. */
export function parseCompiler(text: string): { kind?: 'gcc' | 'clang'; version?: string } {
  const clang = /\bclang version (\d+\.\d+(?:\.\d+)?)/.exec(text)?.[1];
  if (clang !== undefined) return { kind: 'clang', version: clang };
  // After its vendor in brackets, and before a date.
  const gcc = /^\S*(?:\+\+|cc)\S* \([^\n]{0,200}?\) (\d+\.\d+(?:\.\d+)?)/.exec(text)?.[1];
  return gcc === undefined ? {} : { kind: 'gcc', version: gcc };
}

function ask(root: BoardRoot, command: string, pattern: RegExp): Tool | undefined {
  const answer = root.tool(command, ['--version']);
  return answer.ok ? present<Tool>({ command, version: pattern.exec(answer.stdout)?.[1] }) : undefined;
}
