/** Builds the prebuild of one target, in a folder of its own. */

const { spawnSync } = require('node:child_process');
const { join } = require('node:path');
const { promisify } = require('node:util');
const { name } = require('../../package.json');

/** What a target is built with and is not on PATH. */
function missingTools({ triple }) {
  const tools = ['cmake', `${triple}-g++`, `${triple}-strip`, 'readelf'];
  return tools.filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
}

/**
 * Leaves prebuilds/ in the folder, with the target's files.
 *
 * @param {{ compiler: string, architectures: string }} [cuda] also a CUDA library, with this compiler
 */
async function buildTarget(folder, { arch, triple }, cuda) {
  process.env.WHT_PREBUILD_CUDA_COMPILER = cuda?.compiler ?? '';
  process.env.WHT_PREBUILD_CUDA_ARCHITECTURES = cuda?.architectures ?? '';
  await promisify(require('prebuildify'))({
    arch,
    platform: 'linux',
    targets: ['16.20.2'],
    napi: true,
    tagLibc: 'glibc',
    strip: true,
    stripBin: `${triple}-strip`,
    name,
    // The build is below this folder, not in the repository's build/, which is the developer's.
    cwd: folder,
    cache: join(folder, 'node-gyp'),
    nodeGyp: join(__dirname, 'cmake-js.js'),
  });
}

module.exports = { buildTarget, missingTools };
