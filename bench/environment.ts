import { loadavg } from 'node:os';
import type { DeviceInfo } from 'wht-layers';
import { loadOnnxRuntime } from './onnx-runtime';
import { readBoard } from './probes/board';
import { boardRoot } from './probes/board-root';
import type { Environment } from './schema';

export function environment({ name, simd }: DeviceInfo, threads: number): Environment {
  const board = readBoard(boardRoot({})).model;
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
