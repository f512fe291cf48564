import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import type { DeviceInfo } from 'wht-layers';
import { loadOnnxRuntime } from './onnx-runtime';
import type { Environment } from './schema';

export function environment({ name, simd }: DeviceInfo, threads: number): Environment {
  const board = boardName();
  const onnxruntime = loadOnnxRuntime();
  return {
    ...(board !== undefined && { board }),
    cpu: name,
    ...(simd !== undefined && { simd }),
    node: process.versions.node,
    threads,
    loadAverage: Number((loadavg()[0] ?? 0).toFixed(2)),
    versions: {
      'wht-layers': require('wht-layers/package.json').version,
      ...(!(onnxruntime instanceof Error) && { 'onnxruntime-node': onnxruntime.version }),
    },
  };
}

/** As the device tree of ARM boards gives it, e.g. "NVIDIA Jetson Nano Developer Kit". */
export function boardName(): string | undefined {
  try {
    return readFileSync('/proc/device-tree/model', 'utf8').replace(/\0+$/, '');
  } catch {
    return undefined;
  }
}
