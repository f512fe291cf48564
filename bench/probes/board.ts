/** Which board this is. */
import type { BoardRoot } from './board-root';
import { readInteger } from './integer';
import { present } from './present';
import type { Board } from './schema';

/** Of the GPU that is part of the chip; and the chip's number in /sys/devices/soc0. scripts/cuda-compiler.js has the same table. */
export const CHIPS: ReadonlyMap<string, { computeCapability: string; id: number }> = new Map(
  Object.entries({
    tegra210: { computeCapability: '5.3', id: 0x21 },
    tegra186: { computeCapability: '6.2', id: 0x18 },
    tegra194: { computeCapability: '7.2', id: 0x19 },
    tegra234: { computeCapability: '8.7', id: 0x23 },
    tegra264: { computeCapability: '11.0', id: 0x26 },
  }),
);

/** As public tables made after NVIDIA's JetPack archive agree; a release on which they do not has no entry. */
const JETPACKS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '32.1.0': '4.2',
    '32.2.0': '4.2.1',
    '32.2.1': '4.2.2',
    '32.2.3': '4.2.3',
    '32.3.1': '4.3',
    '32.4.2': '4.4 DP',
    '32.4.3': '4.4',
    '32.4.4': '4.4.1',
    '32.5.0': '4.5',
    '32.5.1': '4.5.1',
    '32.5.2': '4.5.1',
    '32.6.1': '4.6',
    '32.7.1': '4.6.1',
    '32.7.2': '4.6.2',
    '32.7.3': '4.6.3',
    '32.7.4': '4.6.4',
    '32.7.5': '4.6.5',
    '32.7.6': '4.6.6',
    '34.1.0': '5.0 DP',
    '34.1.1': '5.0.1 DP',
    '35.1.0': '5.0.2',
    '35.2.1': '5.1',
    '35.3.1': '5.1.1',
    '35.4.1': '5.1.2',
    '35.5.0': '5.1.3',
    '35.6.0': '5.1.4',
    '35.6.1': '5.1.5',
    '36.2.0': '6.0 DP',
    '36.3.0': '6.0',
    '36.4.0': '6.1',
    '36.4.3': '6.2',
    '36.4.4': '6.2.1',
    '36.4.7': '6.2.1',
    '36.5.0': '6.2.2',
  }),
);

export function readBoard(root: BoardRoot): Board {
  // The model is the carrier board maker's to choose, so that the chip decides.
  const chip = parseCompatible(root.read('/proc/device-tree/compatible') ?? '') ?? numberedChip(root);
  const l4t = parseTegraRelease(root.read('/etc/nv_tegra_release') ?? '');
  return present<Board>({
    jetson: chip !== undefined,
    model: deviceTreeStrings(root.read('/proc/device-tree/model') ?? '')[0],
    chip,
    computeCapability: chip === undefined ? undefined : CHIPS.get(chip)?.computeCapability,
    l4t,
    jetpack: l4t === undefined ? undefined : jetpackOf(l4t),
  });
}

/** The Tegra chip among what a device tree is compatible with, e.g. "tegra210". */
export function parseCompatible(text: string): string | undefined {
  for (const each of deviceTreeStrings(text).reverse()) {
    const chip = /^nvidia,(tegra\d+)$/.exec(each)?.[1];
    if (chip !== undefined) return chip;
  }
  return undefined;
}

/** Containers see no device tree, unless they are privileged. */
function numberedChip(root: BoardRoot): string | undefined {
  if (!/^tegra/i.test(root.read('/sys/devices/soc0/family') ?? '')) return undefined;
  const number = readInteger(root, '/sys/devices/soc0/soc_id');
  return [...CHIPS].find(([, { id }]) => id === number)?.[0];
}

/** The release of Linux for Tegra, e.g. "32.7.1". */
export function parseTegraRelease(text: string): string | undefined {
  const [, release, revision] = /^#\s*R(\d{1,3})\s+\(release\),\s*REVISION:\s*(\d{1,3}(?:\.\d{1,3})*)\s*(?:,|$)/m.exec(text) ?? [];
  return release === undefined || revision === undefined ? undefined : `${release}.${revision}`;
}

/** @param l4t e.g. "32.7.1" */
export function jetpackOf(l4t: string): string | undefined {
  // The first of a series may say "35.1" for 35.1.0.
  return JETPACKS.get(l4t.split('.').length === 2 ? `${l4t}.0` : l4t);
}

/** Each ends with NUL. */
function deviceTreeStrings(text: string): string[] {
  return text
    .split('\0')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}
