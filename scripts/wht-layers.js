#!/usr/bin/env node
/** `npx wht-layers`: what a user of the installed package can ask of it. */

// biome-ignore lint/style/useNodejsImportProtocol: older than 14.18, Node.js does not know it; see below
const { join } = require('path');

const root = join(__dirname, '..');
const COMMANDS = {
  doctor: ['dist/doctor/main.js', 'says what works on this machine, what does not, and what to do about it [--json]'],
  build: ['scripts/build-native.js', 'builds the package from source, as npm does where it runs install scripts [--cuda]'],
  bench: ['dist/bench/jetson/main.js', "measures the layers against what they replace, beside the paper's figures [--help]"],
  compare: ['dist/bench/compare/main.js', 'compares the results of two runs of bench [--help]'],
};

const [command, ...args] = process.argv.slice(2);
const [script] = Object.hasOwn(COMMANDS, String(command)) ? COMMANDS[command] : [];

// This file alone is read by a Node.js that is too old for the others.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 16 || (major === 16 && minor < 20)) {
  console.error(`wht-layers needs Node.js 16.20 or newer, and this is ${process.versions.node} (${process.execPath}).`);
  console.error(
    'On JetPack 4 (glibc 2.27) the newest that runs is 16.20.2: https://nodejs.org/dist/v16.20.2/node-v16.20.2-linux-arm64.tar.xz',
  );
  process.exitCode = 1;
} else if (script === undefined) {
  const wanted = command === undefined || command === '--help' || command === '-h';
  const lines = Object.keys(COMMANDS).map((name) => `  ${name.padEnd(8)} ${COMMANDS[name][1]}\n`);
  const usage = `Usage: npx wht-layers COMMAND [options]\n\n${lines.join('')}`;
  if (wanted) process.stdout.write(usage);
  else process.stderr.write(`Expected a command (${Object.keys(COMMANDS).join(', ')}), got "${command}"\n\n${usage}`);
  process.exitCode = wanted ? 0 : 1;
} else {
  process.env.WHT_COMMAND = `npx wht-layers ${command}`;
  // In this process, so that Ctrl-C reaches one that can still say what it has.
  process.argv = [process.argv[0], join(root, script)].concat(args);
  require(process.argv[1]);
}
