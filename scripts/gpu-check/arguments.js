const { parseArgs } = require('node:util');

const STEPS = ['build', 'conformance', 'sanitizer', 'bench'];

const USAGE = `Usage: npm run gpu:check -- [options]

Checks the CUDA backend on this machine's GPU: builds it, runs the conformance suite, runs every kernel under compute-sanitizer where there is one,
and measures. Needs no network.

  --json FILE     where to write the results; default: bench/results/ and the GPU's name
  --skip STEP     leave a step out; may be repeated: ${STEPS.join(', ')}
  --only STEP     run this step alone; may be repeated
  --quick         fewer samples in the benchmark
  --points LIST   benchmark kernels of these block sizes alone, e.g. 64,1024
  --backend PATH  check this library instead of building one
  --help          show this

Exit codes: 0 all that ran passed, 1 something failed, 2 it could not be understood.
`;

const OPTIONS = {
  json: { type: 'string' },
  skip: { type: 'string', multiple: true },
  only: { type: 'string', multiple: true },
  quick: { type: 'boolean' },
  points: { type: 'string' },
  backend: { type: 'string' },
  help: { type: 'boolean' },
};

class ArgumentError extends Error {}

/**
 * @returns {{ help: boolean, steps: string[], bench: string[], json?: string, backend?: string }} bench: options for the benchmark
 * @throws ArgumentError that names what was expected and what came
 */
function parseArguments(args) {
  const { json, skip = [], only = STEPS, quick, points, backend, help } = parsed(args);
  for (const [name, list] of Object.entries({ skip, only })) {
    const unknown = list.find((step) => !STEPS.includes(step));
    if (unknown !== undefined)
      throw new ArgumentError(`Expected --${name} to be one of ${STEPS.join(', ')}, got ${JSON.stringify(unknown)}`);
  }
  for (const [name, path] of Object.entries({ json, backend })) {
    if (path === '') throw new ArgumentError(`Expected --${name} to name a file, got ""`);
  }
  return {
    help: help ?? false,
    steps: STEPS.filter((step) => only.includes(step) && !skip.includes(step)),
    bench: [...(quick ? ['--quick'] : []), ...(points === undefined ? [] : ['--points', points])],
    ...(json !== undefined && { json }),
    ...(backend !== undefined && { backend }),
  };
}

function parsed(args) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    // parseArgs names the argument in its first sentence and goes on with advice on programming.
    const [complaint] = error.message.split(/\. |\n/);
    const names = Object.keys(OPTIONS).map((name) => `--${name}`);
    throw new ArgumentError(`Expected options among ${names.join(', ')}: ${complaint}`);
  }
}

module.exports = { ArgumentError, USAGE, parseArguments };
