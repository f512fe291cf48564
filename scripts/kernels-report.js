#!/usr/bin/env node
/**
 * `npm run kernels:report`: compiles the CUDA kernels for the Jetson Nano and newer GPUs, and reports what can be proven without one: registers,
 * spills, shared memory, occupancy, and on the Nano the instructions for each element against what it can issue at the speed of its memory.
 */

const { execFile, spawnSync } = require('node:child_process');
const { accessSync, constants, mkdtempSync, readdirSync, rmSync, writeFileSync } = require('node:fs');
const { cpus, freemem, tmpdir } = require('node:os');
const { basename, dirname, join, resolve } = require('node:path');
const { parseArgs, promisify } = require('node:util');
const { NANO, assess } = require('./kernels-report/assess.js');
const { parseDisassembly, parseUsage } = require('./kernels-report/disassembly.js');
const { parseShapes } = require('./kernels-report/kernels.js');
const nanoKernels = require('./kernels-report/nano-kernels.js');
const { ReportError } = require('./kernels-report/report-error.js');
const { formatArchitecture } = require('./kernels-report/table.js');
const { findToolkits, placesOfNvcc } = require('./kernels-report/toolkits.js');

const run = promisify(execFile);
const root = join(__dirname, '..');
const kernels = join(root, 'native', 'cuda', 'kernels');
const ARCHITECTURES = [NANO, 62, 72, 87, 90];
/** As native/cuda/CMakeLists.txt compiles them. */
const COMPILE = ['-std=c++14', '-Xptxas', '-dlcm=ca'];

const USAGE = `Usage: npm run kernels:report -- [options]

Compiles the CUDA kernels and reports their registers, spills, shared memory, occupancy and instructions for each element. Needs no GPU.

  --arch 53,87   architectures to compile for; default: those of ${ARCHITECTURES.join(', ')} that a compiler here knows
  --check        fail (exit 1) if a kernel spills or can't be launched, breaks its budget on sm_53, or if nothing here compiles for sm_53;
                 or if the counts kept in ${nanoKernels.NAME} are not those of now
  --json FILE    also write the report to FILE
  --help         show this

Compilers are looked for at $CUDACXX, in $CUDA_HOME/bin, /usr/lib/nvidia-cuda-toolkit/bin, PATH and /usr/local/cuda*/bin. The first that knows an
architecture compiles for it. Exit codes: 0 done; 1 a check failed, or a kernel does not compile; 2 it could not be done.
`;

/** @returns {{help: boolean, check: boolean, architectures?: number[], json?: string}} */
function parseArguments(args) {
  const options = { arch: { type: 'string' }, check: { type: 'boolean' }, json: { type: 'string' }, help: { type: 'boolean' } };
  let values;
  try {
    values = parseArgs({ args, options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    // parseArgs names the argument in its first sentence and goes on with advice on programming.
    const [complaint] = error.message.split(/\. |\n/);
    const names = Object.keys(options).map((name) => `--${name}`);
    throw new ReportError(`Expected options among ${names.join(', ')}: ${complaint}`);
  }
  const { arch, check, json, help } = values;
  if (arch !== undefined && !/^(sm_)?\d{2,3}(,(sm_)?\d{2,3})*$/.test(arch)) {
    throw new ReportError(`Expected --arch to list architectures, like 53,87, got ${JSON.stringify(arch)}`);
  }
  if (json === '') throw new ReportError('Expected --json to name a file, got ""');
  return {
    help: help ?? false,
    check: check ?? false,
    ...(arch !== undefined && { architectures: [...new Set(arch.split(',').map((name) => Number(name.replace('sm_', ''))))] }),
    ...(json !== undefined && { json }),
  };
}

/**
 * Which toolkit compiles for which architecture.
 * @throws ReportError where that leaves out what was asked for
 */
function chooseToolkits(toolkits, { architectures, check }) {
  const advice =
    'CUDA 9 to 12 knows sm_53: on Debian and Ubuntu "apt-get install nvidia-cuda-toolkit"; on a Jetson Nano JetPack has it. Or set CUDACXX.';
  if (toolkits.length === 0) {
    throw new ReportError(`No CUDA compiler was found: not at $CUDACXX, in $CUDA_HOME/bin, PATH or /usr/local/cuda*/bin. ${advice}`);
  }
  const chosen = new Map();
  const missing = [];
  for (const architecture of architectures ?? ARCHITECTURES) {
    const toolkit = toolkits.find((candidate) => candidate.knows(architecture));
    if (toolkit) chosen.set(architecture, toolkit);
    else missing.push(architecture);
  }
  const found = toolkits.map(({ release, nvcc }) => `CUDA ${release} (${nvcc})`).join(', ');
  const message = `No compiler here knows ${missing.map((name) => `sm_${name}`).join(', ')}; found ${found}.`;
  if (missing.includes(NANO) && check) throw new ReportError(`${message} ${advice}`, 1);
  if (missing.length > 0 && (architectures || chosen.size === 0)) throw new ReportError(`${message} ${advice}`);
  if (missing.length > 0) console.error(message);
  return chosen;
}

/** Compiles and runs shapes.cc. */
function readShapes(folder) {
  const source = join(__dirname, 'kernels-report', 'shapes.cc');
  const program = join(folder, 'shapes');
  const args = ['-std=c++14', '-I', join(root, 'native', 'cuda-emulation', 'include'), source, '-o', program];
  const compilers = process.env.CXX ? [process.env.CXX] : ['c++', 'g++'];
  for (const compiler of compilers) {
    const { error, status, stderr } = spawnSync(compiler, args, { encoding: 'utf8' });
    if (error) continue;
    if (status !== 0) throw new ReportError(`scripts/kernels-report/shapes.cc does not compile; does it still fit the kernels?\n${stderr}`);
    return parseShapes(spawnSync(program, { encoding: 'utf8' }).stdout);
  }
  throw new ReportError(`No C++ compiler was found (${compilers.join(', ')}): install g++, or set CXX.`);
}

/** Compiles one file for one architecture and measures its kernels. */
async function inspect(source, architecture, toolkit, folder, signal) {
  const cubin = join(folder, `${basename(source, '.cu')}.sm_${architecture}.cubin`);
  const options = { env: toolkit.environment, maxBuffer: Number.POSITIVE_INFINITY, signal };
  const args = [...COMPILE, '-Xptxas', '-v', `-arch=sm_${architecture}`, '-Wno-deprecated-gpu-targets', '-cubin', '-o', cubin, source];
  const { stdout, stderr } = await run(toolkit.nvcc, args, options).catch((error) => {
    throw new ReportError(`${basename(source)} does not compile for sm_${architecture}:\n${error.stderr || error.message}`, 1);
  });
  const usages = parseUsage(`${stdout}\n${stderr}`);
  const codes = toolkit.nvdisasm ? parseDisassembly((await run(toolkit.nvdisasm, ['-ndf', cubin], options)).stdout) : new Map();
  rmSync(cubin);
  const readable = await demangle([...usages.keys()]);
  return [...usages].map(([name, usage]) => ({
    architecture,
    source: basename(source),
    demangled: readable.get(name),
    usage,
    code: codes.get(name),
  }));
}

async function demangle(names) {
  if (names.length === 0) return new Map();
  const filter = run('c++filt', names, { maxBuffer: Number.POSITIVE_INFINITY });
  const { stdout } = await filter.catch((error) => {
    throw new ReportError(`c++filt, of binutils, could not be run: ${error.message}`);
  });
  const lines = stdout.trim().split('\n');
  return new Map(names.map((name, index) => [name, lines[index]]));
}

/** Runs tasks, some at a time, and returns what they return in their order. When one fails, no other is begun and `stop` ends those that run. */
async function inParallel(tasks, jobs, stop) {
  const results = [];
  const queue = [...tasks.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) results[next[0]] = await next[1]();
  };
  try {
    await Promise.all(Array.from({ length: jobs }, worker));
  } finally {
    queue.length = 0;
    stop();
  }
  return results;
}

async function makeReport({ architectures, check }) {
  const toolkits = chooseToolkits(findToolkits(placesOfNvcc(process.env), process.env), { architectures, check });
  const sources = readdirSync(kernels).filter((name) => name.endsWith('.cu'));
  const folder = mkdtempSync(join(tmpdir(), 'wht-kernels-'));
  try {
    const shapes = readShapes(folder);
    const aborter = new AbortController();
    let done = 0;
    const total = toolkits.size * sources.length;
    const tasks = [...toolkits].flatMap(([architecture, toolkit]) =>
      sources.map((source) => async () => {
        const start = Date.now();
        const found = await inspect(join(kernels, source), architecture, toolkit, folder, aborter.signal);
        console.error(
          `[${++done}/${total}] sm_${architecture} ${source}: ${found.length} kernels, ${((Date.now() - start) / 1000).toFixed(1)} s`,
        );
        return found;
      }),
    );
    // One job on a small machine, as in build-native.js.
    const jobs = freemem() < 3 * 2 ** 30 ? 1 : Math.max(1, cpus().length);
    const found = (await inParallel(tasks, jobs, () => aborter.abort())).flat();
    const assessed = found.map((kernel) => ({ architecture: kernel.architecture, ...assess({ ...kernel, shapes }) }));
    const report = {
      schema: 1,
      architectures: [...toolkits].map(([architecture, { release, nvcc, nvdisasm }]) => ({
        architecture,
        release,
        nvcc,
        disassembled: nvdisasm !== undefined,
        kernels: assessed
          .filter((kernel) => kernel.architecture === architecture)
          .map(({ row }) => row)
          .sort((a, b) => a.kernel.localeCompare(b.kernel, 'en', { numeric: true })),
      })),
      problems: assessed.flatMap(({ problems }) => problems),
    };
    report.problems.push(...nanoKernels.compareKept(report).problems);
    return report;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(args) {
  const options = parseArguments(args);
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  if (options.json !== undefined) {
    try {
      accessSync(dirname(resolve(options.json)), constants.W_OK);
    } catch (error) {
      throw new ReportError(`Expected --json to name a file that can be written, got ${JSON.stringify(options.json)}: ${error.message}`);
    }
  }
  const start = Date.now();
  const report = await makeReport(options);
  for (const architecture of report.architectures) console.log(`\n${formatArchitecture(architecture)}`);
  if (report.problems.length > 0) console.log(`\nProblems:\n${report.problems.map((problem) => `  ${problem}`).join('\n')}`);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  if (options.check && !report.architectures.some(({ architecture }) => architecture === NANO)) {
    console.log(`\nsm_${NANO} was not among --arch: no budget was checked.`);
  } else if (options.check && !nanoKernels.compareKept(report).compared) {
    console.log(`\n${nanoKernels.NAME} was counted with another release of CUDA, and was not compared.`);
  }
  console.error(`${((Date.now() - start) / 1000).toFixed(0)} s in all.`);
  return options.check && report.problems.length > 0 ? 1 : 0;
}

if (require.main === module) {
  main(process.argv.slice(2)).then(
    (exitCode) => {
      process.exitCode = exitCode;
    },
    (error) => {
      console.error(error instanceof ReportError ? error.message : error);
      process.exitCode = error.exitCode ?? 2;
    },
  );
}

module.exports = { chooseToolkits, parseArguments };
