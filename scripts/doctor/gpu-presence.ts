import type { Machine } from '../../bench/probes/machine';

/** Whether the machine has an NVIDIA GPU, be it of use or not. */
export function hasGpu(machine: Machine): boolean {
  return machine.board.jetson || machine.gpus.cards.length > 0 || isVisible(machine);
}

/** Whether programs reach one through the driver, as far as files tell. */
export function isVisible({ gpus, driver }: Machine): boolean {
  if (gpus.listed.length > 0) return true;
  // Windows shows GPUs of all vendors through one device.
  return gpus.devices.some((device) => device !== '/dev/dxg' || driver.library?.startsWith('/usr/lib/wsl/'));
}

/** E.g. "GeForce RTX 3060, compute capability 8.6"; undefined where nothing is known of one. */
export function gpuName({ board, gpus, toolkit }: Machine): string | undefined {
  const names = gpus.listed.length > 0 ? gpus.listed : gpus.cards;
  const slot = gpus.cards[0]?.slot;
  const name = names[0]?.name ?? (board.jetson ? "the board's own" : slot && `in PCI slot ${slot}`);
  const capability = board.computeCapability ?? gpus.listed[0]?.computeCapability ?? toolkit.gpus[0];
  const others = names.length > 1 ? ` and ${names.length - 1} more` : '';
  if (name === undefined) return capability && `compute capability ${capability}`;
  return `${name}${capability === undefined ? '' : `, compute capability ${capability}`}${others}`;
}
