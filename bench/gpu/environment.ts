import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import type { DeviceInfo } from 'wht-layers';
import { readBoard } from '../probes/board';
import { boardRoot } from '../probes/board-root';
import { isEmulated } from './emulated';
import type { GpuEnvironment } from './schema';

/** @param index as CUDA counts GPUs */
export function gpuEnvironment(info: DeviceInfo, index: number): GpuEnvironment {
  const board = readBoard(boardRoot({})).model;
  const emulated = isEmulated(info.name);
  const system = emulated ? {} : parseNvidiaSmi(queryNvidiaSmi(), info.name, index);
  return {
    ...(board !== undefined && { board }),
    cpu: cpus()[0]?.model ?? 'unknown',
    gpu: info.name,
    ...(emulated && { emulated }),
    computeCapability: info.computeCapability ?? 'unknown',
    memoryTotal: info.memoryTotal,
    node: process.versions.node,
    ...(system.powerLimit !== undefined && { powerLimit: system.powerLimit }),
    clocks: system.clocks ?? {},
    versions: {
      'wht-layers': require('wht-layers/package.json').version,
      ...(info.driver !== undefined && { CUDA: info.driver.replace('CUDA ', '') }),
      ...(system.driver !== undefined && { driver: system.driver }),
      ...(info.cudnn !== undefined && { cuDNN: info.cudnn }),
    },
  };
}

const FIELDS = ['name', 'driver_version', 'power.limit', 'clocks.max.sm', 'clocks.max.mem'] as const;

/** Empty where there is no nvidia-smi, as on boards. It only asks, and sets nothing. */
function queryNvidiaSmi(): string {
  const args = [`--query-gpu=${FIELDS.join(',')}`, '--format=csv,noheader,nounits'];
  const { status, stdout } = spawnSync('nvidia-smi', args, { encoding: 'utf8', timeout: 30_000 });
  return status === 0 ? stdout : '';
}

/**
 * What nvidia-smi says of a GPU. It may count GPUs in another order than CUDA (see CUDA_VISIBLE_DEVICES, CUDA_DEVICE_ORDER), so the name decides
 * where it can.
 */
export function parseNvidiaSmi(
  lines: string,
  gpu: string,
  index: number,
): { driver?: string; powerLimit?: number; clocks?: Record<string, number> } {
  const rows = lines
    .trim()
    .split('\n')
    .map((line) => line.split(', '));
  const named = rows.filter(([name]) => name === gpu);
  const row = named.length === 1 ? named[0] : rows[index];
  if (row === undefined || row[0] !== gpu) return {};
  const [, driver, power, sm, memory] = row;
  const number = (text: string | undefined) => (text !== undefined && /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined);
  const [powerLimit, smClock, memoryClock] = [number(power), number(sm), number(memory)];
  return {
    ...(driver !== undefined && { driver }),
    ...(powerLimit !== undefined && { powerLimit }),
    clocks: {
      ...(smClock !== undefined && { smMax: smClock }),
      ...(memoryClock !== undefined && { memoryMax: memoryClock }),
    },
  };
}
