/** What of the package's native half works, found out by a process of its own: a file that does not fit this machine may take its process with it. */

const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const NOTHING = { addon: { tried: [] }, cuda: { tried: [] }, devices: [] };

/** @returns {import('../lib/package-state').PackageState} */
function nativeState() {
  const file = join(__dirname, '..', 'dist', 'package-state.js');
  // In a clone, whose TypeScript has not been compiled yet.
  if (!existsSync(file)) return NOTHING;
  const script = 'process.stdout.write(JSON.stringify(require(process.argv[1]).inspectPackage()))';
  const { status, stdout } = spawnSync(process.execPath, ['-e', script, file], { encoding: 'utf8' });
  return status === 0 ? JSON.parse(stdout) : NOTHING;
}

/** Which devices can be opened, in a sentence for the end of a build. */
function devicesInWords({ devices }) {
  const words = devices.map(({ kind, available, name, reason }) => `${kind} (${available ? name : `not usable: ${reason}`})`);
  return words.length === 0 ? 'no device can be opened' : `devices: ${words.join(', ')}`;
}

module.exports = { devicesInWords, nativeState };
