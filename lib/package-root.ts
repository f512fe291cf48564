import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The package's folder. This runs as lib/package-root.ts under the tests and as dist/package-root.js from the package: both are one level down. */
export const PACKAGE_ROOT = dirname(__dirname);

/** Whether this runs where the package lies, and not as part of an application's bundle. */
export const IN_PACKAGE = existsSync(join(PACKAGE_ROOT, 'native', 'backend.h'));

/** What builds the package from source here. The sources of this folder are in a clone alone. */
export const BUILD_COMMAND = existsSync(join(PACKAGE_ROOT, 'lib')) ? 'npm run build:native' : 'npx wht-layers build';
