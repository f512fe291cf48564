/** The conformance suite on the GPU. */

const { spawnSync } = require('node:child_process');
const { existsSync, readFileSync } = require('node:fs');
const { totalmem } = require('node:os');
const { join } = require('node:path');
const { complaint, failed, passed } = require('./outcome');

const FAILURES_SHOWN = 10;

/** @param folder for the report */
function conformance(root, environment, folder) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  if (!existsSync(vitest)) return failed('conformance', 'vitest is not installed: run "npm install"');
  const report = join(folder, 'conformance.json');
  // Each file is a process with a CUDA context: a small board's memory holds one.
  const small = totalmem() < 12 * 2 ** 30;
  const args = [vitest, 'run', 'test/conformance', '--reporter=dot', '--reporter=json', `--outputFile.json=${report}`];
  if (small) args.push('--no-file-parallelism');
  const ran = spawnSync(process.execPath, args, {
    ...{ cwd: root, stdio: 'inherit' },
    // No colours and no cursor movements where output is kept.
    env: { ...environment, WHT_TARGETS: 'cuda', ...(process.stdout.isTTY ? {} : { CI: 'true', NO_COLOR: '1' }) },
  });
  if (!existsSync(report)) return failed('conformance', `vitest wrote no report: ${complaint(ran) ?? 'it said nothing'}`);
  return assessReport(JSON.parse(readFileSync(report, 'utf8')));
}

/** @param report vitest's, in JSON */
function assessReport({ success, numPassedTests, numFailedTests, numPendingTests = 0, testResults = [] }) {
  const skipped = numPendingTests === 0 ? '' : `, ${numPendingTests} skipped`;
  const detail = `${numPassedTests} passed, ${numFailedTests} failed${skipped}`;
  if (success && numFailedTests === 0 && numPassedTests > 0) return passed('conformance', detail);
  const failures = testResults.flatMap(({ name, status, message = '', assertionResults = [] }) => {
    const tests = assertionResults.filter((test) => test.status === 'failed');
    if (tests.length > 0) return tests.map(({ fullName, failureMessages = [] }) => `${fullName.trim()}: ${firstLine(failureMessages[0])}`);
    return status === 'failed' ? [`${name}: ${firstLine(message)}`] : [];
  });
  const more = failures.length > FAILURES_SHOWN ? [`and ${failures.length - FAILURES_SHOWN} more`] : [];
  return failed('conformance', [detail, ...failures.slice(0, FAILURES_SHOWN), ...more].join('\n'));
}

function firstLine(text = '') {
  return text.split('\n')[0];
}

module.exports = { assessReport, conformance };
