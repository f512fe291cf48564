import type { BoardRoot } from './board-root';
import { findGpu } from './gpu-device';
import { hertz } from './hertz';
import { parseInteger, readInteger } from './integer';
import { parseJetsonClocks } from './jetson-clocks';
import { present } from './present';
import type { Clock, Clocks } from './schema';

const CPUS = '/sys/devices/system/cpu';

/** As jetson_clocks has them: of tegra210, and of the chips after it. Root alone may read them. */
const EMC_FILES = [
  {
    min: '/sys/kernel/debug/tegra_bwmgr/emc_min_rate',
    max: '/sys/kernel/debug/tegra_bwmgr/emc_max_rate',
    current: '/sys/kernel/debug/clk/override.emc/clk_rate',
    override: '/sys/kernel/debug/clk/override.emc/clk_state',
  },
  {
    min: '/sys/kernel/debug/bpmp/debug/clk/emc/min_rate',
    max: '/sys/kernel/debug/bpmp/debug/clk/emc/max_rate',
    current: '/sys/kernel/debug/bpmp/debug/clk/emc/rate',
    override: '/sys/kernel/debug/bpmp/debug/clk/emc/mrq_rate_locked',
  },
];

/** All clocks, from jetson_clocks too where files do not tell: that takes up to a second. */
export function readClocks(root: BoardRoot): Clocks {
  const clocks = openClocks(root)();
  if (clocks.emc?.override !== undefined || root.find('jetson_clocks') === undefined) return clocks;
  const answer = root.tool('jetson_clocks', ['--show']);
  if (!answer.ok) return clocks;
  const told = parseJetsonClocks(answer.stdout);
  const gpu = clocks.gpu ?? told.gpu;
  const emc = told.emc || clocks.emc ? { ...clocks.emc, ...told.emc } : undefined;
  const cpus = clocks.cpus.length > 0 ? clocks.cpus : told.cpus;
  return withLocked({ cpus, ...(gpu && { gpu }), ...(emc && { emc }) });
}

/** Finds the files once; what is returned reads all clocks that files tell. */
export function openClocks(root: BoardRoot): () => Clocks {
  const cores = findCores(root);
  const { devfreq } = findGpu(root);
  const emcFiles = EMC_FILES.find((files) => root.read(files.override) !== undefined || root.read(files.current) !== undefined);

  const readCpu = (core: number): Clocks['cpus'] => {
    if (!isOnline(root, core)) return [];
    const clock = present<Clock & { governor?: string }>({
      currentHz: scalingHertz(root, core, 'cur_freq'),
      minHz: scalingHertz(root, core, 'min_freq', 0),
      maxHz: scalingHertz(root, core, 'max_freq'),
      governor: root.read(scalingFile(core, 'governor'))?.trim() || undefined,
    });
    return Object.keys(clock).length === 0 ? [] : [{ core, ...clock }];
  };
  const readGpu = (): Clock | undefined => {
    if (devfreq === undefined) return undefined;
    const file = (name: string, least?: number) => hertz(readInteger(root, `${devfreq}/${name}_freq`), 1, least);
    return unlessEmpty(present<Clock>({ currentHz: file('cur'), minHz: file('min', 0), maxHz: file('max') }));
  };
  const readEmc = (): Clocks['emc'] => {
    if (emcFiles === undefined) return undefined;
    const file = (name: keyof typeof emcFiles, least?: number) => hertz(readInteger(root, emcFiles[name]), 1, least);
    const override = readInteger(root, emcFiles.override);
    return unlessEmpty(
      present<Clock & { override?: boolean }>({
        ...{ currentHz: file('current'), minHz: file('min', 0), maxHz: file('max') },
        override: override === 0 || override === 1 ? override === 1 : undefined,
      }),
    );
  };

  return () => withLocked(present<Clocks>({ cpus: cores.flatMap(readCpu), gpu: readGpu(), emc: readEmc() }));
}

/** The same for those who ask often: Hz of the GPU and of the fastest core at this moment, from fewer files. */
export function openCurrentClocks(root: BoardRoot): () => { gpuHz?: number; cpuHz?: number } {
  const cores = findCores(root);
  const { devfreq } = findGpu(root);
  return () => {
    const cpus = cores.flatMap((core) => (isOnline(root, core) ? (scalingHertz(root, core, 'cur_freq') ?? []) : []));
    return present<{ gpuHz?: number; cpuHz?: number }>({
      gpuHz: devfreq === undefined ? undefined : hertz(readInteger(root, `${devfreq}/cur_freq`), 1),
      cpuHz: cpus.length === 0 ? undefined : Math.max(...cpus),
    });
  };
}

/**
 * As jetson_clocks leaves them: GPU and cores have one speed to choose from, and the memory's is overridden, as far as one may know. Undefined where
 * that of the GPU or of the cores is not known, as on a machine without a Jetson's GPU.
 */
export function areLocked({ cpus, gpu, emc }: Clocks): boolean | undefined {
  if (gpu === undefined || cpus.length === 0) return undefined;
  if (emc?.override === false) return false;
  const fixed = [gpu, ...cpus].map(({ minHz, maxHz }) => (minHz === undefined || maxHz === undefined ? undefined : minHz === maxHz));
  if (fixed.includes(false)) return false;
  return fixed.includes(undefined) ? undefined : true;
}

function findCores(root: BoardRoot): number[] {
  return root
    .list(CPUS)
    .flatMap((name) => parseInteger(/^cpu(\d+)$/.exec(name)?.[1]) ?? [])
    .sort((a, b) => a - b);
}

/** A core that is off keeps the clocks it last had, or none. The first may have no such file: it is never off. */
function isOnline(root: BoardRoot, core: number): boolean {
  return root.read(`${CPUS}/cpu${core}/online`)?.trim() !== '0';
}

function scalingFile(core: number, name: string): string {
  return `${CPUS}/cpu${core}/cpufreq/scaling_${name}`;
}

/** From kHz. */
function scalingHertz(root: BoardRoot, core: number, name: string, least?: number): number | undefined {
  return hertz(readInteger(root, scalingFile(core, name)), 1000, least);
}

function withLocked(clocks: Clocks): Clocks {
  const locked = areLocked(clocks);
  return { ...clocks, ...(locked !== undefined && { locked }) };
}

function unlessEmpty<T extends object>(values: T): T | undefined {
  return Object.keys(values).length === 0 ? undefined : values;
}
