/** What of the package's native half works, found out by a process of its own: a file that does not fit this machine may take its process with it. */

const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const DIST = join(__dirname, '..', 'dist');
const NOTHING = { addon: { tried: [] }, cuda: { tried: [] }, devices: [] };

/** @returns {import('../lib/package-state').PackageState} */
function nativeState() {
  const file = join(DIST, 'package-state.js');
  // In a clone, whose TypeScript has not been compiled yet.
  if (!existsSync(file)) return NOTHING;
  const { childEnvironment } = require(join(DIST, 'child-environment.js'));
  const script = "require('node:fs').writeSync(3, JSON.stringify(require(process.argv[1]).inspectPackage()))";
  // The answer comes through a pipe of its own: drivers print.
  const { output } = spawnSync(process.execPath, ['-e', script, file], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    env: childEnvironment(),
  });
  try {
    return JSON.parse(output[3]);
  } catch {
    return NOTHING;
  }
}

/**
 * Which devices can be opened, in a sentence for the end of a build.
 *
 * @param {boolean} cuda whether to say why CUDA can't be, where it can't
 */
function devicesInWords({ devices }, cuda) {
  const words = devices
    .filter(({ kind, available }) => available || (cuda && kind === 'cuda'))
    .map(({ kind, available, name, reason }) => (available ? `${kind} (${name})` : `not ${kind}: ${reason}`));
  return words.length === 0 ? 'no device can be opened: "npx wht-layers doctor" says why' : `devices: ${words.join('; ')}`;
}

module.exports = { devicesInWords, nativeState };
