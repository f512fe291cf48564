#!/usr/bin/env node
/**
 * Builds build/Release/wht_layers.node from source, and libwht_cuda.so beside it where NVIDIA's compiler is found: `npm run build:native`, and
 * `npx wht-layers build` in an installed package.
 *
 *   --cuda            fails where the CUDA backend can't be built, which otherwise is said and left at that
 *   --tests           also the backends that the tests load: the emulated one, and one with faults
 *   --sanitize KIND   only the emulated backend, in build/KIND, for test:sanitize: address or thread
 *   --emulate-avx512  another addon, in build/avx512-emulation, whose AVX-512 kernels run on AVX2
 *
 * WHT_CUDA_ARCHITECTURES (e.g. 53 or 75,90) says which GPUs to generate code for instead of this machine's; "none" leaves CUDA out.
 */

const { join } = require('node:path');
const { devicesInWords, nativeState } = require('./native-state');
const { BuildError, buildFromSource, clone, root } = require('./source-build');

const say = (line) => console.log(`wht-layers: ${line}`);

function described(args) {
  const build = join(root, 'build');
  const cuda = args.includes('--cuda') ? 'require' : 'try';
  if (args.includes('--emulate-avx512')) {
    // node-gyp-build finds an addon in build/Release below the folder that WHT_LAYERS_PREBUILD names.
    return { folder: join(build, 'avx512-emulation', 'build'), cuda: 'none', settings: { WHT_EMULATE_AVX512: 'ON' } };
  }
  if (args.includes('--sanitize')) {
    const kind = args[args.indexOf('--sanitize') + 1];
    if (!['address', 'thread'].includes(kind)) throw new BuildError(`Expected --sanitize to be address or thread, got ${kind}.`, '');
    const settings = { WHT_BUILD_TESTS: 'ON', WHT_SANITIZE: kind };
    return { folder: join(build, kind), cuda: 'none', settings, targets: ['wht_cuda_emulated', 'cuda_emulation_check'] };
  }
  return { folder: build, cuda, settings: { WHT_BUILD_TESTS: args.includes('--tests') ? 'ON' : 'OFF' } };
}

async function main() {
  const { withoutCuda } = await buildFromSource({ ...described(process.argv.slice(2)), say });
  if (withoutCuda !== undefined) say(`without CUDA: ${withoutCuda}. The layers run on the CPU.`);
  if (!clone) say(devicesInWords(nativeState()));
}

main().catch((error) => {
  if (!(error instanceof BuildError)) throw error;
  console.error(`\nwht-layers: the native addon was not built: ${error.message}\n${error.advice}\n`);
  process.exitCode = 1;
});
