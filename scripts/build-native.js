#!/usr/bin/env node
/**
 * Builds build/Release/wht_layers.node from source, and libwht_cuda.so beside it where NVIDIA's compiler is found: `npm run build:native`, and
 * `npx wht-layers build` in an installed package. USAGE has its options; in a clone there are also
 *
 *   --tests           also the backends that the tests load: the emulated one, and one with faults
 *   --sanitize KIND   only the emulated backend, in build/KIND, for test:sanitize: address or thread
 *   --emulate-avx512  another addon, in build/avx512-emulation, whose AVX-512 kernels run on AVX2
 */

const { join } = require('node:path');
const { parseArgs } = require('node:util');
const { devicesInWords, nativeState } = require('./native-state');
const { BuildError, buildFromSource, clone, root } = require('./source-build');

const say = (line) => console.log(`wht-layers: ${line}`);

const USAGE = `Usage: ${process.env.WHT_COMMAND || 'npm run build:native --'} [options]

Builds the package's native half from source, for this machine: the addon, and the CUDA backend where NVIDIA's compiler (nvcc) is found.
Takes CMake 3.10 or newer and a C++17 compiler; downloads nothing.

  --cuda   fail where the CUDA backend can't be built, which otherwise is said and left at that
  --help   show this

WHT_CUDA_ARCHITECTURES (53, or 75,90, or 75+ for that and any newer GPU) says which GPUs to build for in place of this machine's; none leaves
CUDA out. CUDACXX names an nvcc, CXX a C++ compiler, CMAKE a CMake.
`;
const OPTIONS = { cuda: { type: 'boolean' }, help: { type: 'boolean' } };
const OPTIONS_OF_CLONES = { tests: { type: 'boolean' }, sanitize: { type: 'string' }, 'emulate-avx512': { type: 'boolean' } };

function parseArguments() {
  try {
    return parseArgs({ options: clone ? { ...OPTIONS, ...OPTIONS_OF_CLONES } : OPTIONS }).values;
  } catch (error) {
    console.error(`${error.message.split('. ')[0]}\n\n${USAGE}`);
    process.exit(1);
  }
}

function described({ cuda, tests, sanitize, 'emulate-avx512': emulated }) {
  const build = join(root, 'build');
  if (emulated) {
    // node-gyp-build finds an addon in build/Release below the folder that WHT_LAYERS_PREBUILD names.
    return { folder: join(build, 'avx512-emulation', 'build'), cuda: 'none', settings: { WHT_EMULATE_AVX512: 'ON' } };
  }
  if (sanitize !== undefined) {
    if (!['address', 'thread'].includes(sanitize))
      throw new BuildError(`Expected --sanitize to be address or thread, got ${sanitize}.`, '');
    const settings = { WHT_BUILD_TESTS: 'ON', WHT_SANITIZE: sanitize };
    return { folder: join(build, sanitize), cuda: 'none', settings, targets: ['wht_cuda_emulated', 'cuda_emulation_check'] };
  }
  return { folder: build, cuda: cuda ? 'require' : 'try', settings: { WHT_BUILD_TESTS: tests ? 'ON' : 'OFF' } };
}

async function main() {
  const options = parseArguments();
  if (options.help) return process.stdout.write(USAGE);
  const { cuda, withoutCuda } = await buildFromSource({ ...described(options), say });
  if (withoutCuda !== undefined) say(`without CUDA: ${withoutCuda}. The layers run on the CPU.`);
  if (!clone) say(devicesInWords(nativeState(), cuda !== undefined));
}

main().catch((error) => {
  if (!(error instanceof BuildError)) throw error;
  console.error(`\nwht-layers: the native addon was not built: ${error.message}\n${error.advice}\n`);
  process.exitCode = 1;
});
