/** What was found out about prebuilds, as text. */

const Table = require('cli-table3');
const { FLOOR, systemsFor } = require('./floor.js');

const VERSIONS = Object.keys(FLOOR);

/** @param {import('./check.js').Checked[]} checked */
function formatChecked(checked) {
  const table = new Table({ head: ['prebuild', 'machine', 'MB', ...VERSIONS], style: { head: [], border: [] } });
  for (const { name, machine = '-', bytes, highest } of checked) {
    const size = bytes === undefined ? '-' : (bytes / 1e6).toFixed(2);
    table.push([name, machine, size, ...VERSIONS.map((version) => highest?.[version] ?? '-')]);
  }
  table.push(['the floor', '', '', ...VERSIONS.map((version) => FLOOR[version])]);
  return [
    'The newest version of symbols that each needs, as readelf finds it:',
    table.toString(),
    ...checked.filter(({ libraries }) => libraries !== undefined).map(({ name, libraries }) => `${name} needs ${libraries.join(', ')}`),
    ...[...new Set(checked.flatMap(({ highest }) => highest?.GLIBC ?? []))].map(formatSystems),
  ].join('\n');
}

function formatSystems(glibc) {
  const list = (systems) => systems.map(({ names, glibc: theirs }) => `${names}: ${theirs}`).join('; ') || 'none known here';
  const { on, off } = systemsFor(glibc);
  const needs = glibc === 'none' ? 'What needs no version of GLIBC' : `What needs GLIBC_${glibc}`;
  return `${needs} loads on systems with that or a newer one (${list(on)})${off.length > 0 ? `, not on others (${list(off)})` : ''}.`;
}

/** @param {import('./check.js').Checked[]} checked */
function formatProblems(checked) {
  return checked.flatMap(({ name, problems }) => problems.map((problem) => `prebuilds/${name}: ${problem}.`));
}

module.exports = { formatChecked, formatProblems };
