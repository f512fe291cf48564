/** Which machine this is, from the probes and the devices. */
import { cpus, loadavg, totalmem } from 'node:os';
import type { DeviceInfo } from 'wht-layers';
import { isEmulated } from '../gpu/emulated';
import type { OnnxRuntime } from '../onnx-runtime';
import { readBoard } from '../probes/board';
import type { BoardRoot } from '../probes/board-root';
import { readClocks } from '../probes/clocks';
import { limitations } from '../probes/limitations';
import { readPowerMode } from '../probes/power-mode';
import type { JetsonEnvironment } from './schema';

/**
 * @param root where the probes read, maybe a recorded board's tree
 * @param gpu absent where none is measured
 */
export function jetsonEnvironment(
  root: BoardRoot,
  cpu: DeviceInfo,
  gpu: DeviceInfo | undefined,
  onnxruntime: OnnxRuntime | Error,
): JetsonEnvironment {
  const powerMode = readPowerMode(root);
  return {
    board: readBoard(root),
    ...(root.recorded !== undefined && { recorded: root.recorded }),
    ...(powerMode && { powerMode }),
    clocks: readClocks(root),
    limitations: limitations(root),
    cpu: cpus()[0]?.model ?? cpu.name,
    ...(cpu.simd !== undefined && { simd: cpu.simd }),
    ...(gpu && { gpu: gpu.name }),
    ...(gpu?.computeCapability !== undefined && { computeCapability: gpu.computeCapability }),
    ...(gpu && isEmulated(gpu.name) && { emulated: true }),
    node: process.versions.node,
    threads: cpu.threads ?? 1,
    memoryTotalBytes: totalmem(),
    loadAverage: Number((loadavg()[0] ?? 0).toFixed(2)),
    versions: {
      'wht-layers': require('wht-layers/package.json').version,
      ...(!(onnxruntime instanceof Error) && { 'onnxruntime-node': onnxruntime.version }),
      ...(gpu?.driver !== undefined && { CUDA: gpu.driver.replace('CUDA ', '') }),
      ...(gpu?.cudnn !== undefined && { cuDNN: gpu.cudnn }),
    },
  };
}
