/** The package as `npm pack` makes it, in a user's project below this folder, from where it finds the packages that it depends on. */
import { resolve } from 'node:path';
import { pack, unpack } from '../install/tarball';

export const PROJECT = resolve('build', 'aarch64', 'project');

export const PACKAGE_FOLDER = resolve(PROJECT, 'node_modules', 'wht-layers');

/** Once for all tests. */
export function installPackage(): void {
  const tarball = resolve('build', 'aarch64', 'tarball', 'wht-layers.tgz');
  pack(tarball);
  unpack(tarball, PACKAGE_FOLDER);
}
