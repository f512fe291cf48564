/** Which sources the prebuilds were made from: kept beside them, since times of files say nothing after a checkout. */

const { createHash } = require('node:crypto');
const { existsSync, readdirSync, readFileSync, statSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

/** All that a prebuild is made of, but for the compiler. */
const SOURCES = ['CMakeLists.txt', 'native', ...['arm64.cmake', 'cmake-js.js', 'x64.cmake'].map((name) => `scripts/prebuilds/${name}`)];
const PACKAGES = ['node-addon-api', 'node-api-headers'];
const RECORD = 'sources.json';

function filesOf(root, path) {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  return readdirSync(join(root, path)).flatMap((name) => filesOf(root, `${path}/${name}`));
}

function digest(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}

/** One digest of all sources, and of the versions of the packages whose headers are compiled in. */
function digestSources(root) {
  const files = SOURCES.flatMap((path) => filesOf(root, path)).sort();
  const versions = PACKAGES.map((name) => `${name} ${require(require.resolve(`${name}/package.json`, { paths: [root] })).version}`);
  return digest(...versions, ...files.flatMap((path) => [path, digest(readFileSync(join(root, path)))]));
}

function readRecord(prebuilds) {
  const file = join(prebuilds, RECORD);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

/** The digests of a target's files, by name. */
function digestFiles(prebuilds, target) {
  const folder = join(prebuilds, target.folder);
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  return Object.fromEntries(names.map((name) => [name, digest(readFileSync(join(folder, name)))]));
}

/** Records that a target's files were made from sources with a digest, taken before the build, so that an edit meanwhile shows. */
function record(prebuilds, target, sources) {
  const entry = { sources, files: digestFiles(prebuilds, target) };
  writeFileSync(join(prebuilds, RECORD), `${JSON.stringify({ ...readRecord(prebuilds), [target.folder]: entry }, null, 2)}\n`);
}

/** Why a target's files are not those that the present sources give; undefined where they are. */
function staleness(root, prebuilds, target) {
  const recorded = readRecord(prebuilds)[target.folder];
  if (recorded === undefined) return `prebuilds/${RECORD} does not say what sources it was built from`;
  if (recorded.sources !== digestSources(root)) return 'it was built from other sources than are here now';
  const files = digestFiles(prebuilds, target);
  const names = new Set([...Object.keys(files), ...Object.keys(recorded.files)]);
  const changed = [...names].filter((name) => files[name] !== recorded.files[name]);
  return changed.length === 0 ? undefined : `${changed.join(', ')} is not as it was built`;
}

module.exports = { digestSources, record, staleness };
