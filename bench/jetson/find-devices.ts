import type { DeviceListing } from 'wht-layers';
import { errand } from './errands';

/**
 * Every device, and why it can't be used. Where there is a GPU, processes that are started later open the library that was found now: looking for it
 * takes each a second or two, in a process of its own.
 */
export async function findDevices(signal: AbortSignal): Promise<DeviceListing[]> {
  const { devices, cudaLibrary } = await errand<'list'>({ kind: 'list' }, signal);
  const usable = devices.some(({ kind, available }) => kind === 'cuda' && available);
  if (usable && cudaLibrary !== undefined) process.env.WHT_CUDA_BACKEND = cudaLibrary;
  return devices;
}
