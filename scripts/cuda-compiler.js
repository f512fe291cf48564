/** Finds NVIDIA's compiler, and what it should generate code for on this machine, or on another one that can be looked at. */

const { spawnSync } = require('node:child_process');
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { delimiter, join } = require('node:path');

/** The chip of each Jetson: which GPU it has, and its number in /sys/devices/soc0. */
const TEGRA = {
  tegra210: { architecture: 53, id: 0x21 },
  tegra186: { architecture: 62, id: 0x18 },
  tegra194: { architecture: 72, id: 0x19 },
  tegra234: { architecture: 87, id: 0x23 },
  tegra264: { architecture: 110, id: 0x26 },
};

const PLACES = 'CUDACXX, CUDA_HOME, PATH, /usr/local/cuda*/bin and /usr/lib/nvidia-cuda-toolkit/bin';

/** This machine, as far as compilers and GPUs go; see cuda-compiler.d.ts. */
function thisMachine(environment = process.env) {
  const answers = new Map();
  return {
    read(path) {
      try {
        return readFileSync(path, 'utf8');
      } catch {
        return undefined;
      }
    },
    list(path) {
      try {
        return readdirSync(path);
      } catch {
        return [];
      }
    },
    onPath: (command) =>
      (environment.PATH || '')
        .split(delimiter)
        .filter(Boolean)
        .map((folder) => join(folder, command))
        .filter((path) => existsSync(path)),
    has: (path) => existsSync(path),
    run(command, args) {
      const key = [command, ...args].join('\n');
      if (!answers.has(key)) {
        const { status, stdout } = spawnSync(command, args, { encoding: 'utf8', timeout: 60_000, env: { ...environment, LC_ALL: 'C' } });
        answers.set(key, status === 0 ? stdout : undefined);
      }
      return answers.get(key);
    },
  };
}

/** The compiler that CUDACXX names, by its path or as something on PATH; undefined where it is not set or names none. */
function namedCompiler(environment = process.env, machine = thisMachine(environment)) {
  const { CUDACXX } = environment;
  if (!CUDACXX) return undefined;
  if (!CUDACXX.includes('/')) return machine.onPath(CUDACXX)[0];
  return machine.has(CUDACXX) ? CUDACXX : undefined;
}

/** Every nvcc of a machine, in the order of preference. sudo and login shells leave PATH without it, so its usual places are looked at too. */
function compilers(environment = process.env, machine = thisMachine(environment)) {
  const { CUDA_HOME, CUDA_PATH } = environment;
  const versioned = machine
    .list('/usr/local')
    .filter((name) => /^cuda-\d/.test(name))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  const usual = ['/usr/local/cuda', ...versioned.map((name) => `/usr/local/${name}`), '/usr/lib/nvidia-cuda-toolkit'];
  const inFolders = (folders) =>
    folders
      .filter(Boolean)
      .map((folder) => join(folder, 'bin', 'nvcc'))
      .filter((path) => machine.has(path));
  const named = namedCompiler(environment, machine);
  return [...new Set([...(named ? [named] : []), ...inFolders([CUDA_HOME, CUDA_PATH]), ...machine.onPath('nvcc'), ...inFolders(usual)])];
}

/** The release of an nvcc, e.g. "11.8"; undefined where it does not run. */
function release(compiler, machine = thisMachine()) {
  return /release (\d+\.\d+)/.exec(machine.run(compiler, ['--version']) || '')?.[1];
}

/** Whether an nvcc compiles for an architecture, e.g. 53. CUDA 10 has no list to show; there, and where the list may leave one out, it is tried. */
function compilesFor(compiler, architecture, machine = thisMachine()) {
  const code = `compute_${architecture}`;
  const listed = (machine.run(compiler, ['--list-gpu-arch']) || '').split(/\s+/);
  if (listed.includes(code)) return true;
  if (listed.some((name) => /^compute_\d+$/.test(name)) && /^\d+$/.test(architecture)) return false;
  const args = ['--dryrun', `-arch=${code}`, '-Wno-deprecated-gpu-targets', '-x', 'cu', '-c', '/dev/null', '-o', '/dev/null'];
  return machine.run(compiler, args) !== undefined;
}

/** The chip of a Jetson, e.g. "tegra210". A container sees no device tree, unless it is privileged. */
function tegraChip(machine) {
  const compatible = machine.read('/proc/device-tree/compatible') || '';
  const named = Object.keys(TEGRA).find((name) => compatible.includes(`nvidia,${name}`));
  if (named !== undefined || !/^tegra/i.test(machine.read('/sys/devices/soc0/family') || '')) return named;
  const id = Number.parseInt(machine.read('/sys/devices/soc0/soc_id') || '', 10);
  return Object.keys(TEGRA).find((name) => TEGRA[name].id === id);
}

/** What nvidia-smi answers; undefined where there is no GPU with a driver. Windows puts it where PATH need not lead. */
function nvidiaSmi(machine, args) {
  return machine.run('nvidia-smi', args) || machine.run('/usr/lib/wsl/lib/nvidia-smi', args);
}

/** The compute capabilities of a machine's GPUs as architectures, e.g. [53], found without CUDA; empty where there is none, or none that can be asked. */
function installedGpus(machine = thisMachine()) {
  const chip = tegraChip(machine);
  if (chip !== undefined) return [TEGRA[chip].architecture];
  const listed = nvidiaSmi(machine, ['--query-gpu=compute_cap', '--format=csv,noheader']) || '';
  return [...new Set([...listed.matchAll(/^(\d+)\.(\d+)\s*$/gm)].map(([, major, minor]) => Number(major) * 10 + Number(minor)))];
}

/** The newest CUDA that a machine's driver runs, e.g. "12.2"; undefined where there is no GPU, or a Jetson's driver that does not tell. */
function driverCuda(machine = thisMachine()) {
  return /CUDA (?:\w+ )?Version\s*:\s*(\d+\.\d+)/.exec(nvidiaSmi(machine, []) || '')?.[1];
}

const major = (version) => Number.parseInt(version, 10);
/** One that a recorded machine had on PATH has no other path. */
const label = ({ compiler, release }) => (compiler.includes('/') ? `nvcc ${release} (${compiler})` : `nvcc ${release}`);

/** The newest and the oldest architectures that are worth asking a compiler for, from the Nano's on. */
const KNOWN = [53, 60, 61, 62, 70, 72, 75, 80, 86, 87, 89, 90, 100, 103, 110, 120, 121];

/** What to build with: see cuda-compiler.d.ts. */
function chooseCuda(environment = process.env, machine = thisMachine(environment)) {
  const { CUDACXX, WHT_CUDA_ARCHITECTURES: asked } = environment;
  if (CUDACXX && namedCompiler(environment, machine) === undefined) {
    return { reason: `Expected CUDACXX to name a compiler, got ${JSON.stringify(CUDACXX)}, which is not there`, misnamed: true };
  }
  const found = compilers(environment, machine)
    .map((compiler) => ({ compiler, release: release(compiler, machine) }))
    .filter((each) => each.release !== undefined);
  if (found.length === 0) {
    return { reason: `NVIDIA's compiler (nvcc) was not found: looked at ${PLACES}`, cause: 'none' };
  }
  const driver = driverCuda(machine);
  const runnable = driver === undefined ? found : found.filter((each) => major(each.release) <= major(driver));
  const compiles = ({ compiler }, architecture) => compilesFor(compiler, architecture, machine);

  if (asked) {
    if (!/^\d+a?\+?(,\d+a?\+?)*$/.test(asked)) {
      return { reason: `Expected WHT_CUDA_ARCHITECTURES to be like 53 or 75,90+, got ${JSON.stringify(asked)}`, misnamed: true };
    }
    const wanted = asked.split(',').map((name) => name.replace('+', ''));
    // Whoever names GPUs may build for another machine, with another driver.
    const able = [...runnable, ...found].find((each) => wanted.every((architecture) => compiles(each, architecture)));
    if (able === undefined) return { reason: `none of the compilers found (${found.map(label).join(', ')}) compiles for all of ${asked}` };
    return { ...able, architectures: asked };
  }
  if (runnable.length === 0) {
    return {
      reason:
        `this machine's driver runs CUDA ${driver} and older, and what was found is newer: ${found.map(label).join(', ')}. Update the driver, ` +
        `or install CUDA ${major(driver)} beside it`,
      cause: 'driver-too-old',
    };
  }

  const installed = installedGpus(machine);
  if (installed.length === 0 && driver !== undefined) {
    // Code for whatever GPU it may be would be PTX, which a driver takes from toolkits no newer than itself.
    return {
      reason:
        "nvidia-smi does not tell this GPU's compute capability, as those of drivers before 510 do not: name it, " +
        'e.g. WHT_CUDA_ARCHITECTURES=75 (https://developer.nvidia.com/cuda-gpus)',
      cause: 'gpu-unknown',
    };
  }
  // The compiler that knows most of the GPUs: an old one beside a new one must not cost both.
  const choices = runnable.map((each) => ({ ...each, known: installed.filter((gpu) => compiles(each, gpu)) }));
  const [{ known, ...best }] = choices.sort((a, b) => b.known.length - a.known.length);
  if (known.length > 0) return { ...best, architectures: known.join(',') };
  // A GPU that no compiler knows: code in PTX, which the driver compiles for GPUs newer than the compiler. Without a GPU, as old as possible.
  const [first] = runnable;
  const able = KNOWN.filter((architecture) => compiles(first, architecture));
  if (able.length === 0) return { reason: `${label(first)} compiles for no GPU that was asked for: it may be installed in part` };
  const newest = installed.length > 0 ? able.filter((architecture) => installed.every((gpu) => gpu > architecture)).pop() : able[0];
  if (newest === undefined) {
    return {
      reason:
        `this machine's GPU has compute capability ${installed.map((gpu) => gpu / 10).join(' and ')}, and ${label(first)} compiles for ` +
        `${able[0] / 10} and newer: install an older CUDA toolkit`,
      cause: 'gpu-too-old',
    };
  }
  return { ...first, architectures: `${newest}+` };
}

module.exports = { chooseCuda, compilers, compilesFor, driverCuda, installedGpus, namedCompiler, release, TEGRA, tegraChip, thisMachine };
