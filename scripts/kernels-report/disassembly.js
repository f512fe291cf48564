/** What ptxas and nvdisasm say of the kernels of one cubin. */

/** An instruction after its address: its predicate, its name, its operands. Those that Maxwell issues in pairs stand in braces. */
const INSTRUCTION = /^\s+\/\*[0-9a-f]{4,}\*\/\s+(?:\{\s*)?(?:@(!?)(U?P\w+)\s+)?([A-Z][\w.]*)(.*)/;
/** All that occupies a load/store unit; of constant memory, only loads that are instructions of their own. */
const LOAD_STORE = /^(LDG|STG|LDS|STS|LD|ST|LDL|STL|LDC|SHFL|ATOM|ATOMG|ATOMS|RED|LDGSTS|LDSM)\b/;
const LOCAL = /^(LDL|STL)\b/;
/** After these, the next instruction runs only if a predicate or a condition spared it. */
const ENDS = /^(EXIT|BRA|JMP|BRX|JMX|RET|SYNC|BSYNC|BRK|CONT|KILL)\b/;
const CONDITION = /(^|[\s!])(U?P\d|CC\.)/;
/** Where these go, no label says. */
const INDIRECT = /^(BRX|JMX|CALL\.ABS|CALL\.REL\.R)\b/;

/**
 * @param {string} text what `ptxas -v` printed
 * @returns {Map<string, {registers: number, stack: number, spillStores: number, spillLoads: number, shared: number}>} by mangled name
 */
function parseUsage(text) {
  const kernels = new Map();
  let kernel;
  for (const line of text.split('\n')) {
    const entry = /Compiling entry function '(\S+)'/.exec(line);
    if (entry) {
      kernel = { registers: 0, stack: 0, spillStores: 0, spillLoads: 0, shared: 0 };
      kernels.set(entry[1], kernel);
      continue;
    }
    if (!kernel) continue;
    // Functions that a kernel calls have such a line as well: what they spill is the kernel's.
    const frame = /(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads/.exec(line);
    if (frame) {
      kernel.stack += Number(frame[1]);
      kernel.spillStores += Number(frame[2]);
      kernel.spillLoads += Number(frame[3]);
    }
    const used = /Used (\d+) registers/.exec(line);
    if (used) {
      kernel.registers = Number(used[1]);
      kernel.shared = Number(/(\d+) bytes smem/.exec(line)?.[1] ?? 0);
    }
  }
  return kernels;
}

/**
 * @param {string} text what `nvdisasm` printed of a cubin
 * @returns {Map<string, {threads?: number, instructions: number, loadStore: number, local: number, storedBytes: number, loops: boolean}>} by
 *   mangled name; threads is the largest block of threads that the kernel may be launched with, if the source says so
 */
function parseDisassembly(text) {
  const code = new Map();
  const threads = new Map();
  let section;
  let lines;
  let words;
  for (const line of text.split('\n')) {
    const start = /^\/\/-{3,} (\S+)/.exec(line);
    if (start) {
      section = start[1];
      words = undefined;
      lines = undefined;
      if (section.startsWith('.text.')) {
        lines = [];
        code.set(section.slice('.text.'.length), lines);
      }
    } else if (lines) {
      lines.push(line);
    } else if (section?.startsWith('.nv.info.')) {
      if (line.includes('nvinfo :')) {
        words = line.includes('EIATTR_MAX_THREADS') ? [] : undefined;
      }
      const word = words && /\.word\s+(0x[0-9a-f]+)/.exec(line);
      if (word && words.push(Number(word[1])) === 3) threads.set(section.slice('.nv.info.'.length), words[0] * words[1] * words[2]);
    }
  }
  return new Map([...code].map(([name, body]) => [name, { threads: threads.get(name), ...countInstructions(body) }]));
}

/** Counts the instructions of a function that can run, each once: of two branches, both. */
function countInstructions(lines) {
  const instructions = [];
  const labels = new Map();
  for (const line of lines) {
    const label = /^(\S+):\s*$/.exec(line);
    if (label) labels.set(label[1], instructions.length);
    const found = INSTRUCTION.exec(line);
    if (!found) continue;
    const [, negated, predicate, operation, rest] = found;
    const never = predicate === 'PT' && negated === '!';
    const always = (predicate === undefined || (predicate === 'PT' && negated === '')) && !(ENDS.test(operation) && CONDITION.test(rest));
    // What RET names is the function that it returns from or to.
    const target = operation.startsWith('RET') ? undefined : /`\(([^)]+)\)/.exec(rest)?.[1];
    instructions.push({ operation, never, always, target });
  }
  const { reached, loops } = follow(instructions, labels);
  const counted = reached.map((index) => instructions[index].operation).filter((operation) => !/^NOP\b/.test(operation));
  return {
    instructions: counted.length,
    loadStore: counted.filter((operation) => LOAD_STORE.test(operation)).length,
    local: counted.filter((operation) => LOCAL.test(operation)).length,
    storedBytes: counted.filter((operation) => /^STG?\b/.test(operation)).reduce((sum, operation) => sum + accessBytes(operation), 0),
    loops,
  };
}

function accessBytes(operation) {
  const width = /\.(128|64|[US]16|[US]8)\b/.exec(operation)?.[1] ?? '32';
  return Number(width.replace(/^[US]/, '')) / 8;
}

/** The instructions that can run, and whether any can run twice. */
function follow(instructions, labels) {
  if (instructions.some(({ operation }) => INDIRECT.test(operation))) {
    return { reached: instructions.map((_, index) => index), loops: true };
  }
  const next = (index) => {
    const { operation, never, always, target } = instructions[index];
    const successors = [];
    const goes = labels.get(target);
    // BRA.DIV leaves for a slow path that is there for warps whose threads have gone apart. SSY, BSSY and CALL go on and come to their target.
    if (goes !== undefined && !never && !operation.startsWith('BRA.DIV')) successors.push(goes);
    if (!ENDS.test(operation) || !always || operation.startsWith('BRA.DIV')) successors.push(index + 1);
    return successors.filter((successor) => successor < instructions.length);
  };
  const OPEN = 1;
  const CLOSED = 2;
  const state = new Uint8Array(instructions.length);
  let loops = false;
  const stack = instructions.length === 0 ? [] : [{ index: 0, successors: next(0) }];
  if (stack.length > 0) state[0] = OPEN;
  while (stack.length > 0) {
    const { index, successors } = stack[stack.length - 1];
    const successor = successors.pop();
    if (successor === undefined) {
      state[index] = CLOSED;
      stack.pop();
    } else if (state[successor] === OPEN) {
      loops = true;
    } else if (state[successor] !== CLOSED) {
      state[successor] = OPEN;
      stack.push({ index: successor, successors: next(successor) });
    }
  }
  return { reached: [...state.keys()].filter((index) => state[index] === CLOSED), loops };
}

module.exports = { parseDisassembly, parseUsage };
