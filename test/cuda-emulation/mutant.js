/**
 * Builds the emulated CUDA backend with a mistake in one of its kernels, to see that the tests notice: a copy of native/ with one piece of text
 * replaced, of which one file is compiled as the build did it and linked with the build's other objects.
 */

const { execFileSync } = require('node:child_process');
const { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join, resolve } = require('node:path');

const root = resolve(__dirname, '..', '..');

/** Mistakes, each with the file of kernels that shows it. */
const MISTAKES = {
  'a __syncthreads is missing in strided_exchange': {
    file: 'strided.cuh',
    from: '__syncthreads();',
    to: '',
    compiled: 'strided_float.cu',
  },
  'a barrier is missing in contiguous_exchange': {
    file: 'contiguous.cuh',
    from: 'wait_for_block<kThreads>();',
    to: '',
    compiled: 'contiguous_float.cu',
  },
  'the output is scaled by 2': {
    file: 'nonlinearity.cuh',
    from: 'return tanh * fmaxf(over, 0.0f);',
    to: 'return 2.0f * tanh * fmaxf(over, 0.0f);',
    compiled: 'strided_float.cu',
  },
  'the elements of a vector share a parameter': {
    file: 'indexing.cuh',
    from: 'each = cycle.run.divisor == 1',
    to: 'each = false',
    compiled: 'affine.cu',
  },
  'a strip has its kernel upside down': {
    file: 'depthwise.cu',
    from: 'tap_y = i - r * S',
    to: 'tap_y = K - 1 - (i - r * S)',
    compiled: 'depthwise.cu',
  },
  'the points of a vector are all unchanged, or none': {
    file: 'spectral_threshold.cu',
    from: 'point + (each ? i : 0)',
    to: 'point + (each ? 0 : 0)',
    compiled: 'spectral_threshold.cu',
  },
  'the points of a window share a threshold': {
    file: 'spectral_threshold.cu',
    from: 'plan.parameters[first_point + i]',
    to: 'plan.parameters[first_point]',
    compiled: 'spectral_threshold.cu',
  },
  'the input is its own residual': {
    file: 'affine.cu',
    from: 'load<V>(b + at, parameters)',
    to: 'load<V>(x + at, parameters)',
    compiled: 'affine.cu',
  },
  'no largest value is below zero': {
    file: 'pooling.cu',
    from: 'largest ? -INFINITY : 0',
    to: '0',
    compiled: 'pooling.cu',
  },
  'means are over what lies outside the map too': {
    file: 'pooling.cu',
    from: '(end_y - begin_y) * (end_x - begin_x)',
    to: 'plan.size * plan.size',
    compiled: 'pooling.cu',
  },
  'a cropped map has its rows where they are in the output': {
    file: 'crop_or_pad.cu',
    from: 'plan.from[0] + outer) * plan.from[1]',
    to: 'plan.from[0] + outer) * plan.to[1]',
    compiled: 'crop_or_pad.cu',
  },
};

/**
 * @param {keyof typeof MISTAKES} name
 * @param {string} build where CMake built the emulated backend
 * @param {string} folder an empty one, to build in
 * @returns {string} the library's path
 */
function buildMutant(name, build, folder) {
  const { file, from, to, compiled } = MISTAKES[name];
  cpSync(join(root, 'native'), join(folder, 'native'), { recursive: true });
  const path = join(folder, 'native', 'cuda', 'kernels', file);
  const source = readFileSync(path, 'utf8');
  if (!source.includes(from)) throw new Error(`Expected ${file} to hold "${from}"`);
  writeFileSync(path, source.replace(from, to));

  const original = join(root, 'native', 'cuda', 'kernels', compiled);
  const commands = JSON.parse(readFileSync(join(build, 'compile_commands.json'), 'utf8'));
  const { command, directory } = commands.find((each) => each.file === original);
  const object = /-o (\S+)/.exec(command)[1];
  const mutated = join(folder, 'mutated.o');
  const changed = command.replace(original, join(folder, 'native', 'cuda', 'kernels', compiled)).replace(`-o ${object}`, `-o ${mutated}`);
  const shell = (text) => execFileSync('sh', ['-c', text], { cwd: directory, stdio: ['ignore', 'ignore', 'inherit'] });
  shell(changed);

  const objects = readdirSync(join(build, 'native', 'cuda-emulation', 'CMakeFiles', 'wht_cuda_emulated.dir'), { recursive: true })
    .filter((each) => each.endsWith('.o'))
    .map((each) => join(build, 'native', 'cuda-emulation', 'CMakeFiles', 'wht_cuda_emulated.dir', each))
    .filter((each) => each !== resolve(directory, object));
  const library = join(folder, 'libwht_cuda_mutant.so');
  const sanitizers = command.match(/-fsanitize=\S+/g) ?? [];
  shell(['c++', '-shared', ...sanitizers, '-o', library, mutated, ...objects, '-ldl', '-lpthread'].join(' '));
  if (!existsSync(library)) throw new Error(`Expected ${library} to be linked`);
  return library;
}

module.exports = { MISTAKES, buildMutant };
