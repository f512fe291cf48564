/** The kernels by name: their templates' arguments, what the headers say of their shape, and what a thread of theirs may cost. */

const PARAMETERS = {
  contiguous_dense: ['type', 'points', 'mode'],
  contiguous_shuffle: ['type', 'points', 'mode'],
  contiguous_exchange: ['type', 'points', 'dense', 'mode'],
  strided_registers: ['type', 'points', 'inner', 'lanes', 'paired', 'mode'],
  strided_exchange: ['type', 'points', 'paired', 'mode'],
};
const MODES = ['smooth', 'soft', 'spectrum'];
/** Files of kernels that must have a shape and a budget. */
const SPECIALISED = /^(contiguous|strided)_/;

/** Loads, stores and shuffles are slots of one unit; all instructions, those included, are slots of the other. Both for each element. */
const BUDGETS = {
  whole: {
    instructions: 46,
    slots: 11.6,
    enforced: true,
    why: 'float32, whole blocks of up to 1024 points: what a Jetson Nano can issue while it copies an element (8 bytes at 20.3 GB/s)',
  },
  edges: {
    instructions: 56,
    slots: 11.6,
    enforced: true,
    why:
      'float32, blocks with gaps or edges, or lanes that are not in pairs: they move an element at a time, each with an address and a predicate ' +
      'of its own, and may cost more than a copy. "over 46" marks those that do',
  },
  half: {
    instructions: 23,
    slots: 5.8,
    enforced: false,
    why: 'float16: half of what float32 has, since half of the bytes are moved. Stated, not enforced: arithmetic is float32, and does not halve',
  },
};
const MAX_BUDGETED_POINTS = 1024;

/**
 * @param {string} demangled such as "void wht::cuda::contiguous_dense<float, 64, (wht::cuda::Mode)1>(unsigned int, …)"
 * @returns {{name: string, family?: string, type?: string, points?: number, inner?: number, lanes?: number, dense?: boolean,
 *   paired?: boolean, mode?: string}} name is for people; the rest is there for families whose template is known
 */
function identify(demangled) {
  const text = demangled
    .replace(/^void /, '')
    .replace(/\(anonymous namespace\)::/g, '')
    .replace(/__half\b/g, 'half');
  const [, qualified, rest] = /^([^<(]+)(.*)$/s.exec(text) ?? [text, text, ''];
  const family = qualified.split('::').pop();
  const values = templateArguments(rest);
  const parameters = PARAMETERS[family];
  if (parameters === undefined || parameters.length !== values.length) {
    return { name: values.length > 0 ? `${family}<${values.join(', ')}>` : family };
  }
  const given = Object.fromEntries(parameters.map((parameter, index) => [parameter, values[index]]));
  const kernel = {
    family,
    type: given.type,
    points: Number(given.points),
    ...(given.inner && { inner: Number(given.inner) }),
    ...(given.lanes && { lanes: Number(given.lanes) }),
    ...(given.dense && { dense: isTrue(given.dense) }),
    ...(given.paired && { paired: isTrue(given.paired) }),
    mode: MODES[Number(given.mode)] ?? given.mode,
  };
  const words = [
    kernel.type,
    kernel.points,
    kernel.inner && `inner ${kernel.inner}`,
    kernel.lanes && (kernel.lanes === 1 ? '1 lane' : `${kernel.lanes} lanes`),
    kernel.dense !== undefined && (kernel.dense ? 'dense' : 'gaps'),
    kernel.paired !== undefined && kernel.lanes !== 1 && (kernel.paired ? 'paired' : 'unpaired'),
    kernel.mode,
  ];
  return { name: `${family}<${words.filter(Boolean).join(', ')}>`, ...kernel };
}

/** Of "<a, b<c, d>, (E)1>(…)": a, b<c, d> and 1. */
function templateArguments(text) {
  if (!text.startsWith('<')) return [];
  const found = [''];
  let depth = 0;
  for (const character of text.slice(1)) {
    if (character === '>' && depth === 0) break;
    if (character === ',' && depth === 0) {
      found.push('');
      continue;
    }
    if ('<('.includes(character)) depth++;
    if ('>)'.includes(character)) depth--;
    found[found.length - 1] += character;
  }
  return found.map((argument) => argument.trim().replace(/^\([^()]*\)(?=.)/, ''));
}

const isTrue = (argument) => argument === 'true' || argument === '1';

/** @param {string} text what shapes.cc printed */
function parseShapes(text) {
  const shapes = new Map();
  for (const [, family, points, elements, threads] of text.matchAll(/^(\w+) (\d+) (\d+) (\d+)$/gm)) {
    shapes.set(`${family} ${points}`, { elements: Number(elements), threads: Number(threads) });
  }
  return shapes;
}

function shapeOf(kernel, shapes) {
  const shape = shapes.get(`${kernel.family} ${kernel.points}`);
  return shape && { threads: shape.threads, elements: shape.elements * (kernel.lanes ?? 1) };
}

/** The name of a kernel's budget; undefined for those that have none. */
function budgetOf(kernel) {
  if (kernel.family === undefined || kernel.points > MAX_BUDGETED_POINTS) return undefined;
  if (kernel.type === 'half') return 'half';
  const edges = kernel.dense === false || kernel.paired === false;
  return edges ? 'edges' : 'whole';
}

module.exports = { BUDGETS, MAX_BUDGETED_POINTS, SPECIALISED, budgetOf, identify, parseShapes, shapeOf };
