/** Every kernel once: by itself, then under NVIDIA's checkers. */

const { spawnSync } = require('node:child_process');
const { existsSync, readdirSync, writeFileSync } = require('node:fs');
const { delimiter, join } = require('node:path');
const { complaint, failed, notRun, passed } = require('./outcome');

const TOOLS = ['memcheck', 'racecheck', 'initcheck'];
/** What a tool is to exit with where it finds something. */
const FOUND = 86;
const TIMEOUT_MS = 8 * 60_000;
const LINES_SHOWN = 30;

/**
 * Where the checker lies; undefined where there is none. CUDA 10 and 11 have cuda-memcheck, with the same tools and options.
 */
function findChecker({ CUDA_HOME, CUDA_PATH, PATH = '' }) {
  const toolkits = (existsSync('/usr/local') ? readdirSync('/usr/local') : [])
    .filter((name) => /^cuda(-\d.*)?$/.test(name))
    .sort()
    .reverse()
    .map((name) => `/usr/local/${name}`);
  const folders = [
    ...[CUDA_HOME, CUDA_PATH].filter(Boolean).map((toolkit) => join(toolkit, 'bin')),
    ...PATH.split(delimiter).filter(Boolean),
    ...toolkits.map((toolkit) => join(toolkit, 'bin')),
  ];
  return ['compute-sanitizer', 'cuda-memcheck']
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => existsSync(path));
}

/**
 * What a checker's output says.
 *
 * @param output of `tool`
 * @param status what it exited with
 */
function assessOutput(tool, output, status) {
  const summaries = [...output.matchAll(/^=+ (?:RACECHECK|ERROR) SUMMARY: (.*)$/gm)].map(([, text]) => text);
  const summary = summaries.join('; ');
  const clean = summaries.length > 0 && summaries.every((text) => /^0 (?:errors|hazards displayed)\b/.test(text));
  if (status === 0 && clean && !/before first instrumented API call/.test(output)) return passed(tool, summary);
  if (status === FOUND || (summaries.length > 0 && !clean)) return failed(tool, `${summary || 'it found something'}\n${ending(output)}`);
  // Some virtual machines don't let it at the GPU: that says nothing of the kernels.
  const unable = /^=+ (?:Error: )?(.*(?:not supported|Unable to find injection library).*)$/im.exec(output)?.[1];
  if (unable !== undefined) return notRun(tool, `it does not work on this machine: ${unable}`);
  return failed(tool, `it did not check the kernels (it ended with ${status})\n${ending(output)}`);
}

function ending(output) {
  return output.trimEnd().split('\n').slice(-LINES_SHOWN).join('\n');
}

/** @param folder for the checkers' output */
function* sanitize(root, environment, folder, emulated, checker = findChecker(environment)) {
  const workload = [process.execPath, join(root, 'scripts', 'gpu-check', 'every-kernel.js')];
  const options = { cwd: root, env: environment, encoding: 'utf8', timeout: TIMEOUT_MS, maxBuffer: 2 ** 28 };
  yield () => {
    const plain = spawnSync(workload[0], workload.slice(1), options);
    const wrong = complaint(plain);
    return wrong === undefined
      ? passed('every kernel', plain.stdout.trim())
      : failed('every kernel', `${wrong}\n${ending(plain.stderr ?? '')}`);
  };
  for (const tool of TOOLS) {
    yield () => {
      if (emulated) return notRun(tool, 'the GPU is emulated; npm run test:sanitize checks the emulation');
      if (checker === undefined) return notRun(tool, 'there is no compute-sanitizer on this machine');
      const ran = spawnSync(checker, ['--tool', tool, '--error-exitcode', String(FOUND), ...workload], options);
      const output = `${ran.stdout ?? ''}${ran.stderr ?? ''}`;
      writeFileSync(join(folder, `${tool}.log`), output);
      return ran.error || ran.signal ? failed(tool, `${complaint(ran)}\n${ending(output)}`) : assessOutput(tool, output, ran.status);
    };
  }
}

module.exports = { assessOutput, findChecker, sanitize };
