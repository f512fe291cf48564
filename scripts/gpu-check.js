#!/usr/bin/env node
/**
 * `npm run gpu:check`: everything that only a machine with a GPU can show, in one command and without a network: builds the CUDA backend for this
 * GPU, runs the conformance suite on it, every kernel under compute-sanitizer, and the benchmarks.
 *
 * Where Node.js is not installed, scripts/pack-gpu-check.js packs a folder that brings it.
 */

const { spawnSync } = require('node:child_process');
const { accessSync, constants, existsSync, mkdtempSync, readFileSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { dirname, join, resolve } = require('node:path');
const { performance } = require('node:perf_hooks');
const { ArgumentError, USAGE, parseArguments } = require('./gpu-check/arguments');
const { build } = require('./gpu-check/build');
const { conformance } = require('./gpu-check/conformance');
const { findDevice } = require('./gpu-check/device');
const { complaint, failed, notRun, passed } = require('./gpu-check/outcome');
const { formatChecks, isKept, resultsFile } = require('./gpu-check/results');
const { sanitize } = require('./gpu-check/sanitizer');

const root = resolve(__dirname, '..');

function main(args) {
  const { help, steps, bench, json, backend } = parseArguments(args);
  if (help) {
    console.log(USAGE);
    return 0;
  }
  expectFiles(json, backend);
  const folder = mkdtempSync(join(tmpdir(), 'wht-gpu-check-'));
  const checks = [];
  const check = (step) => {
    const start = performance.now();
    const outcome = step();
    const seconds = Number(((performance.now() - start) / 1000).toFixed(1));
    checks.push({ ...outcome, seconds });
    console.log(`\n${formatChecks([{ ...outcome, seconds }]).join('\n')}\n`);
    return outcome.result !== 'failed';
  };

  const given = { ...process.env, ...(backend !== undefined && { WHT_CUDA_BACKEND: resolve(backend) }) };
  const built = !steps.includes('build') || check(() => build(root, given, backend));
  const onDevice = steps.filter((step) => step !== 'build');
  let device = { reason: 'the build failed' };
  if (built && onDevice.length > 0) {
    check(() => {
      device = findDevice(root, given);
      return device.info === undefined ? failed('GPU', device.reason) : passed('GPU', describe(device));
    });
  }
  const { info, environment } = device;
  const emulated = info?.name.startsWith('Emulated') ?? false;
  if (emulated && json !== undefined && isKept(root, json)) {
    throw new ArgumentError(`Expected --json to name a file outside bench/results, since the GPU is emulated, got ${json}`);
  }

  let measured;
  const write = () => {
    const whole = measured !== undefined && bench.length === 0;
    const file = resultsFile(root, { json, emulated, whole, gpu: info?.name });
    if (file === undefined) return undefined;
    const environmentAlone = { ...(info !== undefined && { gpu: info.name }), node: process.versions.node };
    const results = measured ?? { schema: 1, environment: environmentAlone, comparisons: [], kernels: [] };
    writeFileSync(file, `${JSON.stringify({ ...results, checks }, undefined, 2)}\n`);
    return file;
  };
  for (const step of onDevice) {
    if (info === undefined) {
      checks.push(notRun(step, built ? 'there is no usable GPU' : device.reason));
    } else if (step === 'conformance') {
      check(() => conformance(root, environment, folder));
    } else if (step === 'sanitizer') {
      for (const each of sanitize(root, environment, folder, emulated)) check(each);
    } else {
      const file = join(folder, 'bench.json');
      check(() => measure(environment, file, bench));
      if (existsSync(file)) measured = JSON.parse(readFileSync(file, 'utf8'));
    }
    // After each step: a run that is stopped keeps what it had found.
    write();
  }

  const file = write();
  console.log(['', ...formatChecks(checks), '', file === undefined ? 'No results were written.' : `Results: ${file}`].join('\n'));
  console.log(`Logs: ${folder}`);
  return checks.some(({ result }) => result === 'failed') ? 1 : 0;
}

/** Finds out beforehand what would fail at the end. */
function expectFiles(json, backend) {
  if (backend !== undefined && !existsSync(backend)) throw new ArgumentError(`Expected --backend to name a file, got ${backend}`);
  try {
    if (json !== undefined) accessSync(dirname(resolve(json)), constants.W_OK);
  } catch (error) {
    throw new ArgumentError(`Expected --json to name a file that can be written, got ${json} (${error.message})`);
  }
}

function describe({ info: { name, computeCapability, driver, cudnn }, environment: { WHT_CUDNN_DIR } }) {
  const found = cudnn === undefined ? 'no cuDNN was found' : `cuDNN ${cudnn}${WHT_CUDNN_DIR ? ` (${WHT_CUDNN_DIR})` : ''}`;
  return `${name}, compute capability ${computeCapability}, driver for ${driver}, ${found}`;
}

function measure(environment, file, options) {
  const args = [join(root, 'dist', 'bench', 'gpu', 'main.js'), '--json', file, ...options];
  const wrong = complaint(spawnSync(process.execPath, args, { cwd: root, env: environment, stdio: 'inherit' }));
  const targets = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).targets : [];
  const lines = targets.map(
    ({ name, least, met, count }) => `${name}: at least ${least < 1 ? `${least * 100} %` : `${least}x`} in ${met} of ${count}`,
  );
  if (wrong !== undefined) return failed('bench', [`${wrong}; the tables above say more`, ...lines].join('\n'));
  return passed('bench', lines.join('\n'));
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof ArgumentError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
