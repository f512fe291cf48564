/** Packages that the benchmarks use where users have added them; none is a dependency. */

/** Beside wht-layers, or in the project whose folder the user is in: npx and global installs keep wht-layers elsewhere. */
function places(): string[] {
  return [__dirname, process.cwd()];
}

export function isInstalled(name: string): boolean {
  try {
    require.resolve(`${name}/package.json`, { paths: places() });
    return true;
  } catch {
    return false;
  }
}

/** @param path a package's name, or a file in it */
export function requireOptional<T>(path: string): T {
  return require(require.resolve(path, { paths: places() }));
}
