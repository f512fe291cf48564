/** This machine without some of what it has, as a command sees it that is run so. Nothing is changed for any other. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Compilers, what they need, and what calls them. */
export const BUILD_TOOLS =
  /^(cc|c\+\+|c89|c99|cpp|ld|as|ninja|g?make|cmake|ccmake|cpack|ctest|nvcc|(gcc|g\+\+|clang|clang\+\+)(-\d+)?)$|-linux-gnu-/;
export const NVCC = /^nvcc$/;

/** Where the package looks for nvcc besides. */
const CUDA_FOLDERS = ['/usr/local/cuda/bin', '/usr/lib/nvidia-cuda-toolkit/bin'];

/**
 * Before a command: it does not find these programs, wherever they are on PATH or of CUDA.
 *
 * @param folder an empty one, for layers of file systems
 */
export function withoutPrograms(programs: RegExp, folder: string): string[] {
  const places = [...(process.env.PATH ?? '').split(delimiter), ...CUDA_FOLDERS].filter(existsSync).map((place) => realpathSync(place));
  const mounts = [...new Set(places)].flatMap((place, number) => {
    const hidden = readdirSync(place).filter((name) => programs.test(name));
    if (hidden.length === 0) return [];
    const [upper, work] = ['upper', 'work'].map((kind) => join(folder, `${kind}-${number}`)) as [string, string];
    for (const layer of [upper, work]) mkdirSync(layer, { recursive: true });
    // What says in an upper layer that a file of the lower one is not there.
    for (const name of hidden) execFileSync('mknod', [join(upper, name), 'c', '0', '0']);
    return [`mount -t overlay -o 'lowerdir=${place},upperdir=${upper},workdir=${work}' overlay '${place}'`];
  });
  return ['unshare', '--mount', 'sh', '-c', [...mounts, 'exec "$@"'].join(' && '), 'sh'];
}

/** Before a command: it has no network. */
export const WITHOUT_NETWORK = ['unshare', '--net'];

/** Why this process may not do these to its children; undefined where it may. Both take root. */
export const CANT_HIDE_NETWORK = runs([...WITHOUT_NETWORK, 'true'])
  ? undefined
  : 'a process without a network takes the right to unshare it';
export const CANT_HIDE_PROGRAMS = canHidePrograms() ? undefined : 'hiding programs from a process takes the right to mount file systems';

function canHidePrograms(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'wht-layers-of-files-'));
  try {
    return runs([...withoutPrograms(NVCC, folder), 'true']);
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runs([command = '', ...args]: readonly string[]): boolean {
  return spawnSync(command, args).status === 0;
}
