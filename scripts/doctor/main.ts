/** `npx wht-layers doctor`: what works on this machine, what does not, and what to do about it. */
import { homedir } from 'node:os';
import { parseArgs } from 'node:util';
import type * as boardRoots from '../../bench/probes/board-root';
import type * as machines from '../../bench/probes/machine';
import type * as roots from '../../lib/package-root';
import { diagnose } from './diagnose';
import { withoutHome } from './home-folder';
import { packageFacts } from './package-facts';
import { COLOURED, PLAIN, render } from './render';

// Where they are once they are compiled: beside this one in dist, but not among the sources.
const { boardRoot } = require('../bench/probes/board-root') as typeof boardRoots;
const { readMachine } = require('../bench/probes/machine') as typeof machines;
const { BUILD_COMMAND, PACKAGE_ROOT } = require('../package-root') as typeof roots;

const USAGE = `Usage: npx wht-layers doctor [--json]

Says what this machine has, whether wht-layers works on it, on the GPU or on the CPU, and what to do about what is
missing. The last lines say which device openDevice() gives and why not a better one.

  --json   the same as an object: { schema: 1, backend: { kind, text, because? }, findings: [{ subject, state,
           text, cure? }], facts: { machine, package } }
  --help   show this

The exit code is 0 where a device can be opened, on the GPU or the CPU, else 1.
WHT_BOARD_ROOT=DIR looks at a machine that "bench --record-board DIR" has recorded.
`;

function main(args: string[]): number {
  const { json, help } = parseArgs({ args, options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } }).values;
  if (help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const root = boardRoot();
  const wait = process.stderr.isTTY ? 'Looking at this machine, which may take a minute ...' : '';
  process.stderr.write(wait);
  const machine = readMachine(root, process.env);
  const here = root.recorded === undefined;
  const found = diagnose({ machine, ...(here && { package: packageFacts(PACKAGE_ROOT, BUILD_COMMAND, machine.gpus.devices) }) });
  const report = withoutHome(found, homedir());
  process.stderr.write(wait.replace(/./g, '\b \b'));
  const colours = process.stdout.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  process.stdout.write(json ? `${JSON.stringify(report, undefined, 2)}\n` : render(report, colours ? COLOURED : PLAIN));
  return report.backend.kind === 'none' ? 1 : 0;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  // An unknown option, or a folder in WHT_BOARD_ROOT that is not there.
  process.stderr.write(`${error instanceof Error ? error.message : error}\n"npx wht-layers doctor --help" shows what can be asked.\n`);
  process.exitCode = 2;
}
