import { dirname } from 'node:path';

/** The folder of the package, whether this runs from dist or not. */
export function packageRoot(): string {
  return dirname(require.resolve('wht-layers/package.json'));
}
