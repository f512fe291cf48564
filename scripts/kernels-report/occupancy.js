/** How many threads of a kernel a multiprocessor holds at most, of those that it could hold: what NVIDIA's cuda_occupancy.h computes. */

const WARP = 32;
/** Multiprocessors allocate registers to whole warps, in each of four quarters by itself. */
const QUARTERS = 4;
const REGISTERS = 65536;
const REGISTER_UNIT = 256;
const REGISTERS_OF_BLOCK = { 53: 32768, 62: 32768 };

/** Threads, blocks and KB of shared memory of one multiprocessor, from the CUDA programming guide's table of compute capabilities. */
const MULTIPROCESSORS = {
  50: [2048, 32, 64],
  52: [2048, 32, 96],
  53: [2048, 32, 64],
  61: [2048, 32, 96],
  62: [2048, 32, 64],
  70: [2048, 32, 96],
  72: [2048, 32, 96],
  75: [1024, 16, 64],
  80: [2048, 32, 164],
  86: [1536, 16, 100],
  87: [1536, 16, 164],
  89: [1536, 24, 100],
  90: [2048, 32, 228],
  100: [2048, 32, 228],
  103: [2048, 32, 228],
  110: [1536, 24, 228],
  120: [1536, 24, 100],
  121: [1536, 24, 100],
};
/** Where global loads are cached by half a multiprocessor (-dlcm=ca), a block must fit in such a half to be cached, and gets its registers there. */
const HALVES = [52, 53, 61, 62];

const roundUp = (value, unit) => Math.ceil(value / unit) * unit;

/**
 * @param {number} architecture 53 for sm_53
 * @param {{threads: number, registers: number, shared: number}} kernel threads of a block, registers of a thread, bytes of a block
 * @returns {{blocks: number, fraction: number, limit: string} | undefined} blocks is 0 where the kernel can't be launched; undefined for an
 *   architecture that is not in the table
 */
function occupancy(architecture, { threads, registers, shared }) {
  const multiprocessor = MULTIPROCESSORS[architecture];
  if (multiprocessor === undefined) return undefined;
  const [maxThreads, maxBlocks, sharedKilobytes] = multiprocessor;
  const warps = Math.ceil(threads / WARP);
  const registersOfWarp = roundUp(registers * WARP, REGISTER_UNIT);
  const warpsByRegisters = QUARTERS * Math.floor(REGISTERS / QUARTERS / registersOfWarp);
  const halves = HALVES.includes(architecture) && warpsByRegisters / 2 >= warps;
  const blocksOfWarps = (available) => (halves ? 2 * Math.floor(available / 2 / warps) : Math.floor(available / warps));
  const launchable = roundUp(warps, QUARTERS) * registersOfWarp <= (REGISTERS_OF_BLOCK[architecture] ?? REGISTERS);
  const limits = {
    threads: blocksOfWarps(maxThreads / WARP),
    blocks: maxBlocks,
    registers: launchable ? blocksOfWarps(warpsByRegisters) : 0,
    shared: blocksOfShared(architecture, sharedKilobytes * 1024, shared),
  };
  const blocks = Math.min(...Object.values(limits));
  return {
    blocks,
    fraction: (blocks * warps * WARP) / maxThreads,
    limit: Object.keys(limits).find((name) => limits[name] === blocks),
  };
}

/** A block may have 48 KB of declared shared memory. From 8.0 on, the system takes 1 KB for each block. */
function blocksOfShared(architecture, available, shared) {
  if (shared > 48 * 1024) return 0;
  const allocated = architecture >= 80 ? roundUp(shared + 1024, 128) : roundUp(shared, 256);
  return allocated === 0 ? Number.POSITIVE_INFINITY : Math.floor(available / allocated);
}

module.exports = { occupancy };
