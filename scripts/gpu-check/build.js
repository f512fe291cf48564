/** Builds the addon and the CUDA backend for this machine's GPU, and what TypeScript there is. */

const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { chooseCuda } = require('../cuda-compiler');
const { complaint, failed, passed } = require('./outcome');

/** @param backend a library to check instead of one that is built here */
function build(root, environment, backend) {
  const env = backend === undefined ? environment : { ...environment, WHT_CUDA_ARCHITECTURES: 'none' };
  const run = (...args) => complaint(spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' }));
  const native = run(join('scripts', 'build-native.js'), ...(backend === undefined ? ['--cuda'] : []));
  if (native !== undefined) return failed('build', `scripts/build-native.js: ${native}; its own words are above`);

  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  if (!existsSync(compiler)) {
    const carried = ['index.js', join('bench', 'gpu', 'main.js')].every((file) => existsSync(join(root, 'dist', file)));
    if (!carried) return failed('build', 'there is neither typescript nor a dist/ that was built before: run "npm install"');
    return passed('build', `${what(environment, backend)}, with the JavaScript that was there`);
  }
  const typescript = run(compiler, '-b');
  return typescript === undefined
    ? passed('build', what(environment, backend))
    : failed('build', `tsc -b: ${typescript}; its own words are above`);
}

function what(environment, backend) {
  if (backend !== undefined) return `the addon, for ${backend}`;
  const { release, architectures } = chooseCuda(environment);
  return `the addon, and the CUDA backend for ${architectures} with nvcc ${release}`;
}

module.exports = { build };
