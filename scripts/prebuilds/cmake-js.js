#!/usr/bin/env node
/**
 * Stands where prebuildify runs node-gyp: builds with cmake-js, in build/ of the folder it is run in. Of node-gyp's arguments only --arch means
 * anything here: with Node-API there are no headers of one Node.js version, and nothing is downloaded.
 */

const { spawnSync } = require('node:child_process');
const { join, resolve } = require('node:path');
const { parallelJobs } = require('../source-build.js');

const root = resolve(__dirname, '..', '..');
const arch = process.argv.map((argument) => /^--arch=(.+)$/.exec(argument)?.[1]).find(Boolean);
const { WHT_PREBUILD_CUDA_COMPILER: compiler, WHT_PREBUILD_CUDA_ARCHITECTURES: architectures } = process.env;

function cmakeJs(command, ...options) {
  const where = ['--directory', root, '--out', resolve('build'), '--parallel', String(parallelJobs())];
  const { status, error } = spawnSync(process.execPath, [require.resolve('cmake-js/bin/cmake-js'), command, ...where, ...options], {
    stdio: 'inherit',
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

cmakeJs(
  'rebuild',
  '--arch',
  arch,
  `--CDCMAKE_TOOLCHAIN_FILE=${join(__dirname, `${arch}.cmake`)}`,
  '--CDWHT_PREBUILD=ON',
  ...(compiler ? [`--CDWHT_CUDA_COMPILER=${compiler}`, `--CDWHT_CUDA_ARCHITECTURES=${architectures}`] : []),
);
if (compiler) cmakeJs('build', '--target', 'wht_cuda');
