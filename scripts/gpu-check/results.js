/** Where results are kept, and the table of what was checked. */

const { join, resolve, sep } = require('node:path');

/** A file name of a GPU's name, e.g. nvidia-h100-80gb-hbm3. */
function slug(name) {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

/**
 * The file to write to; undefined where nothing is to be written. Kept results are measured on a GPU, in a whole run of the benchmark; others go only
 * where they are asked to.
 */
function resultsFile(root, { json, emulated, whole, gpu }) {
  if (json !== undefined) return json;
  return emulated || !whole ? undefined : join(root, 'bench', 'results', `${slug(gpu)}.json`);
}

/** Whether a file is among the kept results. */
function isKept(root, file) {
  return resolve(file).startsWith(join(root, 'bench', 'results', sep));
}

/** One line for each check, and below it what its detail says beside. */
function formatChecks(checks) {
  const width = Math.max(...checks.map(({ name }) => name.length));
  return checks.flatMap(({ name, result, detail, seconds }) => {
    const [first = '', ...rest] = detail.split('\n');
    const time = seconds === undefined ? '' : `${seconds.toFixed(seconds < 9.95 ? 1 : 0)} s`;
    const shown = result === 'failed' ? 'FAILED' : result;
    return [`${name.padEnd(width)}  ${shown.padEnd(7)}  ${time.padStart(6)}  ${first}`.trimEnd(), ...rest.map((line) => `    ${line}`)];
  });
}

module.exports = { formatChecks, isKept, resultsFile, slug };
