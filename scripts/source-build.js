/** Builds the native half from source with CMake: the addon, and the CUDA backend's library beside it. Downloads nothing. */

const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync } = require('node:fs');
const { cpus, freemem } = require('node:os');
const { join, resolve } = require('node:path');
const { chooseCuda } = require('./cuda-compiler');

const root = join(__dirname, '..');
/** The sources of this folder are in a clone alone. */
const clone = existsSync(join(root, 'lib'));
const again = clone ? '"npm run build:native"' : '"npx wht-layers build"';
const TOOLS =
  'Install them and try again:\n' +
  '  Debian, Ubuntu, JetPack   sudo apt-get install cmake g++ make\n' +
  '  Fedora                    sudo dnf install cmake gcc-c++ make\n' +
  '  Alpine                    apk add cmake g++ make\n' +
  '  without root             python3 -m pip install --user cmake (the compiler takes root)\n' +
  `then run ${again}.`;
const MEMORY =
  'The machine ran out of memory: close other programs, or add swap (sudo fallocate -l 4G /swapfile && sudo chmod 600 /swapfile && ' +
  `sudo mkswap /swapfile && sudo swapon /swapfile), and run ${again}.`;

class BuildError extends Error {
  /** @param {string} advice what to do about it */
  constructor(problem, advice) {
    super(problem);
    this.advice = advice;
  }
}

/** What compilers, make and the kernel say when there is not enough memory. */
const KILLED = /signal terminated program|due to signal 9|\bKilled\b|virtual memory exhausted|cannot allocate memory|out of memory/i;
/** A file of the kernels takes g++ and nvcc half a gigabyte to one. */
const JOB_BYTES = 1.5 * 2 ** 30;

/** @param {number} [atMost] */
function parallelJobs(atMost = cpus().length) {
  return Math.max(1, Math.min(atMost, cpus().length, Math.floor(availableBytes() / JOB_BYTES)));
}

function availableBytes() {
  try {
    // freemem() of older Nodes leaves out what the system's cache would give back.
    return Number(/^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'))[1]) * 1024;
  } catch {
    return freemem();
  }
}

function includeDirectories() {
  try {
    return [require('node-api-headers').include_dir, require('node-addon-api').include_dir].map((path) => resolve(path));
  } catch (error) {
    throw new BuildError(`${error.message.split('\n')[0]}.`, 'Run "npm install" first: it brings node-addon-api and node-api-headers.');
  }
}

function runs(program) {
  return spawnSync(program, ['--version']).error === undefined;
}

/**
 * @param {object} options
 * @param {string} options.folder where to build
 * @param {boolean} [options.addon] false: the CUDA backend alone
 * @param {'none' | 'try' | 'require'} options.cuda the CUDA backend: leave it out, build it where that can be done, or fail without it
 * @param {Record<string, string>} [options.settings] more of CMake's variables
 * @param {string[]} [options.targets] what to build in place of everything
 * @param {number} [options.atMost] how many compilers to run at once
 * @param {(line: string) => void} options.say
 * @returns {Promise<{ cuda?: string, withoutCuda?: string }>} what GPUs the CUDA backend was built for, or why it was not
 * @throws {BuildError}
 */
async function buildFromSource({ folder, addon = true, cuda, settings = {}, targets = [], atMost, say }) {
  const cmake = process.env.CMAKE || 'cmake';
  if (!runs(cmake)) {
    throw new BuildError(`CMake was not found ("${cmake}").`, `It needs CMake 3.10 or newer and a C++17 compiler. ${TOOLS}`);
  }
  const leftOut = cuda === 'none' || process.env.WHT_CUDA_ARCHITECTURES === 'none';
  const chosen = leftOut ? { reason: 'it was left out' } : chooseCuda();
  if (chosen.misnamed) throw new BuildError(`${chosen.reason}.`, 'Correct the variable, or leave it out.');
  if (!process.env.CXX && !['c++', 'g++', 'clang++'].some(runs))
    throw new BuildError('no C++ compiler was found (c++, g++, clang++).', TOOLS);
  const includes = includeDirectories();
  const log = await prepareFolder(folder);
  const run = (args, problem, advice) => attempt(cmake, args, { folder, log, problem, advice });

  try {
    // make is CMake's own choice; a machine may have Ninja alone.
    const generator = !existsSync(join(folder, 'CMakeCache.txt')) && !runs('make') && runs('ninja') ? ['-G', 'Ninja'] : [];
    const variables = {
      CMAKE_BUILD_TYPE: 'Release',
      NODE_API_INCLUDE_DIRS: includes.join(';'),
      WHT_CUDA_COMPILER: chosen.compiler || '',
      WHT_CUDA_ARCHITECTURES: chosen.architectures || '',
      ...settings,
    };
    await run(
      [...generator, ...Object.entries(variables).map(([name, value]) => `-D${name}=${value}`), root],
      'CMake could not configure it; its own words are above.',
      `It needs CMake 3.10 or newer and a C++17 compiler (g++ 7, clang 6 or newer). The log is ${join(folder, 'build.log')}.`,
    );
    let jobs = parallelJobs(atMost);
    // Names of targets go to make itself: CMake 3.10 takes but one.
    const build = async (names, problem, advice) => {
      const make = () => run(['--build', '.', '--', `-j${jobs}`, ...names], problem, advice);
      try {
        await make();
      } catch (error) {
        if (!error.killed || jobs === 1) throw error;
        jobs = 1;
        say('the compiler was stopped, as happens where memory runs out: once more, with one compiler at a time');
        await make();
      }
    };
    if (addon) {
      await build(
        targets,
        'the compiler failed; its own words are above.',
        `It needs a C++17 compiler (g++ 7, clang 6 or newer). If that is what you have, please report it with ${join(folder, 'build.log')}.`,
      );
    }
    if (chosen.compiler !== undefined) {
      say(`building the CUDA backend for ${chosen.architectures} with nvcc ${chosen.release} (${chosen.compiler})`);
      try {
        await build(['wht_cuda'], `nvcc failed; its own words are above, and in ${join(folder, 'build.log')}.`, '');
        return { cuda: chosen.architectures };
      } catch (error) {
        if (!(error instanceof BuildError)) throw error;
        // A library of an earlier build would be opened in its place.
        rmSync(join(folder, 'Release', 'libwht_cuda.so'), { force: true });
        chosen.reason = `${error.message} ${error.advice}`.trim();
      }
    }
    if (cuda === 'require') throw new BuildError(`the CUDA backend was not built: ${chosen.reason}`, addon ? "The CPU's was." : '');
    return leftOut ? {} : { withoutCuda: chosen.reason };
  } finally {
    await new Promise((done) => log.end(done));
  }
}

/**
 * Makes room for a build, and its log. CMake keeps to the compiler and the folder of an earlier build, and fails where the package was moved or copied:
 * so a package starts anew each time, and a clone where it lies elsewhere now.
 *
 * @throws {BuildError} where this user may not write there
 */
async function prepareFolder(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    if (!clone || isOfAnotherFolder(folder)) {
      for (const name of ['CMakeCache.txt', 'CMakeFiles', 'native']) rmSync(join(folder, name), { recursive: true, force: true });
    }
    const log = createWriteStream(join(folder, 'build.log'));
    await once(log, 'open');
    return log;
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS', 'ENOSPC'].includes(error.code)) throw error;
    throw new BuildError(
      `${folder} can't be written (${error.code}).`,
      `Run ${again} as the user who installed the package, or install it where you may write.`,
    );
  }
}

function isOfAnotherFolder(folder) {
  const cache = join(folder, 'CMakeCache.txt');
  return existsSync(cache) && !readFileSync(cache, 'utf8').includes(`CMAKE_HOME_DIRECTORY:INTERNAL=${root}\n`);
}

/** Runs a command whose words are seen at once, and kept in the log. */
function attempt(command, args, { folder, log, problem, advice }) {
  return new Promise((done, fail) => {
    let words = '';
    const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' } });
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      from.on('data', (chunk) => {
        to.write(chunk);
        log.write(chunk);
        words = `${words}${chunk}`.slice(-20_000);
      });
    }
    child.on('error', (error) => fail(new BuildError(`${command} could not be run (${error.code || error.message}).`, advice)));
    child.on('close', (status, signal) => {
      if (status === 0) return done();
      if (signal === null && !KILLED.test(words)) return fail(new BuildError(problem, advice));
      fail(Object.assign(new BuildError(`the compiler was stopped${signal ? ` by ${signal}` : ''}.`, MEMORY), { killed: true }));
    });
  });
}

module.exports = { BuildError, buildFromSource, clone, parallelJobs, root };
