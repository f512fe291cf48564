/** What `npm pack` makes of this folder, and the same with something taken out. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { cleanEnvironment } from './clean-environment';

const FOLDER = resolve('build', 'install', 'tarballs');

/** As it would be published. */
export const TARBALL = join(FOLDER, 'whole', 'wht-layers.tgz');
/** Without any prebuild. */
export const SOURCE_TARBALL = join(FOLDER, 'source', 'wht-layers.tgz');
/** With prebuilds for other processors alone. */
export const FOREIGN_TARBALL = join(FOLDER, 'foreign', 'wht-layers.tgz');

export const PREBUILD = join('prebuilds', 'linux-x64', 'wht-layers.glibc.node');
export const ARM64_PREBUILD = join('prebuilds', 'linux-arm64', 'wht-layers.glibc.node');

/** Where the whole tarball is unpacked to. */
export const UNPACKED = join(FOLDER, 'unpacked', 'package');

const options = { env: cleanEnvironment(), stdio: ['ignore', 'ignore', 'inherit'] as ('ignore' | 'inherit')[] };

/** Packs this folder into a tarball of that name. */
export function pack(tarball: string): void {
  for (const prebuild of [PREBUILD, ARM64_PREBUILD]) {
    if (!existsSync(prebuild)) throw new Error(`Expected ${prebuild}: run "npm run prebuilds" first`);
  }
  const folder = dirname(tarball);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  execFileSync('npm', ['pack', '--loglevel=error', '--pack-destination', folder], options);
  for (const name of readdirSync(folder)) renameSync(join(folder, name), tarball);
}

/** Unpacks it into an empty folder. */
export function unpack(tarball: string, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1'], options);
}

/** Once for all tests of installing. */
export function packTarballs(): void {
  pack(TARBALL);
  unpack(TARBALL, UNPACKED);
  repack(FOREIGN_TARBALL, 'package/prebuilds/linux-x64');
  repack(SOURCE_TARBALL, 'package/prebuilds');
}

function repack(tarball: string, without: string): void {
  mkdirSync(dirname(tarball), { recursive: true });
  execFileSync('tar', ['-czf', tarball, `--exclude=${without}`, '-C', dirname(UNPACKED), 'package'], options);
}
