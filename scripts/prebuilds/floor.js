/** The oldest system that a prebuild is to load on, and what the versions of its symbols say about that. */

/**
 * The newest version of each library's symbols that may be needed; none: the library must not be. It is what Node.js 16 itself needs, so that where
 * Node.js runs, the prebuild loads.
 */
const FLOOR = { GLIBC: '2.17', GLIBCXX: 'none', CXXABI: 'none', GCC: '4.8.0' };

/** What every system with glibc has. */
const LIBRARIES = [
  'ld-linux-aarch64.so.1',
  'ld-linux-x86-64.so.2',
  'libc.so.6',
  'libdl.so.2',
  'libgcc_s.so.1',
  'libm.so.6',
  'libpthread.so.0',
  'librt.so.1',
];

const SYSTEMS = [
  { glibc: '2.17', names: 'CentOS 7' },
  { glibc: '2.27', names: 'JetPack 4 (Ubuntu 18.04)' },
  { glibc: '2.28', names: 'Debian 10, RHEL 8' },
  { glibc: '2.31', names: 'JetPack 5 (Ubuntu 20.04), Debian 11' },
  { glibc: '2.34', names: 'RHEL 9' },
  { glibc: '2.35', names: 'JetPack 6 (Ubuntu 22.04)' },
  { glibc: '2.36', names: 'Debian 12' },
  { glibc: '2.39', names: 'JetPack 7 (Ubuntu 24.04), RHEL 10' },
  { glibc: '2.41', names: 'Debian 13' },
];

/** Orders versions: 2.4 before 2.27. */
function compareVersions(a, b) {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  const at = left.findIndex((number, i) => number !== (right[i] ?? 0));
  return at < 0 ? left.length - right.length : left[at] - (right[at] ?? 0);
}

/**
 * The highest version that each of the floor's libraries is needed in, e.g. { GLIBC: '2.17', GLIBCXX: 'none', … }.
 *
 * @param {Iterable<string>} versions e.g. GLIBC_2.17
 */
function highestVersions(versions) {
  const highest = Object.fromEntries(Object.keys(FLOOR).map((name) => [name, 'none']));
  for (const version of versions) {
    const [, name, number] = /^([A-Z]+)_(\d+(?:\.\d+)*)$/.exec(version) ?? [];
    if (name in highest && (highest[name] === 'none' || compareVersions(number, highest[name]) > 0)) highest[name] = number;
  }
  return highest;
}

/** Whether a version is the floor's or below. One that is not a number, e.g. GLIBC_ABI_DT_RELR or GLIBC_PRIVATE, stands for a newer glibc. */
function isWithinFloor(version) {
  const [, name, number] = /^([A-Z]+)_(\d+(?:\.\d+)*)$/.exec(version) ?? [];
  return name in FLOOR && FLOOR[name] !== 'none' && compareVersions(number, FLOOR[name]) <= 0;
}

/** The systems on which something that needs a version of glibc loads, and those on which it does not. */
function systemsFor(glibc) {
  const loads = ({ glibc: theirs }) => glibc === 'none' || compareVersions(glibc, theirs) <= 0;
  return { on: SYSTEMS.filter(loads), off: SYSTEMS.filter((system) => !loads(system)) };
}

module.exports = { FLOOR, LIBRARIES, highestVersions, isWithinFloor, systemsFor };
