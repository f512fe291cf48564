/** What a machine is and has, as far as installing and running the package goes. */

import { readBoard } from './board';
import type { BoardRoot } from './board-root';
import { type BuildTools, readBuildTools } from './build-tools';
import { type CudaToolkit, readCudaToolkit } from './cuda-toolkit';
import { type CudnnFile, findCudnn } from './cudnn';
import { type NvidiaDriver, type NvidiaGpus, readNvidiaDriver, readNvidiaGpus } from './nvidia-driver';
import { type OperatingSystem, readOperatingSystem } from './operating-system';
import { present } from './present';
import { type Processor, readProcessor } from './processor';
import type { Board } from './schema';

export interface Machine {
  /** The folder of a recorded tree; absent for this machine. */
  recorded?: string;
  board: Board;
  system: OperatingSystem;
  processor: Processor;
  /** Of Node.js, e.g. "16.20.2". */
  node?: string;
  buildTools: BuildTools;
  toolkit: CudaToolkit;
  driver: NvidiaDriver;
  gpus: NvidiaGpus;
  cudnn: CudnnFile[];
}

/** @param environment this machine's; a recorded tree has none */
export function readMachine(root: BoardRoot, environment: Readonly<Record<string, string | undefined>> = {}): Machine {
  const variables = root.recorded === undefined ? environment : {};
  const system = readOperatingSystem(root);
  return present<Machine>({
    recorded: root.recorded,
    board: readBoard(root),
    system,
    processor: readProcessor(root, system.architecture),
    node: root.recorded === undefined ? process.versions.node : recordedNode(root),
    buildTools: readBuildTools(root, variables),
    toolkit: readCudaToolkit(root, variables),
    driver: readNvidiaDriver(root),
    gpus: readNvidiaGpus(root),
    cudnn: findCudnn(root, variables),
  });
}

function recordedNode(root: BoardRoot): string | undefined {
  const answer = root.tool('node', ['--version']);
  return answer.ok ? /^v(\d{1,3}\.\d{1,3}\.\d{1,3})/.exec(answer.stdout)?.[1] : undefined;
}
