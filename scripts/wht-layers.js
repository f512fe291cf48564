#!/usr/bin/env node
/** `npx wht-layers`: what a user of the installed package can ask of it. */

const tooOld = require('./node-version');

if (tooOld !== undefined) {
  console.error(tooOld);
  process.exit(1);
}

const { join } = require('node:path');

const root = join(__dirname, '..');
const COMMANDS = new Map([
  ['doctor', ['dist/doctor/main.js', 'says what works on this machine, what does not, and what to do about it [--json]']],
  ['build', ['scripts/build-native.js', 'builds the package from source, as npm does where it runs install scripts [--cuda]']],
  ['bench', ['dist/bench/jetson/main.js', "measures the layers against what they replace, beside the paper's figures [--help]"]],
  ['compare', ['dist/bench/compare/main.js', 'compares the results of two runs of bench [--help]']],
]);

const [command, ...args] = process.argv.slice(2);
const [script] = COMMANDS.get(command) || [];

if (command === '--version') {
  console.log(require('../package.json').version);
} else if (script === undefined) {
  const wanted = command === undefined || command === '--help' || command === '-h';
  const lines = [...COMMANDS].map(([name, [, words]]) => `  ${name.padEnd(8)} ${words}\n`);
  const usage = `Usage: npx wht-layers COMMAND [options]\n\n${lines.join('')}`;
  if (wanted) process.stdout.write(usage);
  else process.stderr.write(`Expected a command (${[...COMMANDS.keys()].join(', ')}), got "${command}"\n\n${usage}`);
  process.exitCode = wanted ? 0 : 1;
} else {
  process.env.WHT_COMMAND = `npx wht-layers ${command}`;
  // In this process, so that Ctrl-C reaches one that can still say what it has.
  process.argv = [process.argv[0], join(root, script), ...args];
  require(process.argv[1]);
}
