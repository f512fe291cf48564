/** NVIDIA's driver, and the GPUs that can be seen with and without it. */
import type { BoardRoot } from './board-root';
import { exists } from './exists';
import { present } from './present';

export interface NvidiaDriver {
  /** E.g. "535.104.05"; a Jetson's is a part of its L4T. */
  version?: string;
  /** The newest CUDA that it runs, e.g. "12.2". */
  cuda?: string;
  /** libcuda.so.1, which programs open. */
  library?: string;
  /** Why nvidia-smi does not answer. */
  complaint?: string;
}

export interface NvidiaGpus {
  /** Devices in /dev through which a program reaches a GPU. /dev/nvidiactl is none of them: the driver's library makes it where there is no GPU. */
  devices: string[];
  /** In PCI slots, by what the slot says, whether there is a driver or not. */
  cards: { slot: string; name?: string }[];
  /** As nvidia-smi lists them. */
  listed: { name: string; computeCapability?: string }[];
}

const SMI = ['nvidia-smi', '/usr/lib/wsl/lib/nvidia-smi'];
const LIBRARY_FOLDERS = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu/tegra',
  '/usr/lib/aarch64-linux-gnu/nvidia',
  '/usr/lib64',
  '/usr/lib/wsl/lib',
];

export function readNvidiaDriver(root: BoardRoot): NvidiaDriver {
  const smi = askSmi(root, []);
  return present<NvidiaDriver>({
    version:
      /Kernel Module(?: for \S{1,20})? {1,10}(\d+\.\d+(?:\.\d+)?)/.exec(root.read('/proc/driver/nvidia/version') ?? '')?.[1] ??
      /Driver Version\s*:\s*(\d+\.\d+(?:\.\d+)?)/.exec(smi?.ok ? smi.stdout : '')?.[1],
    cuda: /CUDA (?:\w+ )?Version\s*:\s*(\d+\.\d+)/.exec(smi?.ok ? smi.stdout : '')?.[1],
    library: findLibrary(root),
    complaint: smi?.ok === false ? smi.reason : undefined,
  });
}

export function readNvidiaGpus(root: BoardRoot): NvidiaGpus {
  const devices = root.list('/dev').filter((name) => /^(nvidia\d+|nvgpu|nvhost-gpu|nvhost-ctrl-gpu|dxg)$/.test(name));
  return { devices: devices.map((name) => `/dev/${name}`), cards: findCards(root), listed: listGpus(root) };
}

/** Undefined where there is no nvidia-smi, as on Jetsons before JetPack 6. */
function askSmi(root: BoardRoot, args: readonly string[]) {
  const command = SMI.find((each) => root.find(each) !== undefined);
  return command === undefined ? undefined : root.tool(command, args);
}

function listGpus(root: BoardRoot): NvidiaGpus['listed'] {
  const full = askSmi(root, ['--query-gpu=name,compute_cap', '--format=csv,noheader']);
  // Drivers before 2022 do not know the second field.
  const answer = full?.ok === false ? askSmi(root, ['--query-gpu=name', '--format=csv,noheader']) : full;
  const lines = answer?.ok ? answer.stdout.split('\n') : [];
  return lines.flatMap((line) => {
    const [, name, computeCapability] = /^(\S.{0,100}?)(?:, (\d+\.\d+))?\s*$/.exec(line) ?? [];
    return name === undefined ? [] : [present<NvidiaGpus['listed'][number]>({ name, computeCapability })];
  });
}

const NVIDIA = '0x10de';
/** Display controllers of all kinds: 0x030000 with an output, 0x030200 without. */
const DISPLAY = /^0x03/;

/** A Jetson's own GPU is in no slot, though its bridges are NVIDIA's. */
function findCards(root: BoardRoot): NvidiaGpus['cards'] {
  const folder = '/sys/bus/pci/devices';
  const slots = root
    .list(folder)
    .filter((slot) => root.read(`${folder}/${slot}/vendor`)?.trim() === NVIDIA && DISPLAY.test(root.read(`${folder}/${slot}/class`) ?? ''));
  if (slots.length === 0) return [];
  const told = root.tool('lspci', ['-d', '10de:']);
  return slots.map((slot) => {
    const line = told.ok ? told.stdout.split('\n').find((each) => slot.endsWith(each.split(' ')[0] || ' ')) : undefined;
    const name =
      line === undefined
        ? undefined
        : (/\[([^\]]{3,100})\](?: \(rev \w+\))?$/.exec(line)?.[1] ?? /NVIDIA Corporation (\S.{0,80}?)(?: \(rev \w+\))?$/.exec(line)?.[1]);
    return present<NvidiaGpus['cards'][number]>({ slot, name });
  });
}

function findLibrary(root: BoardRoot): string | undefined {
  const folder = LIBRARY_FOLDERS.find((each) => exists(root, `${each}/libcuda.so.1`));
  if (folder !== undefined) return `${folder}/libcuda.so.1`;
  const cache = root.tool('ldconfig', ['-p']);
  return cache.ok ? /\blibcuda\.so\.1 \(.{1,40}\) => (\/\S{1,200})/.exec(cache.stdout)?.[1] : undefined;
}
