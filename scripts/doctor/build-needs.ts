/** What a build from source takes, and what of it a machine lacks. */
import type { BuildTools } from '../../bench/probes/build-tools';

export type BuildTool = 'CMake' | 'C++ compiler' | 'make';

export function missingTools({ compiler, cmake, make, ninja }: BuildTools): BuildTool[] {
  return [
    ...(cmake === undefined ? (['CMake'] as const) : []),
    ...(compiler === undefined ? (['C++ compiler'] as const) : []),
    ...(make === undefined && ninja === undefined ? (['make'] as const) : []),
  ];
}

export function isOldCMake({ cmake }: BuildTools): boolean {
  return isOlder(cmake?.version, 3, 10);
}

/** Whether it knows no C++17. */
export function isOldCompiler({ compiler }: BuildTools): boolean {
  return compiler?.kind !== undefined && isOlder(compiler.version, compiler.kind === 'clang' ? 6 : 7, 0);
}

export function isOlder(version: string | undefined, leastMajor: number, leastMinor: number): boolean {
  if (version === undefined) return false;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}
