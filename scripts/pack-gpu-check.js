#!/usr/bin/env node
/**
 * Packs what `npm run gpu:check` needs on a machine that has CUDA and a compiler, but neither Node.js nor a network: this machine's node, the
 * packages for building the addon and running the tests, and dist/. The sources are in the repository, whose working tree goes there too:
 *
 *   node scripts/pack-gpu-check.js             into build/gpu-check/
 *   bash build/gpu-check/gpu-check.sh          there, in the repository's root
 *
 *   --out DIR   into another folder, which is to be below the repository's root there as here
 */

const { spawnSync } = require('node:child_process');
const { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } = require('node:fs');
const { createHash } = require('node:crypto');
const { tmpdir } = require('node:os');
const { basename, dirname, join, relative, resolve } = require('node:path');
const { parseArgs } = require('node:util');
const { dependencies } = require('../package.json');

const root = resolve(__dirname, '..');
/** Besides what users install: the tests', and the tables of the benchmark's report. */
const TOOLS = ['vitest', 'fast-check', 'cli-table3'];

function fail(message) {
  console.error(message);
  process.exit(1);
}

/**
 * The folders of packages and of all that they need, from those that are installed. Packages for other platforms are not, and so are left out.
 *
 * @returns {string[]} relative to the root
 */
function closure(names, from = root) {
  const found = new Set();
  const visit = (name, above, optional) => {
    const folder = findPackage(name, above);
    if (folder === undefined) {
      if (!optional) fail(`${name} is not installed: run "npm install" first.`);
      return;
    }
    if (found.has(folder)) return;
    found.add(folder);
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const optionalOnes = Object.keys(manifest.optionalDependencies ?? {});
    for (const need of Object.keys(manifest.dependencies ?? {})) visit(need, folder, optionalOnes.includes(need));
    for (const need of optionalOnes) visit(need, folder, true);
  };
  for (const name of names) visit(name, from, false);
  return [...found].map((folder) => relative(from, folder)).sort();
}

/** As Node.js looks for a package: in node_modules of this folder and of those above it. */
function findPackage(name, folder) {
  const candidate = join(folder, 'node_modules', name);
  if (existsSync(join(candidate, 'package.json'))) return candidate;
  return dirname(folder) === folder ? undefined : findPackage(name, dirname(folder));
}

/** Copies everything that is to be packed to a folder. */
function collect(folder) {
  // Distributions' packages may have node as a library, which would have to come along with all that it needs.
  if (process.config.variables.node_shared)
    fail('Expected a node that is one file, as nodejs.org has them, got one that is a shared library.');
  mkdirSync(join(folder, 'bin'));
  copyFileSync(process.execPath, join(folder, 'bin', 'node'));
  // What is only for people debugging node is a tenth of it.
  spawnSync('strip', [join(folder, 'bin', 'node')]);
  const needed = closure([...Object.keys(dependencies), ...TOOLS]);
  for (const path of needed) {
    cpSync(join(root, path), join(folder, path), {
      recursive: true,
      // Packages nested in this one are in the list themselves if they are needed.
      filter: (source) => source === join(root, path) || basename(source) !== 'node_modules',
    });
  }
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  return needed.length;
}

/** @returns the archive's name */
function archive(folder, out) {
  const compressors = [
    ['xz', ['-6', '-T0'], 'xz'],
    ['gzip', ['-9'], 'gz'],
  ];
  const found = compressors.find(([command]) => spawnSync(command, ['--version']).status === 0);
  if (found === undefined) fail('Neither xz nor gzip was found.');
  const [command, options, ending] = found;
  const name = `packed.tar.${ending}`;
  const script = `tar -C "$1" --owner=0 --group=0 --sort=name --mtime=@0 -cf - . | "$2" ${options.join(' ')} > "$3"`;
  const { status } = spawnSync('bash', ['-o', 'pipefail', '-c', script, 'pack', folder, command, join(out, name)], { stdio: 'inherit' });
  if (status !== 0) fail(`tar and ${command} ended with ${status}.`);
  return name;
}

function buildTypeScript() {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  if (!existsSync(compiler)) fail('typescript is not installed: run "npm install" first.');
  if (spawnSync(process.execPath, [compiler, '-b'], { cwd: root, stdio: 'inherit' }).status !== 0) fail('tsc -b failed.');
}

const USAGE = `Usage: npm run gpu:pack -- [--out DIR]

Makes a folder (build/gpu-check by default, or DIR below the repository's root) with which gpu:check runs where there is neither Node.js nor a network.
`;

function outFolder(args) {
  try {
    const options = { out: { type: 'string' }, help: { type: 'boolean' } };
    const { out, help } = parseArgs({ args, options, strict: true, allowPositionals: false }).values;
    if (help) {
      process.stdout.write(USAGE);
      process.exit(0);
    }
    const folder = resolve(out ?? join(root, 'build', 'gpu-check'));
    const below = relative(root, folder);
    if (below === '' || below.startsWith('..')) throw new Error(`a folder outside the repository: ${folder}`);
    return folder;
  } catch (error) {
    return fail(`Expected --out to name a folder in the repository, got: ${error.message.split('\n')[0]}`);
  }
}

function main() {
  const out = outFolder(process.argv.slice(2));
  console.error('Packing: node and the packages take about a minute to compress.');
  buildTypeScript();
  const folder = mkdtempSync(join(tmpdir(), 'wht-pack-'));
  try {
    const packages = collect(folder);
    rmSync(out, { recursive: true, force: true });
    mkdirSync(out, { recursive: true });
    const name = archive(folder, out);
    const bytes = readFileSync(join(out, name));
    writeFileSync(join(out, `${name}.sha256`), `${createHash('sha256').update(bytes).digest('hex')}\n`);
    copyFileSync(join(__dirname, 'gpu-check', 'gpu-check.sh'), join(out, 'gpu-check.sh'));
    const megabytes = (statSync(join(out, name)).size / 2 ** 20).toFixed(1);
    console.log(
      `${relative(root, out)}: node ${process.version} for ${process.platform}-${process.arch}, ${packages} packages and dist/, ${megabytes} MiB`,
    );
    console.log(
      `Copy the repository with it to a ${process.platform}-${process.arch} machine that has a GPU, cmake, g++ and nvcc, and run in its root:\n` +
        `  bash ${relative(root, join(out, 'gpu-check.sh'))}`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (require.main === module) main();

module.exports = { closure };
