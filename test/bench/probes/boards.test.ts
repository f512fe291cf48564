/** All that the probes read of each recorded board. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readBoard } from '../../../bench/probes/board';
import { type BoardRoot, boardRoot, recordBoard } from '../../../bench/probes/board-root';
import { openCurrentClocks, readClocks } from '../../../bench/probes/clocks';
import { limitations } from '../../../bench/probes/limitations';
import { readPowerMode } from '../../../bench/probes/power-mode';
import { openWholeBoard } from '../../../bench/probes/power-rails';
import { readProcessMemory } from '../../../bench/probes/process-memory';
import { takeSnapshot } from '../../../bench/probes/snapshot';
import { parseTegrastats } from '../../../bench/probes/tegrastats';
import { TREES, tree } from './board-trees';

const folder = mkdtempSync(join(tmpdir(), 'wht-boards-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function readings(root: BoardRoot) {
  const meter = openWholeBoard(root);
  return {
    board: readBoard(root),
    powerMode: readPowerMode(root),
    clocks: readClocks(root),
    current: openCurrentClocks(root)(),
    snapshot: takeSnapshot(root),
    wholeBoard: meter && [meter.rail, meter.milliwatts()],
    process: readProcessMemory(root),
    limitations: limitations(root),
  };
}

const cores = (currents: readonly number[], minHz: number, maxHz: number, governor = 'schedutil') =>
  currents.map((currentHz, core) => ({ core, currentHz, minHz, maxHz, governor }));
const zones = (all: Record<string, number>) => Object.entries(all).map(([zone, celsius]) => ({ zone, celsius }));
const rails = (all: Record<string, number>) => Object.entries(all).map(([name, milliwatts]) => ({ name, milliwatts }));
const KB = 1024;

describe('the recorded tree of', () => {
  it('a Nano without root, its clocks not fixed', () => {
    const clocks = {
      cpus: cores([1.326e9, 1.326e9, 1.224e9, 1.326e9], 102e6, 1.479e9),
      gpu: { currentHz: 76.8e6, minHz: 76.8e6, maxHz: 921.6e6 },
      locked: false,
    };
    expect(readings(tree('jetson-nano'))).toEqual({
      board: {
        ...{ jetson: true, model: 'NVIDIA Jetson Nano Developer Kit', chip: 'tegra210', computeCapability: '5.3' },
        ...{ l4t: '32.7.1', jetpack: '4.6.1' },
      },
      powerMode: { name: 'MAXN', id: 0 },
      clocks,
      current: { gpuHz: 76.8e6, cpuHz: 1.326e9 },
      snapshot: {
        clocks,
        gpuLoad: 0.125,
        temperatures: zones({ 'AO-therm': 45, 'CPU-therm': 40, 'GPU-therm': 40.5, 'PLL-therm': 37, 'thermal-fan-est': 40.25 }),
        rails: rails({ POM_5V_IN: 1750, POM_5V_GPU: 0, POM_5V_CPU: 366 }),
        memory: {
          ...{ totalBytes: 4059236 * KB, availableBytes: 2089976 * KB, nvMapUsedBytes: 233664 * KB },
          ...{ swapTotalBytes: 2029600 * KB, swapUsedBytes: 195584 * KB },
        },
      },
      wholeBoard: ['POM_5V_IN', 1750],
      process: { residentBytes: 58800 * KB, peakResidentBytes: 61124 * KB, pssBytes: 51254 * KB, swappedBytes: 640 * KB },
      limitations: ['jetson_clocks --show needs root: whether the memory clock is fixed is unknown (sudo adds it).'],
    });
  });

  it('a Xavier NX with root, two cores off', () => {
    const clocks = {
      cpus: cores([1.1904e9, 1.1904e9, 1.4208e9, 1.4208e9], 1.1904e9, 1.4208e9),
      gpu: { currentHz: 114.75e6, minHz: 114.75e6, maxHz: 1109.25e6 },
      emc: { currentHz: 1.6e9, minHz: 204e6, maxHz: 1.6e9, override: false },
      locked: false,
    };
    expect(readings(tree('xavier-nx'))).toEqual({
      board: {
        ...{ jetson: true, model: 'NVIDIA Jetson Xavier NX Developer Kit', chip: 'tegra194', computeCapability: '7.2' },
        ...{ l4t: '35.2.1', jetpack: '5.1' },
      },
      powerMode: { name: 'MODE_15W_4CORE', id: 1 },
      clocks,
      current: { gpuHz: 114.75e6, cpuHz: 1.4208e9 },
      snapshot: {
        clocks,
        gpuLoad: 0,
        temperatures: zones({ 'CPU-therm': 39.5, 'GPU-therm': 38.5, 'AUX-therm': 38, 'AO-therm': 38, 'thermal-fan-est': 38.65 }),
        rails: rails({ VDD_IN: 3565, VDD_CPU_GPU_CV: 495, VDD_SOC: 990 }),
        memory: {
          ...{ totalBytes: 7001400 * KB, availableBytes: 5316740 * KB, nvMapUsedBytes: 189440 * KB },
          ...{ swapTotalBytes: 3500688 * KB, swapUsedBytes: 0 },
        },
      },
      wholeBoard: ['VDD_IN', 3565],
      process: { residentBytes: 70352 * KB, peakResidentBytes: 74216 * KB, pssBytes: 58213 * KB, swappedBytes: 0 },
      limitations: [],
    });
  });

  it('an Orin Nano without root, its clocks fixed', () => {
    const clocks = {
      cpus: cores(Array(6).fill(1.728e9), 1.728e9, 1.728e9),
      gpu: { currentHz: 1.02e9, minHz: 1.02e9, maxHz: 1.02e9 },
      locked: true,
    };
    expect(readings(tree('orin-nano'))).toEqual({
      board: {
        ...{ jetson: true, model: 'NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super', chip: 'tegra234' },
        ...{ computeCapability: '8.7', l4t: '36.4.3', jetpack: '6.2' },
      },
      powerMode: { name: 'MAXN_SUPER', id: 2 },
      clocks,
      current: { gpuHz: 1.02e9, cpuHz: 1.728e9 },
      snapshot: {
        clocks,
        gpuLoad: 0,
        temperatures: zones({
          ...{ 'cpu-thermal': 50.031, 'gpu-thermal': 49.031, 'soc0-thermal': 50, 'soc1-thermal': 50.25, 'soc2-thermal': 49.031 },
          'tj-thermal': 50.25,
        }),
        rails: rails({ VDD_IN: 6117, VDD_CPU_GPU_CV: 1112, VDD_SOC: 1881 }),
        memory: {
          ...{ totalBytes: 7802880 * KB, availableBytes: 4871220 * KB, nvMapUsedBytes: 102400 * KB },
          ...{ swapTotalBytes: 3901440 * KB, swapUsedBytes: 0 },
        },
      },
      wholeBoard: ['VDD_IN', 6117],
      process: { residentBytes: 79104 * KB, peakResidentBytes: 82008 * KB, pssBytes: 66590 * KB, swappedBytes: 0 },
      limitations: ['jetson_clocks --show needs root: whether the memory clock is fixed is unknown (sudo adds it).'],
    });
  });

  it('a PC, of which nothing is said that only a Jetson has', () => {
    const clocks = {
      cpus: cores(
        Array.from({ length: 12 }, (_, core) => 800e6 + core * 1e6),
        ...([800e6, 4.6e9, 'powersave'] as const),
      ),
    };
    expect(readings(tree('plain-pc'))).toEqual({
      board: { jetson: false },
      powerMode: undefined,
      clocks,
      current: { cpuHz: 811e6 },
      snapshot: {
        clocks,
        temperatures: zones({ acpitz: 27.8, x86_pkg_temp: 43 }),
        rails: [],
        memory: { totalBytes: 16284596 * KB, availableBytes: 12390512 * KB, swapTotalBytes: 0, swapUsedBytes: 0 },
      },
      wholeBoard: undefined,
      process: { residentBytes: 66112 * KB, peakResidentBytes: 68360 * KB, pssBytes: 52444 * KB, swappedBytes: 0 },
      limitations: [],
    });
  });

  it.each(TREES.filter((name) => name !== 'plain-pc'))('%s has lines of tegrastats that agree with its files', (name) => {
    const answer = tree(name).tool('tegrastats', []);
    const [first] = answer.ok ? answer.stdout.split('\n') : [];
    const { ram, rails: printed, unknown } = parseTegrastats(first ?? '');
    const { memory, rails: read } = takeSnapshot(tree(name));
    expect(unknown).toEqual([]);
    expect(Math.abs((ram?.totalBytes ?? 0) - (memory.totalBytes ?? 0))).toBeLessThan(2 ** 20);
    for (const [at, { name: rail, milliwatts }] of read.entries()) {
      expect(printed[at]?.name).toBe(rail);
      expect(Math.abs((printed[at]?.milliwatts ?? 0) - milliwatts)).toBeLessThan(50);
    }
  });
});

describe('recordBoard', () => {
  it.each(TREES)('writes a tree that gives the same readings: %s', (name) => {
    const copy = join(folder, name);
    const files = recordBoard(tree(name), copy);
    const root = boardRoot({ WHT_BOARD_ROOT: copy });
    expect(readings(root)).toEqual(readings(tree(name)));
    expect(root.tool('tegrastats', [])).toEqual(tree(name).tool('tegrastats', []));
    expect(files).toContain('proc/meminfo');
    for (const file of files) expect(readFileSync(join(copy, file), 'utf8').length).toBeGreaterThan(0);
  });

  it('records this machine, and of this process sizes alone', () => {
    const copy = join(folder, 'this-machine');
    const files = recordBoard(boardRoot({ PATH: '' }), copy);
    for (const file of files.filter((each) => each.startsWith('proc/self/'))) {
      expect(readFileSync(join(copy, file), 'utf8')).toMatch(/^((Vm\w+|Pss):\s+\d+ kB\n)+$/);
    }
    expect(takeSnapshot(boardRoot({ WHT_BOARD_ROOT: copy })).memory.totalBytes).toBe(takeSnapshot(boardRoot({})).memory.totalBytes);
  });

  it('leaves a folder alone that holds something', () => {
    const full = join(folder, 'full');
    mkdirSync(full);
    writeFileSync(join(full, 'mine'), '');
    expect(() => recordBoard(tree('plain-pc'), full)).toThrow(`Expected an empty folder to record the board in, got "${full}"`);
  });
});

describe('limitations', () => {
  it('names what a Jetson lacks, and why tools did not answer', () => {
    const root: BoardRoot = {
      ...{ recorded: 'memory', list: () => [], find: () => undefined, tool: () => ({ ok: false, reason: 'not found' }) },
      read: (path) =>
        ({ '/proc/device-tree/compatible': 'nvidia,tegra210\0', '/proc/meminfo': 'MemTotal: 5 kB\nMemAvailable: 5 kB\n' })[path],
    };
    expect(limitations(root)).toEqual([
      'No frequency scaling of the CPU is shown, as in most virtual machines: its clocks are unknown.',
      'No thermal zone can be read: temperatures are unknown.',
      "No GPU is listed in /sys/class/devfreq: the GPU's clocks are unknown.",
      "The GPU's load file can't be read: its load is unknown.",
      'jetson_clocks --show failed (not found): whether the memory clock is fixed is unknown.',
      'nvpmodel -q failed (not found): the power mode is unknown.',
      '/proc/meminfo has no NvMapMemUsed: what the GPU has allocated is unknown.',
      'No power monitor (INA3221) can be read: power and energy are unknown.',
    ]);
  });
});
