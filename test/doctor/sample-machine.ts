/** Machines for the doctor's tests: the recorded ones, some of them changed, and the package in states that are not to be had here. */
import { join } from 'node:path';
import { type BoardRoot, boardRoot } from '../../bench/probes/board-root';
import { readMachine } from '../../bench/probes/machine';
import type { Facts, PackageFacts } from '../../scripts/doctor/schema';

export const BOARDS = ['nano-nvcc-not-on-path', 'orin-without-cudnn', 'pc-without-driver'] as const;
export type BoardName = (typeof BOARDS)[number];

export const boardFolder = (name: BoardName) => join(__dirname, 'boards', name);
export const recordedBoard = (name: BoardName): BoardRoot => boardRoot({ WHT_BOARD_ROOT: boardFolder(name) });

export interface Change {
  /** Files that are added or differ; "present" is enough of those that are asked for by name. */
  files?: Record<string, string>;
  /** What tools print, by their command lines. */
  tools?: Record<string, string>;
  /** What tools complain of. */
  failures?: Record<string, string>;
  /** Files, folders and tools that are not there. */
  without?: string[];
}

export function changed(root: BoardRoot, { files = {}, tools = {}, failures = {}, without = [] }: Change): BoardRoot {
  const isGone = (path: string) => without.some((gone) => path === gone || path.startsWith(`${gone}/`));
  const added = (folder: string) =>
    Object.keys(files)
      .filter((path) => path.startsWith(join(folder, '/')))
      .map((path) => path.slice(join(folder, '/').length).replace(/\/.*/, ''));
  return {
    ...root,
    read: (path) => files[path] ?? (isGone(path) ? undefined : root.read(path)),
    list: (folder) => [...new Set([...root.list(folder).filter((name) => !isGone(join(folder, name))), ...added(folder)])].sort(),
    find(command) {
      const answers = [...Object.keys(tools), ...Object.keys(failures)].some((line) => line.split(' ')[0] === command);
      return answers ? command : isGone(command) ? undefined : root.find(command);
    },
    tool(command, args) {
      const line = [command, ...args].join(' ');
      const [stdout, reason] = [tools[line], failures[line]];
      if (stdout !== undefined) return { ok: true, stdout };
      if (reason !== undefined) return { ok: false, reason };
      return isGone(command) ? { ok: false, reason: 'not found' } : root.tool(command, args);
    },
  };
}

/** Every file of nvcc, by whatever path. */
export const NO_NVCC = ['nvcc', '/usr/local/cuda', '/usr/local/cuda-10.2', '/usr/local/cuda-12.6'];

const LIST = ['53', '60', '61', '62', '70', '72', '75', '80', '86', '87', '89', '90'];

/** An nvcc at a path, or "nvcc" on PATH. */
export function nvcc(file: string, release: string, architectures = LIST): Change {
  return {
    ...(file.includes('/') && { files: { [file]: 'present' } }),
    tools: {
      [`${file} --version`]: `Cuda compilation tools, release ${release}, V${release}.100\n`,
      [`${file} --list-gpu-arch`]: architectures.map((each) => `compute_${each}\n`).join(''),
    },
  };
}

/** A driver that works, for a card on a PC. */
export function driver(version: string, cuda: string, name = 'NVIDIA GeForce RTX 3060', capability = '8.6'): Change {
  return {
    files: {
      '/dev/nvidia0': 'present',
      '/proc/driver/nvidia/version': `NVRM version: NVIDIA UNIX x86_64 Kernel Module  ${version}  Sat Aug 19 01:15:15 UTC 2023\n`,
      '/usr/lib/x86_64-linux-gnu/libcuda.so.1': 'present',
    },
    tools: {
      'nvidia-smi': `| NVIDIA-SMI ${version}             Driver Version: ${version}   CUDA Version: ${cuda}     |\n`,
      'nvidia-smi --query-gpu=compute_cap --format=csv,noheader': `${capability}\n`,
      'nvidia-smi --query-gpu=name,compute_cap --format=csv,noheader': `${name}, ${capability}\n`,
      'nvidia-smi --query-gpu=name --format=csv,noheader': `${name}\n`,
    },
  };
}

export function both(...changes: Change[]): Change {
  return {
    files: Object.assign({}, ...changes.map(({ files }) => files)),
    tools: Object.assign({}, ...changes.map(({ tools }) => tools)),
    failures: Object.assign({}, ...changes.map(({ failures }) => failures)),
    without: changes.flatMap(({ without = [] }) => without),
  };
}

export const FOLDER = '/home/user/app/node_modules/wht-layers';
export const BUILT = `${FOLDER}/build/Release`;
export const PREBUILT = `${FOLDER}/prebuilds/linux-x64`;

/** The package as npm leaves it: a prebuild that loads, and no CUDA library. */
export function installed(changes: Partial<PackageFacts> = {}): PackageFacts {
  const tried = [`${BUILT}/libwht_cuda.so`, `${PREBUILT}/libwht_cuda.so`].map((file) => ({ file, reason: 'no such file' }));
  return {
    version: '0.1.0',
    folder: FOLDER,
    buildCommand: 'npx wht-layers build',
    node: { version: '20.11.1', platform: 'linux', architecture: 'x64' },
    prebuilds: ['linux-arm64', 'linux-x64'],
    variables: {},
    root: false,
    forbidden: [],
    state: {
      addon: { file: `${PREBUILT}/wht-layers.glibc.node`, tried: [] },
      cuda: { tried },
      devices: [
        { kind: 'cpu', index: 0, available: true, name: 'a processor' },
        { kind: 'cuda', index: 0, available: false, reason: 'no CUDA backend library could be loaded' },
      ],
    },
    opened: { kind: 'cpu', name: 'a processor', simd: 'avx2', threads: 12 },
    cudaError: "CUDA can't be used: no CUDA backend library could be loaded",
    ...changes,
  };
}

/** With a CUDA library that was built here, and opens, but has no GPU for a reason. */
export function withLibrary(reason: string, changes: Partial<PackageFacts> = {}): PackageFacts {
  const { state, ...others } = installed(changes);
  const devices = [...(state?.devices.slice(0, 1) ?? []), { kind: 'cuda' as const, index: 0, available: false, reason }];
  const file = `${BUILT}/libwht_cuda.so`;
  return { ...others, state: { addon: state?.addon ?? { tried: [] }, cuda: { file, tried: [] }, devices }, cudaError: reason };
}

/** With a CUDA library that can't be opened. */
export function withUnusable(reason: string): PackageFacts {
  const { state, ...others } = installed();
  const tried = [{ file: `${BUILT}/libwht_cuda.so`, reason }];
  return { ...others, state: { addon: state?.addon ?? { tried: [] }, cuda: { tried }, devices: state?.devices ?? [] } };
}

/** With a GPU that works. */
export function onGpu(name: string, computeCapability: string, cudnn?: string): PackageFacts {
  const { state, cudaError: _, ...others } = installed();
  return {
    ...others,
    state: {
      addon: state?.addon ?? { tried: [] },
      cuda: { file: `${BUILT}/libwht_cuda.so`, tried: [] },
      devices: [...(state?.devices.slice(0, 1) ?? []), { kind: 'cuda', index: 0, available: true, name }],
    },
    opened: { kind: 'cuda', name, computeCapability, driver: 'CUDA 10.2', ...(cudnn !== undefined && { cudnn }) },
  };
}

/** Without an addon that loads; `reason` of the one that was tried, where one was. */
export function withoutAddon(reason?: string, changes: Partial<PackageFacts> = {}): PackageFacts {
  const { opened: _, cudaError: __, ...others } = installed();
  const tried = reason === undefined ? [] : [{ file: `${PREBUILT}/wht-layers.glibc.node`, reason }];
  return { ...others, state: { addon: { tried }, cuda: { tried: [] }, devices: [] }, ...changes };
}

export function facts(name: BoardName, change: Change = {}, state?: PackageFacts): Facts {
  const machine = readMachine(changed(recordedBoard(name), change));
  if (state === undefined) return { machine };
  const { recorded: _, ...here } = machine;
  return { machine: here, package: state };
}
