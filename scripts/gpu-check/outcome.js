/**
 * What a step came to: { name, result, detail, seconds }. `result` is 'passed', 'failed', or 'not run', for a reason that is no fault of the
 * package's; `detail` says it for people.
 */

const passed = (name, detail) => ({ name, result: 'passed', detail });
const failed = (name, detail) => ({ name, result: 'failed', detail });
const notRun = (name, detail) => ({ name, result: 'not run', detail });

/** What was wrong with a process that spawnSync ran, in words; undefined where it succeeded. */
function complaint({ error, status, signal }) {
  if (error) return error.code === 'ETIMEDOUT' ? 'it took too long' : `it could not be run (${error.code ?? error.message})`;
  if (signal) return `it was stopped by ${signal}`;
  return status === 0 ? undefined : `it ended with ${status}`;
}

module.exports = { complaint, failed, notRun, passed };
