/** Finds NVIDIA's compiler, and what it should generate code for on this machine. */

const { spawnSync } = require('node:child_process');
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { delimiter, join } = require('node:path');

/** The last item of /proc/device-tree/compatible: which GPU a Jetson has. */
const TEGRA = { tegra210: 53, tegra186: 62, tegra194: 72, tegra234: 87 };

function output(command, args) {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8', timeout: 60_000 });
  return status === 0 ? stdout : undefined;
}

/** The compiler that CUDACXX names, by its path or as something on PATH; undefined where it is not set or names none. */
function namedCompiler({ CUDACXX, PATH = '' }) {
  if (!CUDACXX) return undefined;
  const places = CUDACXX.includes('/') ? [CUDACXX] : PATH.split(delimiter).map((folder) => join(folder, CUDACXX));
  return places.find((path) => existsSync(path));
}

/** Every nvcc on this machine, in the order of preference. sudo and login shells leave PATH without it, so its usual places are looked at too. */
function compilers(environment = process.env) {
  const { CUDA_HOME, CUDA_PATH, PATH = '' } = environment;
  const versioned = (existsSync('/usr/local') ? readdirSync('/usr/local') : [])
    .filter((name) => /^cuda-\d/.test(name))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  const folders = [
    CUDA_HOME && join(CUDA_HOME, 'bin'),
    CUDA_PATH && join(CUDA_PATH, 'bin'),
    ...PATH.split(delimiter),
    '/usr/local/cuda/bin',
    ...versioned.map((name) => `/usr/local/${name}/bin`),
    '/usr/lib/nvidia-cuda-toolkit/bin',
  ];
  const candidates = [namedCompiler(environment), ...folders.filter(Boolean).map((folder) => join(folder, 'nvcc'))];
  return [...new Set(candidates.filter((path) => path && existsSync(path)))];
}

/** The release of an nvcc, e.g. "11.8"; undefined where it does not run. */
function release(compiler) {
  return /release (\d+\.\d+)/.exec(output(compiler, ['--version']) ?? '')?.[1];
}

/** Whether an nvcc compiles for an architecture, e.g. 53. Asked by trying, which every version understands. */
function compilesFor(compiler, architecture) {
  const code = `-arch=compute_${architecture}`;
  return (
    output(compiler, ['--dryrun', code, '-Wno-deprecated-gpu-targets', '-x', 'cu', '-c', '/dev/null', '-o', '/dev/null']) !== undefined
  );
}

/** The compute capabilities of this machine's GPUs, e.g. [53]; empty where none is found. */
function installedArchitectures() {
  try {
    const compatible = readFileSync('/proc/device-tree/compatible', 'utf8');
    const known = Object.keys(TEGRA).find((name) => compatible.includes(`nvidia,${name}`));
    if (known !== undefined) return [TEGRA[known]];
  } catch {
    // No device tree: no Jetson.
  }
  const listed = output('nvidia-smi', ['--query-gpu=compute_cap', '--format=csv,noheader']) ?? '';
  return [...new Set([...listed.matchAll(/^(\d+)\.(\d+)$/gm)].map(([, major, minor]) => Number(major) * 10 + Number(minor)))];
}

/** The newest and the oldest architectures that are worth asking a compiler for, from the Nano's on. */
const KNOWN = [53, 60, 61, 62, 70, 72, 75, 80, 86, 87, 89, 90, 100, 103, 110, 120, 121];

/**
 * What to build with.
 *
 * @returns {{ compiler: string, release: string, architectures: string } | { reason: string, misnamed?: boolean }} architectures as
 *   native/cuda/CMakeLists.txt takes them; a reason where there is nothing to build with, misnamed where the environment asks for what is not
 */
function chooseCuda(environment = process.env) {
  const { CUDACXX } = environment;
  if (CUDACXX && namedCompiler(environment) === undefined) {
    return { reason: `Expected CUDACXX to name a compiler, got ${JSON.stringify(CUDACXX)}, which is not there`, misnamed: true };
  }
  const found = compilers(environment).filter((compiler) => release(compiler) !== undefined);
  if (found.length === 0) {
    return {
      reason:
        "NVIDIA's compiler (nvcc) was not found: looked at CUDACXX, CUDA_HOME, PATH, /usr/local/cuda*/bin and /usr/lib/nvidia-cuda-toolkit/bin",
    };
  }
  const asked = environment.WHT_CUDA_ARCHITECTURES;
  if (asked) {
    if (!/^\d+a?\+?(,\d+a?\+?)*$/.test(asked)) {
      return { reason: `Expected WHT_CUDA_ARCHITECTURES to be like 53 or 75,90+, got ${JSON.stringify(asked)}`, misnamed: true };
    }
    const wanted = asked.split(',').map((name) => name.replace('+', ''));
    const able = found.find((compiler) => wanted.every((architecture) => compilesFor(compiler, architecture)));
    if (able === undefined) return { reason: `none of the compilers found (${found.join(', ')}) compiles for all of ${asked}` };
    return { compiler: able, release: release(able), architectures: asked };
  }
  const installed = installedArchitectures();
  // The compiler that knows most of the GPUs: an old one beside a new one must not cost both.
  const choices = found.map((compiler) => ({ compiler, known: installed.filter((gpu) => compilesFor(compiler, gpu)) }));
  const [best] = choices.sort((a, b) => b.known.length - a.known.length);
  if (best.known.length > 0) {
    return { compiler: best.compiler, release: release(best.compiler), architectures: best.known.join(',') };
  }
  // A GPU that no compiler knows: code in PTX, which the driver compiles for GPUs newer than the compiler. Without a GPU, as old as possible.
  const [compiler] = found;
  const able = KNOWN.filter((architecture) => compilesFor(compiler, architecture));
  const newest = installed.length > 0 ? able.filter((architecture) => installed.every((gpu) => gpu > architecture)).pop() : able[0];
  if (newest === undefined) {
    return {
      reason:
        `this machine's GPU has compute capability ${installed.map((gpu) => gpu / 10).join(' and ')}, and nvcc ${release(compiler)} (${compiler}) ` +
        `compiles for ${able[0] / 10} and newer: install an older CUDA toolkit`,
    };
  }
  return { compiler, release: release(compiler), architectures: `${newest}+` };
}

module.exports = { chooseCuda, compilers, namedCompiler };
