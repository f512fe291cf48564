#!/usr/bin/env node
/**
 * Builds build/Release/wht_layers.node from source with CMake. Runs at install and as `npm run build:native`. Downloads nothing.
 *
 *   --tests           also the fault-injecting backend that the tests load
 *   --emulate-avx512  another addon, in build/avx512-emulation, whose AVX-512 kernels run on AVX2
 */

const { spawnSync } = require('node:child_process');
const { mkdirSync } = require('node:fs');
const { cpus, freemem } = require('node:os');
const { join, resolve } = require('node:path');

const root = join(__dirname, '..');
// node-gyp-build finds an addon in build/Release below the package, or below the folder that WHT_LAYERS_PREBUILD names.
const emulated = process.argv.includes('--emulate-avx512');
const build = emulated ? join(root, 'build', 'avx512-emulation', 'build') : join(root, 'build');
const ADVICE =
  'Install them and try again:\n' +
  '  Debian, Ubuntu, JetPack   sudo apt-get install cmake g++ make\n' +
  '  Fedora                    sudo dnf install cmake gcc-c++ make\n' +
  '  Alpine                    apk add cmake g++ make\n' +
  'then run "npm rebuild wht-layers" (in a clone: "npm run build:native"). CUDA is not needed.';

function fail(problem, advice) {
  console.error(`\nwht-layers: the native addon was not built: ${problem}\n${advice}\n`);
  process.exit(1);
}

function run(command, args, problem, advice) {
  const { error, status, signal } = spawnSync(command, args, { cwd: build, stdio: 'inherit' });
  if (error) fail(`${command} could not be run (${error.code ?? error.message}).`, advice);
  if (signal) fail(`${command} was stopped by ${signal}.`, 'The compiler may have run out of memory: close other programs or add swap.');
  if (status !== 0) fail(problem, advice);
}

function includeDirectories() {
  try {
    return [require('node-api-headers').include_dir, require('node-addon-api').include_dir].map((path) => resolve(path));
  } catch (error) {
    return fail(`${error.message.split('\n')[0]}.`, 'Run "npm install" first: it brings node-addon-api and node-api-headers.');
  }
}

const cmake = process.env.CMAKE || 'cmake';
const tests = process.argv.includes('--tests');
// One job on a small machine: a compiler that is killed for memory is the commonest failed build on a Jetson Nano.
const jobs = freemem() < 3 * 2 ** 30 ? 1 : Math.max(1, cpus().length);

mkdirSync(build, { recursive: true });
const versions = spawnSync(cmake, ['--version'], { encoding: 'utf8' });
if (versions.error) fail(`CMake was not found ("${cmake}").`, `It needs CMake 3.10 or newer and a C++17 compiler. ${ADVICE}`);
run(
  cmake,
  [
    '-DCMAKE_BUILD_TYPE=Release',
    `-DNODE_API_INCLUDE_DIRS=${includeDirectories().join(';')}`,
    `-DWHT_BUILD_TESTS=${tests ? 'ON' : 'OFF'}`,
    `-DWHT_EMULATE_AVX512=${emulated ? 'ON' : 'OFF'}`,
    root,
  ],
  'CMake could not configure it; its own words are above.',
  `It needs CMake 3.10 or newer and a C++17 compiler (g++ 7, clang 6 or newer). ${ADVICE}`,
);
run(
  cmake,
  ['--build', '.', '--', `-j${jobs}`],
  'the compiler failed; its own words are above.',
  'It needs a C++17 compiler (g++ 7, clang 6 or newer). If the compiler was killed, the machine ran out of memory: close other programs or ' +
    'add swap, and run "npm rebuild wht-layers" (in a clone: "npm run build:native") again. Otherwise please report it with the lines above.',
);
