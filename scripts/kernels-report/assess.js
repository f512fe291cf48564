/** Sets what was found of a kernel against what is asked of it. */

const { BUDGETS, SPECIALISED, budgetOf, identify, shapeOf } = require('./kernels.js');
const { occupancy } = require('./occupancy.js');

/** The Jetson Nano's, on which alone budgets hold. */
const NANO = 53;

/**
 * @param {object} found
 * @param {number} found.architecture
 * @param {string} found.source the kernel's file
 * @param {string} found.demangled
 * @param {object} found.usage of parseUsage
 * @param {object} [found.code] of parseDisassembly; absent where there is no disassembler
 * @param {Map<string, object>} found.shapes of parseShapes
 * @returns {{row: object, problems: string[]}} the kernel's row of the report, and what is wrong with it
 */
function assess({ architecture, source, demangled, usage, code, shapes }) {
  const kernel = identify(demangled);
  const shape = shapeOf(kernel, shapes);
  const threads = code?.threads ?? shape?.threads;
  const occupied = threads && occupancy(architecture, { threads, ...usage });
  const budgetName = architecture === NANO ? budgetOf(kernel) : undefined;
  const row = {
    kernel: kernel.name,
    source,
    threads,
    ...usage,
    localAccesses: code?.local,
    occupancy: occupied?.fraction,
    occupancyLimit: occupied?.limit,
    elements: shape?.elements,
    instructions: code && shape && code.instructions / shape.elements,
    slots: code && shape && code.loadStore / shape.elements,
    budget: budgetName,
    verdict: undefined,
  };
  const problems = [];
  const problem = (text) => problems.push(`sm_${architecture} ${kernel.name}: ${text}`);

  if (spills(row)) {
    problem(`spills: ${usage.spillStores} bytes stored, ${usage.spillLoads} loaded, ${code?.local ?? 'unknown'} accesses of local memory`);
  }
  if (occupied?.blocks === 0) problem(`can't be launched: a block of ${threads} threads takes too many ${occupied.limit}`);
  if (SPECIALISED.test(source) && !shape) {
    problem('has no shape: add it to scripts/kernels-report/shapes.cc, and its template to kernels.js');
  }
  if (shape && code) inconsistencies(kernel, shape, code).forEach(problem);
  if (budgetName) {
    row.verdict = verdict(row, code);
    if (row.verdict === 'unknown') problem("can't be counted: there is no nvdisasm of the compiler's release");
    if (row.verdict === 'loop') problem('has a loop, so that its instructions are not those of an element');
    if (row.verdict === 'over' && BUDGETS[budgetName].enforced) problem(`breaks its budget: ${against(row)}`);
  }
  return { row, problems };
}

const spills = (row) => row.spillStores > 0 || row.spillLoads > 0 || row.localAccesses > 0;

/** What the headers say against what the compiler made of them. */
function inconsistencies(kernel, shape, code) {
  const found = [];
  if (code.threads !== undefined && code.threads !== shape.threads) {
    found.push(`is compiled for ${code.threads} threads, and its headers say ${shape.threads}`);
  }
  // A kernel may hold several ways to store its elements, but none stores fewer.
  const stored = code.storedBytes / (kernel.type === 'half' ? 2 : 4);
  if (stored < shape.elements || stored % shape.elements !== 0) {
    found.push(`stores ${stored} elements, and its headers say that a thread has ${shape.elements}`);
  }
  return found;
}

function verdict(row, code) {
  if (row.instructions === undefined) return 'unknown';
  if (code.loops) return 'loop';
  const { instructions, slots } = BUDGETS[row.budget];
  if (row.instructions > instructions || row.slots > slots) return 'over';
  return row.budget === 'edges' && row.instructions > BUDGETS.whole.instructions ? `over ${BUDGETS.whole.instructions}` : 'ok';
}

function against(row) {
  const { instructions, slots } = BUDGETS[row.budget];
  return `${row.instructions.toFixed(1)} of ${instructions} instructions, ${row.slots.toFixed(2)} of ${slots} slots an element (${row.budget})`;
}

module.exports = { NANO, assess, spills };
