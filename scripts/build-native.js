#!/usr/bin/env node
/**
 * Builds build/Release/wht_layers.node from source with CMake, and libwht_cuda.so beside it where NVIDIA's compiler is found. Runs at install and as
 * `npm run build:native`. Downloads nothing.
 *
 *   --cuda            fails where the CUDA backend can't be built, which otherwise is said and left at that
 *   --tests           also the backends that the tests load: the emulated one, and one with faults
 *   --sanitize KIND   only the emulated backend, in build/KIND, for test:sanitize: address or thread
 *   --emulate-avx512  another addon, in build/avx512-emulation, whose AVX-512 kernels run on AVX2
 *
 * WHT_CUDA_ARCHITECTURES (e.g. 53 or 75,90) says which GPUs to generate code for instead of this machine's; "none" leaves CUDA out.
 */

const { spawnSync } = require('node:child_process');
const { existsSync, mkdirSync, rmSync } = require('node:fs');
const { cpus, freemem } = require('node:os');
const { join, resolve } = require('node:path');
const { chooseCuda } = require('./cuda-compiler');

const root = join(__dirname, '..');
// node-gyp-build finds an addon in build/Release below the package, or below the folder that WHT_LAYERS_PREBUILD names.
const emulated = process.argv.includes('--emulate-avx512');
const sanitizer = process.argv.includes('--sanitize') ? process.argv[process.argv.indexOf('--sanitize') + 1] : undefined;
const build = emulated
  ? join(root, 'build', 'avx512-emulation', 'build')
  : sanitizer
    ? join(root, 'build', sanitizer)
    : join(root, 'build');
const ADVICE =
  'Install them and try again:\n' +
  '  Debian, Ubuntu, JetPack   sudo apt-get install cmake g++ make\n' +
  '  Fedora                    sudo dnf install cmake gcc-c++ make\n' +
  '  Alpine                    apk add cmake g++ make\n' +
  'then run "npm rebuild wht-layers" (in a clone: "npm run build:native").';

function fail(problem, advice) {
  console.error(`\nwht-layers: the native addon was not built: ${problem}\n${advice}\n`);
  process.exit(1);
}

/** What went wrong, and what to do about it; undefined where the command succeeded. */
function attempt(command, args, problem, advice) {
  const { error, status, signal } = spawnSync(command, args, { cwd: build, stdio: 'inherit' });
  if (error) return [`${command} could not be run (${error.code ?? error.message}).`, advice];
  if (signal) return [`${command} was stopped by ${signal}.`, 'The compiler may have run out of memory: close other programs or add swap.'];
  return status === 0 ? undefined : [problem, advice];
}

function run(command, args, problem, advice) {
  const failure = attempt(command, args, problem, advice);
  if (failure) fail(...failure);
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

if (sanitizer !== undefined && !['address', 'thread'].includes(sanitizer)) {
  fail(`Expected --sanitize to be address or thread, got ${sanitizer}.`, '');
}
mkdirSync(build, { recursive: true });
const versions = spawnSync(cmake, ['--version'], { encoding: 'utf8' });
if (versions.error) fail(`CMake was not found ("${cmake}").`, `It needs CMake 3.10 or newer and a C++17 compiler. ${ADVICE}`);
const cudaLeftOut = emulated || sanitizer !== undefined || process.env.WHT_CUDA_ARCHITECTURES === 'none';
const cuda = cudaLeftOut ? { reason: 'it was left out' } : chooseCuda();
if (cuda.misnamed) fail(`${cuda.reason}.`, 'Correct the variable, or leave it out.');
// make is CMake's own choice; a machine may have Ninja alone.
const found = (program) => spawnSync(program, ['--version']).error === undefined;
const generator = !existsSync(join(build, 'CMakeCache.txt')) && !found('make') && found('ninja') ? ['-G', 'Ninja'] : [];
run(
  cmake,
  [
    ...generator,
    '-DCMAKE_BUILD_TYPE=Release',
    `-DNODE_API_INCLUDE_DIRS=${includeDirectories().join(';')}`,
    `-DWHT_BUILD_TESTS=${tests || sanitizer ? 'ON' : 'OFF'}`,
    `-DWHT_SANITIZE=${sanitizer ?? ''}`,
    `-DWHT_EMULATE_AVX512=${emulated ? 'ON' : 'OFF'}`,
    `-DWHT_CUDA_COMPILER=${cuda.compiler ?? ''}`,
    `-DWHT_CUDA_ARCHITECTURES=${cuda.architectures ?? ''}`,
    root,
  ],
  'CMake could not configure it; its own words are above.',
  `It needs CMake 3.10 or newer and a C++17 compiler (g++ 7, clang 6 or newer). ${ADVICE}`,
);
run(
  cmake,
  ['--build', '.', '--', `-j${jobs}`, ...(sanitizer ? ['wht_cuda_emulated', 'cuda_emulation_check'] : [])],
  'the compiler failed; its own words are above.',
  'It needs a C++17 compiler (g++ 7, clang 6 or newer). If the compiler was killed, the machine ran out of memory: close other programs or ' +
    'add swap, and run "npm rebuild wht-layers" (in a clone: "npm run build:native") again. Otherwise please report it with the lines above.',
);

if (cuda.compiler !== undefined) {
  console.log(`wht-layers: building the CUDA backend for ${cuda.architectures} with nvcc ${cuda.release} (${cuda.compiler})`);
  const failure = attempt(cmake, ['--build', '.', '--target', 'wht_cuda', '--', `-j${jobs}`], 'nvcc failed; its own words are above.', '');
  if (failure) cuda.reason = `${failure.join(' ')}`.trim();
}
if (cuda.reason !== undefined) {
  // A library of an earlier build would be opened in its place.
  if (!cudaLeftOut) rmSync(join(build, 'Release', 'libwht_cuda.so'), { force: true });
  if (process.argv.includes('--cuda')) fail(`the CUDA backend was not built: ${cuda.reason}`, 'The CPU backend was.');
  if (!cudaLeftOut) console.log(`wht-layers: without CUDA: ${cuda.reason}. The layers run on the CPU.`);
}
