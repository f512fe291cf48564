/** The first lines of every report: which machine this is, and what is not as a reader would expect. */
import { BUSY } from '../busy';
import type { JetsonRun } from './schema';
import { DEVICE_NAMES } from './titles';

export function machineLines(
  run: Pick<JetsonRun, 'environment' | 'unavailable' | 'withoutOnnxruntime' | 'interrupted' | 'comparisons'>,
): string[] {
  const { environment, unavailable, withoutOnnxruntime } = run;
  const { board, recorded, emulated, powerMode, clocks, cpu, simd, gpu, computeCapability, node, threads, versions } = environment;
  const gigabytes = (environment.memoryTotalBytes / 2 ** 30).toFixed(1);
  const machine = [
    `${cpu}, ${threads} ${threads === 1 ? 'thread' : 'threads'}${simd === undefined ? '' : ` ${simd}`}`,
    ...(gpu === undefined ? [] : [`${gpu}${computeCapability === undefined ? '' : ` (compute capability ${computeCapability})`}`]),
    `${gigabytes} GiB`,
    `Node ${node}`,
    ...Object.entries(versions).map(([name, version]) => `${name} ${version}`),
  ].join(', ');
  const mode = powerMode?.name ?? (powerMode?.id === undefined ? undefined : `power mode ${powerMode.id}`);
  const boardLine = [
    ...(board.model === undefined ? ['an NVIDIA Jetson'] : [board.model]),
    ...(board.jetpack === undefined ? [] : [`JetPack ${board.jetpack}`]),
    ...(board.l4t === undefined ? [] : [`L4T ${board.l4t}`]),
    ...(mode === undefined ? [] : [mode]),
    clocks.locked === undefined
      ? 'clocks: not known'
      : clocks.locked
        ? 'clocks locked'
        : 'clocks not locked (sudo jetson_clocks locks them)',
  ].join(', ');
  return [
    ...(emulated === true ? ['EMULATED: the CUDA backend ran on the CPU. Its times say nothing about any GPU.'] : []),
    ...(recorded === undefined
      ? []
      : [`RECORDED BOARD: the next line is read from ${recorded}. Every figure below was measured on another machine: ${cpu}.`]),
    board.jetson ? boardLine : `Not a Jetson${board.model === undefined ? '' : ` (${board.model})`}: ${machine}`,
    ...(board.jetson ? [machine] : []),
    ...(run.interrupted === true ? [`INTERRUPTED after ${run.comparisons.length} rows: others, or memory, are missing.`] : []),
    ...(environment.loadAverage > BUSY
      ? [
          `The processor was busy when the run began (load average ${environment.loadAverage}), maybe with your own last command: wait a minute and repeat.`,
        ]
      : []),
    ...unavailable.map(({ device, reason }) => `${DEVICE_NAMES[device]} rows are absent: ${reason}`),
    ...(withoutOnnxruntime === undefined ? [] : [`Baselines on the CPU are our own layers alone: ${withoutOnnxruntime}`]),
  ];
}
