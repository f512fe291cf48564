/** Which processor a machine has, and which of its instructions the CPU backend would use. */
import type { BoardRoot } from './board-root';
import { present } from './present';

export interface Processor {
  name?: string;
  /** That are online. */
  cores?: number;
  simd?: 'avx512' | 'avx2' | 'neon' | 'portable';
}

/** By implementer and part. Kernels call them all "ARMv8 Processor". */
const ARM_CORES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '0x41 0xd03': 'Cortex-A53',
    '0x41 0xd07': 'Cortex-A57',
    '0x41 0xd08': 'Cortex-A72',
    '0x41 0xd0b': 'Cortex-A76',
    '0x41 0xd0c': 'Neoverse-N1',
    '0x41 0xd40': 'Neoverse-V1',
    '0x41 0xd42': 'Cortex-A78AE',
    '0x41 0xd4f': 'Neoverse-V2',
    '0x41 0xd83': 'Neoverse-V3AE',
    '0x4e 0x003': 'NVIDIA Denver 2',
    '0x4e 0x004': 'NVIDIA Carmel',
  }),
);

export function readProcessor(root: BoardRoot, architecture: string | undefined): Processor {
  return parseCpuinfo(root.read('/proc/cpuinfo') ?? '', architecture);
}

/** @param architecture as the kernel calls it, e.g. "aarch64" */
export function parseCpuinfo(text: string, architecture: string | undefined): Processor {
  const value = (name: string) => new RegExp(`^${name}[ \\t]*:[ \\t]*(\\S.{0,5000})$`, 'm').exec(text)?.[1]?.trim();
  const cores = [...text.matchAll(/^processor[ \t]*:/gm)].length;
  return present<Processor>({
    name: ARM_CORES.get(`${value('CPU implementer')} ${value('CPU part')}`) ?? value('model name')?.slice(0, 100),
    cores: cores === 0 ? undefined : cores,
    simd: simdOf(architecture, value('flags')?.split(/\s+/)),
  });
}

/** As native/cpu/find_kernels.cc chooses. */
function simdOf(architecture: string | undefined, flags: readonly string[] | undefined): Processor['simd'] {
  if (architecture === 'aarch64' || architecture === 'arm64') return 'neon';
  if (architecture === undefined || flags === undefined) return undefined;
  const has = (...names: string[]) => names.every((name) => flags.includes(name));
  if (architecture !== 'x86_64' || !has('avx2', 'fma')) return 'portable';
  return has('avx512f', 'avx512dq', 'avx512bw', 'avx512vl') ? 'avx512' : 'avx2';
}
