/** Judges prebuilds by what is in the files themselves. */

const { existsSync, readdirSync, statSync } = require('node:fs');
const { join } = require('node:path');
const { readElf } = require('./elf.js');
const { FLOOR, LIBRARIES, highestVersions, isWithinFloor } = require('./floor.js');
const { ADDON } = require('./targets.js');

/** @typedef {{ name: string, machine?: string, bytes?: number, highest?: object, libraries?: string[], problems: string[] }} Checked */

/**
 * The addon of a target, and the libraries beside it.
 *
 * @param {string} prebuilds the folder that has one for each target
 * @returns {Checked[]} at least one, since an addon that is not there is a problem
 */
function checkTarget(prebuilds, target) {
  const folder = join(prebuilds, target.folder);
  const found = existsSync(folder) ? readdirSync(folder).sort() : [];
  // node-gyp-build takes any addon that it finds, so one of another name counts.
  const names = found.filter((name) => /\.(node|so(\.\d+)*)$/.test(name));
  const checked = names.map((name) => checkLibrary(join(folder, name), `${target.folder}/${name}`, target.machine));
  if (names.includes(ADDON)) return checked;
  return [{ name: `${target.folder}/${ADDON}`, problems: ['it is missing'] }, ...checked];
}

/** @returns {Checked} */
function checkLibrary(file, name, machine) {
  let elf;
  try {
    elf = readElf(file);
  } catch (error) {
    return { name, problems: [error.message] };
  }
  const problems = [];
  if (elf.machine !== machine) problems.push(`expected it to be for ${machine}, got one for ${elf.machine}`);
  for (const [version, symbols] of elf.versions) {
    if (!isWithinFloor(version)) problems.push(aboveFloor(version, symbols));
  }
  for (const library of elf.libraries.filter((needed) => !LIBRARIES.includes(needed))) problems.push(linkedTo(library));
  if (elf.runPath !== undefined) problems.push(`it looks for libraries in a folder of the machine that built it, ${elf.runPath}`);
  if (elf.staticTls) {
    problems.push(
      'it has thread-local variables in the static TLS block (STATIC_TLS), which a process that opens it later may have no room for',
    );
  }
  const highest = highestVersions(elf.versions.keys());
  return { name, machine: elf.machine, bytes: statSync(file).size, highest, libraries: elf.libraries, problems };
}

function aboveFloor(version, symbols) {
  const floor = FLOOR[version.split('_')[0]];
  const named = symbols.slice(0, 5).join(', ') + (symbols.length > 5 ? `, ${symbols.length - 5} more` : '');
  const expected = floor === undefined || floor === 'none' ? 'nothing of the kind' : `${version.split('_')[0]}_${floor} at most`;
  return `it needs ${version}${named && ` (${named})`}, where the floor is ${expected}: see native/prebuild/old_glibc.cmake`;
}

function linkedTo(library) {
  const why = /^lib(cu|nv)/.test(library)
    ? 'CUDA is to be opened when it is asked for, so that the CPU device works without'
    : 'systems may lack it';
  return `it is linked to ${library}, and would not load where that is missing: ${why}`;
}

module.exports = { checkLibrary, checkTarget };
