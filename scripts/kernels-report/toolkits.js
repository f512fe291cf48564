/** Finds CUDA compilers, and which architectures each knows. */

const { spawnSync } = require('node:child_process');
const { existsSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { delimiter, dirname, join } = require('node:path');
const { compilers, namedCompiler } = require('../cuda-compiler.js');
const { ReportError } = require('./report-error.js');

/**
 * Where nvcc is, the preferred place first: $CUDACXX, $CUDA_HOME, Debian's package (which knows the Nano and comes with a disassembler), the others.
 * @throws ReportError where $CUDACXX names none
 */
function placesOfNvcc(environment) {
  const named = namedCompiler(environment);
  if (environment.CUDACXX && named === undefined) {
    throw new ReportError(`Expected CUDACXX to name a compiler, got ${JSON.stringify(environment.CUDACXX)}, which is not there`);
  }
  const preferred = [named, environment.CUDA_HOME, '/usr/lib/nvidia-cuda-toolkit/'].filter(Boolean);
  const rank = (nvcc) => {
    const at = preferred.findIndex((start) => nvcc.startsWith(start));
    return at < 0 ? preferred.length : at;
  };
  return compilers(environment).sort((a, b) => rank(a) - rank(b));
}

/**
 * nvcc calls the first ptxas on PATH. Debian's lies in /usr/bin, away from its nvcc; beside that is the g++ that it knows.
 */
function environmentFor(nvcc, environment) {
  const folder = dirname(nvcc);
  const folders = existsSync(join(folder, 'ptxas')) ? [folder] : [folder, '/usr/bin'];
  return { ...environment, PATH: [...folders, environment.PATH].filter(Boolean).join(delimiter) };
}

/** The release that an NVIDIA tool says it is of, such as "11.8"; undefined if it can't be run. */
function releaseOf(tool, environment) {
  const { stdout } = spawnSync(tool, ['--version'], { encoding: 'utf8', env: environment });
  return /release (\d+\.\d+)/.exec(stdout ?? '')?.[1];
}

/**
 * @param {string[]} places of nvcc
 * @returns {{nvcc: string, release: string, nvdisasm?: string, knows(architecture: number): boolean, known?: number[], environment: object}[]}
 *   one for each release of CUDA; nvdisasm is absent where there is none of the same release, since another one can't read its code
 */
function findToolkits(places, environment) {
  const toolkits = [];
  for (const nvcc of places) {
    const env = environmentFor(nvcc, environment);
    const release = releaseOf(nvcc, env);
    if (release === undefined || toolkits.some((toolkit) => toolkit.release === release)) continue;
    const nvdisasm = env.PATH.split(delimiter)
      .map((folder) => join(folder, 'nvdisasm'))
      .find((tool) => existsSync(tool) && releaseOf(tool, env) === release);
    const known = listArchitectures(nvcc, env);
    const tried = new Map();
    const knows = (architecture) => {
      if (known) return known.includes(architecture);
      if (!tried.has(architecture)) tried.set(architecture, compilesFor(nvcc, architecture, env));
      return tried.get(architecture);
    };
    toolkits.push({ nvcc, release, ...(nvdisasm && { nvdisasm }), knows, ...(known && { known }), environment: env });
  }
  return toolkits;
}

/** What nvcc says that it knows; undefined where it can't be asked, as in CUDA 10.2. */
function listArchitectures(nvcc, environment) {
  for (const option of ['--list-gpu-code', '--list-gpu-arch']) {
    const { status, stdout } = spawnSync(nvcc, [option], { encoding: 'utf8', env: environment });
    const listed = [...(stdout ?? '').matchAll(/^(?:sm|compute)_(\d+)$/gm)].map((match) => Number(match[1]));
    if (status === 0 && listed.length > 0) return listed;
  }
  return undefined;
}

function compilesFor(nvcc, architecture, environment) {
  const folder = mkdtempSync(join(tmpdir(), 'wht-nvcc-'));
  try {
    const source = join(folder, 'empty.cu');
    writeFileSync(source, '__global__ void empty() {}\n');
    const args = [`-arch=sm_${architecture}`, '-cubin', '-Wno-deprecated-gpu-targets', '-o', join(folder, 'empty.cubin'), source];
    return spawnSync(nvcc, args, { env: environment }).status === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

module.exports = { findToolkits, placesOfNvcc };
