import type { BoardRoot } from './board-root';

const DEVFREQ = '/sys/class/devfreq';
/** As device trees name the GPU of TX1 and Nano, TX2, Xavier and Orin; JetPack 6 says "gpu" again. */
const NAMES: readonly string[] = ['gpu', 'gp10b', 'gv11b', 'ga10b'];
/** Where it lies on a Nano, and where boards of JetPack 4 and 5 have a link to it. */
const OTHER_LOADS = ['/sys/devices/57000000.gpu/load', '/sys/devices/gpu.0/load'];

export interface GpuDevice {
  /** The folder with its clocks. */
  devfreq?: string;
  /** The file with its load. */
  load?: string;
}

/** The board's own GPU, which frequency scaling lists among memory controllers and video engines. */
export function findGpu(root: BoardRoot): GpuDevice {
  const entry = root.list(DEVFREQ).find((name) => {
    const node = root.read(`${DEVFREQ}/${name}/device/of_node/name`)?.replace(/\0/g, '').trim();
    return NAMES.includes(node ?? name.replace(/^[0-9a-f]+\./, ''));
  });
  const own = entry === undefined ? [] : [`${DEVFREQ}/${entry}/device/load`];
  const load = [...own, ...OTHER_LOADS].find((path) => root.read(path) !== undefined);
  return { ...(entry !== undefined && { devfreq: `${DEVFREQ}/${entry}` }), ...(load !== undefined && { load }) };
}
