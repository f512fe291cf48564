#!/usr/bin/env node
/**
 * Run by npm when the package is installed. A prebuild that loads is all that the CPU needs; the CUDA backend is built where there is a GPU, a
 * toolkit, and no library yet that can use it. Without a prebuild everything is built. Where nothing can be had the installation still succeeds, since
 * a package that depends on this one may do without; but not where a build from source was asked for (npm_config_build_from_source), as it is in a clone.
 */

const tooOld = require('./node-version');

if (tooOld !== undefined) {
  console.error(tooOld);
  process.exit(0);
}

const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { chooseCuda, driverCuda, installedGpus } = require('./cuda-compiler');
const { devicesInWords, nativeState } = require('./native-state');
const { BuildError, buildFromSource, clone, root } = require('./source-build');

/** Beside npm, which may be building other packages. */
const JOBS = 2;
const folder = join(root, 'build');
const say = (line) => console.log(`wht-layers: ${line}`);

/** `npm install --build-from-source` (npm 11 and older), or the variable, for this package or for all. */
function sourceAskedFor() {
  const asked = process.env.npm_config_build_from_source;
  return clone || (asked !== undefined && (asked === '' || asked === 'true' || asked.split(',').includes('wht-layers')));
}

async function buildAll() {
  const { cuda, withoutCuda } = await buildFromSource({ folder, cuda: 'try', atMost: JOBS, say });
  say(
    cuda === undefined
      ? `built from source, without CUDA: ${withoutCuda || 'it was left out'}`
      : `built from source, with CUDA for ${cuda}`,
  );
}

async function addCuda() {
  const asked = process.env.WHT_CUDA_ARCHITECTURES || '';
  // Whoever names GPUs may be building an image, in which none is seen.
  const wanted = asked === '' ? installedGpus().length > 0 || driverCuda() !== undefined : asked !== 'none';
  if (!wanted) return;
  const { reason } = chooseCuda();
  if (reason !== undefined) return say(`without CUDA: ${reason}`);
  try {
    await buildFromSource({ folder, addon: false, cuda: 'require', atMost: JOBS, say });
    say(devicesInWords(nativeState(), true));
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    say(`without CUDA: ${error.message} ${error.advice}`);
  }
}

async function main() {
  if (sourceAskedFor()) return buildAll();
  const { addon, devices } = nativeState();
  // One that was built here is kept up to date by being built again.
  if (addon.file === undefined || addon.file.startsWith(folder)) {
    for (const { file, reason } of addon.tried) say(`${file} can't be used: ${reason}`);
    return buildAll();
  }
  say(`using ${addon.file}`);
  if (!devices.some(({ kind, available }) => kind === 'cuda' && available)) await addCuda();
}

main().catch((error) => {
  if (!(error instanceof BuildError)) throw error;
  console.error(`\nwht-layers: the native addon was not built: ${error.message}\n${error.advice}\n`);
  if (sourceAskedFor()) process.exitCode = 1;
  else if (!existsSync(join(folder, 'Release', 'wht_layers.node'))) {
    console.error('wht-layers is installed, but has no native addon yet: "npx wht-layers doctor" says what is missing.\n');
  }
});
