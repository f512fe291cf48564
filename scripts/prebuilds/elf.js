/** What a shared library asks of the system that loads it, by binutils' readelf, which reads those of other processors too. */

const { spawnSync } = require('node:child_process');

/**
 * @returns {{ machine: string, libraries: string[], runPath?: string, staticTls: boolean, versions: Map<string, string[]> }} libraries: those it is
 *   linked to; versions: of symbols, e.g. GLIBC_2.34, each with the symbols that need it
 * @throws where readelf is missing, or the file is no library
 */
function readElf(file) {
  const { error, status, stdout, stderr } = spawnSync(
    'readelf',
    ['--wide', '--file-header', '--dynamic', '--version-info', '--dyn-syms', file],
    { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' }, maxBuffer: 2 ** 28 },
  );
  if (error) throw new Error(`readelf could not be run (${error.code ?? error.message}): install binutils`);
  const machine = /^ +Machine: +(.+)$/m.exec(stdout)?.[1];
  if (status !== 0 || machine === undefined || !stdout.includes('Dynamic section at')) {
    const said = stderr.trim().split('\n')[0];
    throw new Error(`expected a shared library, got ${said ? `what readelf can't read: ${said}` : 'a file without a dynamic section'}`);
  }
  return {
    machine,
    libraries: [...stdout.matchAll(/\(NEEDED\) .*\[(.+)\]/g)].map(([, name]) => name),
    runPath: /\((?:RPATH|RUNPATH)\) .*\[(.+)\]/.exec(stdout)?.[1],
    staticTls: /\(FLAGS\) .*STATIC_TLS/.test(stdout),
    versions: neededVersions(stdout),
  };
}

function neededVersions(text) {
  // Not the versions that the library itself defines, which are in a section of their own.
  const [, section = ''] = text.split(/^Version needs section .*$/m);
  const versions = new Map([...section.split('\n\n', 1)[0].matchAll(/ Name: (\S+) /g)].map(([, name]) => [name, []]));
  for (const [, symbol, version] of text.matchAll(/ UND (\S+?)@([^\s@]+)/g)) versions.get(version)?.push(symbol);
  return versions;
}

module.exports = { readElf };
