/** What of the package's native half works on this machine, for `npx wht-layers doctor` and the benchmarks. */
import { loadAddon, type Tried } from './addon-file';
import { findCudaLibrary } from './cuda-library';
import { type DeviceListing, listDevices } from './device';

export type { Tried };

export interface PackageState {
  /** `file`: the one that loaded; `tried`: those that failed before it, or all. */
  addon: { file?: string; tried: Tried[] };
  /** `file`: the library that would be opened; `tried`: those that can't be used. */
  cuda: { file?: string; tried: Tried[] };
  /** As `listDevices()`; empty where the addon did not load. */
  devices: DeviceListing[];
}

/** Takes a second or two where there is a CUDA library, which is tried in a process of its own. Never throws. */
export function inspectPackage(): PackageState {
  const { loaded, file, tried } = loadAddon();
  if (loaded === undefined) return { addon: { tried }, cuda: { tried: [] }, devices: [] };
  return { addon: { ...(file !== undefined && { file }), tried }, cuda: findCudaLibrary(), devices: listDevices() };
}
