/** native/cuda-emulation calls its devices so. */
export function isEmulated(gpu: string): boolean {
  return gpu.startsWith('Emulated');
}
