#!/usr/bin/env node
/**
 * `npm run test:sanitize`: the conformance suite on the emulated CUDA backend under AddressSanitizer with UndefinedBehaviorSanitizer, and under
 * ThreadSanitizer, to which the threads of a GPU's block are threads. A kernel with a barrier taken out must be reported. Ends with
 * "N passed, N failed".
 */

const { execFileSync, spawnSync } = require('node:child_process');
const { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { buildMutant } = require('../test/cuda-emulation/mutant.js');

const root = join(__dirname, '..');
const VITEST = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const SANITIZERS = {
  // In which order threads run changes what races, not what is out of bounds.
  address: { targets: 'cuda-emulated', library: 'libasan.so', variable: 'ASAN_OPTIONS', options: 'detect_leaks=0' },
  thread: {
    targets: 'cuda-emulated; cuda-emulated, reversed',
    library: 'libtsan.so',
    variable: 'TSAN_OPTIONS',
    options: `suppressions=${join(root, 'test', 'cuda-emulation', 'tsan-suppressions.txt')}`,
  },
};

let passed = 0;
let failed = 0;
function judge(ok, what, detail = '') {
  if (ok) passed++;
  else failed++;
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${what}${detail ? `\n${detail}` : ''}`);
}

/** A process in which the sanitizer is loaded before all else, and what the sanitizer reported of it and its children. */
function sanitized(kind, folder, command, environment = {}, preloaded = []) {
  const { library, variable, options } = SANITIZERS[kind];
  const reports = mkdtempSync(join(folder, 'reports-'));
  const log = join(reports, 'report');
  const result = spawnSync('setarch', ['-R', ...command], {
    cwd: root,
    encoding: 'utf8',
    timeout: 15 * 60_000,
    maxBuffer: 2 ** 28,
    env: {
      ...process.env,
      ...environment,
      LD_PRELOAD: [execFileSync('g++', [`-print-file-name=${library}`], { encoding: 'utf8' }).trim(), ...preloaded].join(':'),
      [variable]: `${options}:log_path=${log}`,
      UBSAN_OPTIONS: `print_stacktrace=1:log_path=${log}`,
    },
  });
  const said = readdirSync(reports).map((name) => readFileSync(join(reports, name), 'utf8'));
  return { ...result, reports: said.join('\n') };
}

function conformance(kind, folder, library, files, targets = SANITIZERS[kind].targets) {
  const json = join(folder, 'vitest.json');
  rmSync(json, { force: true });
  const command = [process.execPath, VITEST, 'run', ...files, '--reporter=json', `--outputFile.json=${json}`];
  // The sanitizers know the lines of what was there from the start.
  const run = sanitized(kind, folder, command, { WHT_TARGETS: targets, WHT_EMULATED_LIBRARY: library }, [library]);
  try {
    return { ...run, tests: JSON.parse(readFileSync(json, 'utf8')) };
  } catch {
    return { ...run, tests: { success: false, numPassedTests: 0, numFailedTests: 1 } };
  }
}

const first = (text, lines = 40) => text.split('\n').slice(0, lines).join('\n');

for (const kind of Object.keys(SANITIZERS)) {
  const build = join(root, 'build', kind);
  const folder = mkdtempSync(join(tmpdir(), 'wht-sanitize-'));
  try {
    console.log(`--- ${kind}`);
    execFileSync(process.execPath, [join(__dirname, 'build-native.js'), '--sanitize', kind], { stdio: ['ignore', 'ignore', 'inherit'] });
    const library = join(build, 'Release', 'libwht_cuda_emulated.so');

    const own = sanitized(kind, folder, [join(build, 'Release', 'cuda_emulation_check')]);
    judge(own.status === 0 && own.reports === '', `${kind}: the emulation's own tests`, own.reports || own.stderr);

    const { tests, reports, stderr } = conformance(kind, folder, library, ['test/conformance']);
    passed += tests.numPassedTests;
    failed += tests.success ? 0 : Math.max(1, tests.numFailedTests);
    console.log(`${tests.numPassedTests} conformance tests passed, ${tests.numFailedTests} failed`);
    if (!tests.success) console.log(first(stderr));
    judge(reports === '' && tests.numPassedTests > 1000, `${kind}: nothing to report of the conformance suite`, first(reports));

    if (kind === 'thread') {
      // Both orders run into it; one is enough to see that it is reported, where it is.
      const mutant = mkdtempSync(join(folder, 'mutant-'));
      mkdirSync(mutant, { recursive: true });
      const broken = buildMutant('a __syncthreads is missing in strided_exchange', build, mutant);
      const control = conformance(kind, folder, broken, ['test/conformance/block-wht-2d.test.ts'], 'cuda-emulated');
      const reported = /data race/.test(control.reports) && /strided_exchange/.test(control.reports);
      judge(reported, 'thread: a kernel without one of its barriers is reported', reported ? '' : first(control.reports));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
