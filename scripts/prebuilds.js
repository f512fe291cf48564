#!/usr/bin/env node
/**
 * `npm run prebuilds`: builds the addon for each system that the package ships it for, into prebuilds/, and checks that it loads on systems as old as
 * it should. With --check, before publishing, only the check.
 */

const { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { parseArgs } = require('node:util');
const { chooseCuda } = require('./cuda-compiler.js');
const { buildTarget, missingTools } = require('./prebuilds/build.js');
const { checkTarget } = require('./prebuilds/check.js');
const { digestSources, record, staleness } = require('./prebuilds/sources.js');
const { formatChecked, formatProblems } = require('./prebuilds/table.js');
const { TARGETS } = require('./prebuilds/targets.js');

const root = join(__dirname, '..');
const prebuilds = join(root, 'prebuilds');
const ARCHS = TARGETS.map(({ arch }) => arch).join(', ');

const USAGE = `Usage: npm run prebuilds -- [options]

Builds prebuilds/ with prebuildify and cmake-js, for ${TARGETS.map(({ folder }) => folder).join(' and ')}; checks each for the versions of the system's
libraries that it needs, its processor, and what it is linked to. Downloads nothing, and leaves build/ alone.

  --arch ARCH    only this one of ${ARCHS}
  --cuda LIST    also ship a CUDA library beside the x64 addon, for these architectures, e.g. 75,90+; default: none
  --check        build nothing: check those that are there, and that they were built from these sources; npm does so before publishing
  --help         show this

Exit codes: 0 done; 1 a prebuild is missing, out of date or can't be shipped; 2 it could not be done.
`;

const OPTIONS = {
  arch: { type: 'string' },
  cuda: { type: 'string' },
  check: { type: 'boolean' },
  help: { type: 'boolean' },
};

/** It could not be done, or was not understood. */
class PrebuildError extends Error {}

function parseArguments() {
  let values;
  try {
    values = parseArgs({ options: OPTIONS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new PrebuildError(`${error.message.split('. ')[0]}. "npm run prebuilds -- --help" lists the options.`);
  }
  const { arch, cuda } = values;
  const targets = TARGETS.filter((target) => arch === undefined || target.arch === arch);
  if (targets.length === 0) throw new PrebuildError(`Expected --arch to be one of ${ARCHS}, got ${JSON.stringify(arch)}.`);
  if (cuda !== undefined && !(targets[0].arch === 'x64' && process.arch === 'x64')) {
    throw new PrebuildError('Expected --cuda with the x64 prebuild, on an x64 machine: nvcc links with the libraries of its own.');
  }
  return { ...values, targets };
}

function cudaFor(architectures) {
  if (architectures === undefined) return undefined;
  const choice = chooseCuda({ ...process.env, WHT_CUDA_ARCHITECTURES: architectures });
  if (choice.reason !== undefined) throw new PrebuildError(`The CUDA library can't be built: ${choice.reason}.`);
  return choice;
}

/** Builds and checks apart, and only what passes takes the place of what was there. */
async function build(target, cuda) {
  const missing = missingTools(target);
  if (missing.length > 0) {
    throw new PrebuildError(
      `${target.folder} is built with ${missing.join(', ')}, which ${missing.length > 1 ? 'are' : 'is'} not here. Debian, Ubuntu: ` +
        `sudo apt-get install cmake make binutils g++-${target.triple.replace('_', '-')}`,
    );
  }
  const folder = mkdtempSync(join(tmpdir(), `wht-prebuild-${target.arch}-`));
  try {
    const sources = digestSources(root);
    await buildTarget(folder, target, cuda);
    const checked = checkTarget(join(folder, 'prebuilds'), target);
    if (checked.every(({ problems }) => problems.length === 0)) replace(target, join(folder, 'prebuilds', target.folder), sources);
    return checked;
  } catch (error) {
    throw new PrebuildError(`${target.folder} could not be built: ${error.message}; the words of the tools are above.`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function replace(target, built, sources) {
  const place = join(prebuilds, target.folder);
  const arriving = join(prebuilds, `.${target.folder}`);
  mkdirSync(prebuilds, { recursive: true });
  rmSync(arriving, { recursive: true, force: true });
  cpSync(built, arriving, { recursive: true });
  rmSync(place, { recursive: true, force: true });
  renameSync(arriving, place);
  record(prebuilds, target, sources);
}

function check(target) {
  const checked = checkTarget(prebuilds, target);
  const [first] = checked;
  const stale = first.problems.includes('it is missing') ? undefined : staleness(root, prebuilds, target);
  return stale === undefined ? checked : [{ ...first, problems: [...first.problems, stale] }, ...checked.slice(1)];
}

async function main() {
  const { help, check: checkAlone, targets, cuda } = parseArguments();
  if (help) return console.log(USAGE);
  const choice = cudaFor(cuda);
  const checked = [];
  for (const target of targets) {
    const found = checkAlone ? check(target) : await build(target, target.arch === 'x64' ? choice : undefined);
    checked.push(...found);
  }
  console.log(formatChecked(checked));
  const problems = formatProblems(checked);
  if (problems.length === 0) {
    return console.log(
      checkAlone ? 'All are there, are of these sources, and keep to the floor.' : 'All keep to the floor. They are in prebuilds/.',
    );
  }
  console.error(`\n${problems.join('\n')}`);
  console.error(
    checkAlone
      ? 'The package is not to be published so. "npm run prebuilds" builds them again.'
      : 'Those that keep to the floor are in prebuilds/; the others are not, and what was there before them is as it was.',
  );
  process.exitCode = 1;
}

main().catch((error) => {
  console.error(error instanceof PrebuildError ? error.message : error);
  process.exitCode = 2;
});
