/** What the probes make of files and of what tools print. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jetpackOf, parseCompatible, parseTegraRelease } from '../../../bench/probes/board';
import { areLocked, openCurrentClocks, readClocks } from '../../../bench/probes/clocks';
import { parseGpuLoad } from '../../../bench/probes/gpu-load';
import { parseJetsonClocks } from '../../../bench/probes/jetson-clocks';
import { parsePowerMode, readPowerMode } from '../../../bench/probes/power-mode';
import { openRails, openWholeBoard, wholeBoard } from '../../../bench/probes/power-rails';
import { sumOfPss } from '../../../bench/probes/process-memory';
import { parseMeminfo } from '../../../bench/probes/system-memory';
import { openTemperatures } from '../../../bench/probes/temperatures';
import { board } from './board-trees';
import { allFinite } from './finite';

const RELEASE = '# R32 (release), REVISION: 7.1, GCID: 29818004, BOARD: t210ref, EABI: aarch64, DATE: Sat Feb 19 17:05:08 UTC 2022\n';
const SHOWN = `SOC family:tegra210  Machine:NVIDIA Jetson Nano Developer Kit
Online CPUs: 0-3
cpu0: Online=1 Governor=schedutil MinFreq=102000 MaxFreq=1479000 CurrentFreq=1326000 IdleStates: WFI=1 c7=1
cpu1:  Online=0 Governor=schedutil MinFreq=102000 MaxFreq=1479000 CurrentFreq=1326000 IdleStates: WFI=1 c7=1
GPU MinFreq=76800000 MaxFreq=921600000 CurrentFreq=76800000
EMC MinFreq=204000000 MaxFreq=1600000000 CurrentFreq=1600000000 FreqOverride=0
Fan: PWM=0
NV Power Mode: MAXN
`;
const MEMINFO = `MemTotal:        4059236 kB
MemFree:         1263832 kB
MemAvailable:    2089976 kB
SwapTotal:       2029600 kB
SwapFree:        1834016 kB
NvMapMemFree:      30212 kB
NvMapMemUsed:     233664 kB
HugePages_Total:       0
`;
const MODE = 'NVPM WARN: fan mode is not set!\nNV Power Mode: MAXN\n0\n';

describe('the chip', () => {
  it('is the last Tegra that the device tree is compatible with', () => {
    expect(parseCompatible('nvidia,p3509-0000+p3668-0000\0nvidia,tegra194\0')).toBe('tegra194');
    expect(parseCompatible('nvidia,tegra132\0nvidia,tegra210\0')).toBe('tegra210');
  });

  it('is unknown of other boards', () => {
    expect(parseCompatible('raspberrypi,4-model-b\0brcm,bcm2711\0')).toBeUndefined();
    expect(parseCompatible('')).toBeUndefined();
  });
});

describe('the release', () => {
  it.each([
    [RELEASE, '32.7.1', '4.6.1'],
    ['# R35 (release), REVISION: 2.1, GCID: 32413640, BOARD: t186ref, EABI: aarch64, DATE: Tue Jan 24 23:38:33 UTC 2023', '35.2.1', '5.1'],
    ['# R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic, EABI: aarch64, DATE: Wed Jan  8 01:49:37 UTC 2025', '36.4.3', '6.2'],
    ['# R35 (release), REVISION: 1, GCID: 1', '35.1', '5.0.2'],
    ['# R32 (release), REVISION: 7.6, GCID: 1', '32.7.6', '4.6.6'],
    ['# R99 (release), REVISION: 1.0, GCID: 1', '99.1.0', undefined],
  ])('of %j is L4T %s, JetPack %s', (text, l4t, jetpack) => {
    expect(parseTegraRelease(text)).toBe(l4t);
    expect(jetpackOf(l4t)).toBe(jetpack);
  });

  it('is unknown where the file says nothing of the kind', () => {
    expect(parseTegraRelease('')).toBeUndefined();
    expect(parseTegraRelease('R32 (release), REVISION: 7.1')).toBeUndefined();
    expect(jetpackOf('constructor')).toBeUndefined();
  });
});

describe('the power mode', () => {
  it.each([
    ['NV Power Mode: MAXN\n0\n', { name: 'MAXN', id: 0 }],
    [MODE, { name: 'MAXN', id: 0 }],
    ['NV Power Mode: MAXN_SUPER\n2\n', { name: 'MAXN_SUPER', id: 2 }],
    ['NVPM VERB: Current mode: NV Power Mode: MODE_15W_6CORE\r\n2\r\n', { name: 'MODE_15W_6CORE', id: 2 }],
    ['NV Power Mode: 5W\n', { name: '5W' }],
    ['7\nNV Power Mode: 5W\n1\n', { name: '5W', id: 1 }],
    ['3\n', { id: 3 }],
    ['NVPM ERROR: no such thing', undefined],
    ['', undefined],
  ])('of %j is %j', (text, mode) => {
    expect(parsePowerMode(text)).toEqual(mode);
  });

  it("is the number in nvpmodel's own file where nvpmodel does not answer", () => {
    expect(readPowerMode(board({ '/var/lib/nvpmodel/status': 'pmode:0002 fmode:quiet\n' }))).toEqual({ id: 2 });
    expect(readPowerMode(board({}))).toBeUndefined();
  });
});

describe('jetson_clocks', () => {
  const gpu = { currentHz: 76_800_000, minHz: 76_800_000, maxHz: 921_600_000 };
  const emc = { currentHz: 1.6e9, minHz: 204e6, maxHz: 1.6e9, override: false };

  it('shows the clocks of the cores that are online, of the GPU and of the memory', () => {
    expect(parseJetsonClocks(SHOWN)).toEqual({
      cpus: [{ core: 0, currentHz: 1.326e9, minHz: 102e6, maxHz: 1.479e9, governor: 'schedutil' }],
      ...{ gpu, emc },
    });
  });

  it('may show some of it, or nothing', () => {
    expect(parseJetsonClocks('GPU MinFreq=x MaxFreq=5\nEMC FreqOverride=1\n')).toEqual({
      cpus: [],
      gpu: { maxHz: 5 },
      emc: { override: true },
    });
    expect(parseJetsonClocks('')).toEqual({ cpus: [] });
  });

  it('adds what files do not tell', () => {
    const files = { '/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq': '5\n' };
    expect(readClocks(board(files, { 'jetson_clocks --show': SHOWN }))).toEqual({
      cpus: [{ core: 0, currentHz: 5000 }],
      gpu,
      emc,
      locked: false,
    });
  });

  it('is not called where the files tell all', () => {
    const files = { '/sys/kernel/debug/clk/override.emc/clk_state': '1\n', '/sys/kernel/debug/clk/override.emc/clk_rate': '1600000000\n' };
    const root = board(files, { 'jetson_clocks --show': SHOWN });
    expect(readClocks(root)).toEqual({ cpus: [], emc: { currentHz: 1.6e9, override: true } });
  });
});

describe('clocks', () => {
  const core = (number: number, online: string, hz: string) => ({
    [`/sys/devices/system/cpu/cpu${number}/online`]: `${online}\n`,
    [`/sys/devices/system/cpu/cpu${number}/cpufreq/scaling_cur_freq`]: `${hz}\n`,
  });

  it('are not those that a core which is off had last', () => {
    const root = board({ ...core(0, '1', '5'), ...core(1, '0', '9'), ...core(10, '1', '7'), ...core(2, '1', '6') });
    expect(readClocks(root).cpus.map(({ core, currentHz }) => [core, currentHz])).toEqual([
      [0, 5000],
      [2, 6000],
      [10, 7000],
    ]);
    expect(openCurrentClocks(root)()).toEqual({ cpuHz: 7000 });
  });

  it('that have no lower limit are not locked', () => {
    const limits = { scaling_min_freq: '5\n', scaling_max_freq: '5\n' };
    const cpu = Object.fromEntries(Object.entries(limits).map(([name, text]) => [`/sys/devices/system/cpu/cpu0/cpufreq/${name}`, text]));
    const gpu = { '/sys/class/devfreq/57000000.gpu/min_freq': '0\n', '/sys/class/devfreq/57000000.gpu/max_freq': '5\n' };
    expect(readClocks(board({ ...cpu, ...gpu }))).toEqual({
      ...{ cpus: [{ core: 0, minHz: 5000, maxHz: 5000 }], gpu: { minHz: 0, maxHz: 5 }, locked: false },
    });
  });

  it('are never 0', () => {
    const files = { '/sys/class/devfreq/57000000.gpu/cur_freq': '0\n', '/sys/class/devfreq/57000000.gpu/max_freq': '5\n' };
    const root = board({ ...files, ...core(0, '1', '0') });
    expect(readClocks(root)).toEqual({ cpus: [], gpu: { maxHz: 5 } });
    expect(openCurrentClocks(root)()).toEqual({});
  });
});

describe('clocks are locked', () => {
  const fixed = { minHz: 5, maxHz: 5 };
  const free = { minHz: 4, maxHz: 5 };

  it.each([
    ['where GPU and cores have one clock to choose from', { cpus: [{ core: 0, ...fixed }], gpu: fixed }, true],
    ['where the memory is overridden as well', { cpus: [{ core: 0, ...fixed }], gpu: fixed, emc: { override: true } }, true],
    ['but not where the memory is not', { cpus: [{ core: 0, ...fixed }], gpu: fixed, emc: { override: false } }, false],
    [
      'but not where one core is not',
      {
        cpus: [
          { core: 0, ...fixed },
          { core: 1, ...free },
        ],
        gpu: fixed,
      },
      false,
    ],
    ['but not where the GPU is not', { cpus: [{ core: 0, ...fixed }], gpu: free }, false],
    ["which is unknown without the GPU's", { cpus: [{ core: 0, ...fixed }] }, undefined],
    ["which is unknown without the cores'", { cpus: [], gpu: fixed }, undefined],
    ['which is unknown where a limit is', { cpus: [{ core: 0, ...fixed }], gpu: { minHz: 5 } }, undefined],
  ])('%s', (_, clocks, locked) => {
    expect(areLocked(clocks)).toBe(locked);
  });
});

describe("the GPU's load", () => {
  it('is from 0 to 1, or unknown', () => {
    expect(['0\n', '125\n', '1000', '1001', '-1', '', 'off', undefined].map(parseGpuLoad)).toEqual([
      ...[0, 0.125, 1],
      ...Array(5).fill(undefined),
    ]);
  });
});

describe('temperatures', () => {
  it('leave out the power controller, zones that are off and zones that cannot be read', () => {
    const zones = [
      ['PMIC-Die', '100000\n'],
      ['GPU-therm', '-5500\n'],
      ['CV-therm', '-256000\n'],
      ['soc-thermal', 'n/a'],
      ['CPU-therm', '0\n'],
    ] as const;
    const files = Object.fromEntries(
      zones.flatMap(([type, temp], at) => [
        [`/sys/class/thermal/thermal_zone${9 + at}/type`, `${type}\n`],
        [`/sys/class/thermal/thermal_zone${9 + at}/temp`, temp],
      ]),
    );
    expect(openTemperatures(board({ ...files, '/sys/class/thermal/cooling_device0/type': 'fan\n' }))()).toEqual([
      { zone: 'GPU-therm', celsius: -5.5 },
      { zone: 'CPU-therm', celsius: 0 },
    ]);
  });
});

describe('power rails', () => {
  const agxOrin = hwmon('1-0040', 1, ['VDD_GPU_SOC', 10_000, 300], ['VDD_CPU_CV', 10_000, 100], ['VIN_SYS_5V0', 5000, 1000]);
  const memory = hwmon('1-0041', 2, ['NC', 5000, 1], ['VDDQ_VDD2_1V8AO', 5000, 200], ['NC', 5000, 1]);

  it('of an AGX Orin add up, without the one that comes from another', () => {
    const root = board({ ...agxOrin, ...memory });
    expect(openRails(root)()).toEqual([
      { name: 'VDD_GPU_SOC', milliwatts: 3000 },
      { name: 'VDD_CPU_CV', milliwatts: 1000 },
      { name: 'VIN_SYS_5V0', milliwatts: 5000 },
      { name: 'VDDQ_VDD2_1V8AO', milliwatts: 1000 },
    ]);
    const meter = openWholeBoard(root);
    expect(meter?.rail).toBe('VDD_GPU_SOC + VDD_CPU_CV + VIN_SYS_5V0');
    expect(meter?.milliwatts()).toBe(9000);
    expect(wholeBoard(openRails(root)())).toEqual({ rail: 'VDD_GPU_SOC + VDD_CPU_CV + VIN_SYS_5V0', milliwatts: 9000 });
  });

  it('give no sum while a part cannot be read', () => {
    const files: Record<string, string> = { ...agxOrin };
    const root = board(files);
    const [meter, rails] = [openWholeBoard(root), openRails(root)];
    files['/sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon1/curr2_input'] = '';
    expect(meter?.milliwatts()).toBeUndefined();
    expect(rails().map(({ name }) => name)).toEqual(['VDD_GPU_SOC', 'VIN_SYS_5V0']);
  });

  it('of boards that have a total are not added up without it', () => {
    expect(wholeBoard([{ name: 'POM_5V_GPU', milliwatts: 5 }])).toBeUndefined();
    expect(
      wholeBoard([
        { name: 'VDD_CPU_GPU_CV', milliwatts: 5 },
        { name: 'VDD_SOC', milliwatts: 5 },
      ]),
    ).toBeUndefined();
    expect(wholeBoard([])).toBeUndefined();
    expect(openWholeBoard(board({}))).toBeUndefined();
  });
});

describe('memory', () => {
  it('is in bytes', () => {
    expect(parseMeminfo(MEMINFO)).toEqual({
      ...{ totalBytes: 4059236 * 1024, availableBytes: 2089976 * 1024 },
      ...{ swapTotalBytes: 2029600 * 1024, swapUsedBytes: 195584 * 1024, nvMapUsedBytes: 233664 * 1024 },
    });
  });

  it('has no figure that the kernel does not give', () => {
    expect(parseMeminfo('')).toEqual({});
    expect(parseMeminfo('SwapTotal: 5 kB\nMemAvailable: five kB\n')).toEqual({ swapTotalBytes: 5120 });
  });

  it('of mappings adds up', () => {
    expect(sumOfPss('Size: 8 kB\nPss:                   4 kB\nPss_Anon: 4 kB\nSwapPss: 9 kB\nSize: 8 kB\nPss:      3 kB\n')).toBe(7168);
    expect(sumOfPss('')).toBeUndefined();
  });
});

describe('whatever the text', () => {
  const railFile = (text: string) => openRails(board(hwmon('1-0040', 1, ['VDD_IN', text, text], [text, 5, text], ['VDD_SOC', text, 5])))();
  const iioFile = (text: string) => openRails(board(iio(text)))();
  const mutated = (text: string) =>
    fc
      .tuple(
        fc.nat(text.length),
        fc.nat(20),
        fc.oneof(fc.string({ maxLength: 10 }), fc.constantFrom('9'.repeat(400), '-1', '=', '\n', '\0', ' ')),
      )
      .map(([at, length, part]) => text.slice(0, at) + part + text.slice(at + length));

  it.each([
    ['nv_tegra_release', RELEASE, (text: string) => jetpackOf(parseTegraRelease(text) ?? text)],
    ['compatible', 'nvidia,jetson-nano\0nvidia,tegra210\0', parseCompatible],
    ['nvpmodel', MODE, parsePowerMode],
    ['jetson_clocks', SHOWN, parseJetsonClocks],
    ['meminfo', MEMINFO, parseMeminfo],
    ['smaps', 'Pss:     4 kB\nPss:    5 kB\n', sumOfPss],
    ['load', '125\n', parseGpuLoad],
    ['hwmon', '4952\n', railFile],
    ['iio', '4952\n', iioFile],
  ])('%s gives finite figures and never throws', (_, sample, parse) => {
    fc.assert(fc.property(fc.oneof(fc.string(), mutated(sample), mutated(sample)), (text) => allFinite(parse(text))));
  });

  it('a release that is read is one that was written', () => {
    fc.assert(
      fc.property(fc.nat(99), fc.array(fc.nat(99), { minLength: 1, maxLength: 3 }), (release, revision) => {
        const text = RELEASE.replace('R32', `R${release}`).replace('7.1', revision.join('.'));
        expect(parseTegraRelease(text)).toBe([release, ...revision].join('.'));
      }),
    );
  });

  it('lines of meminfo that are not known change nothing', () => {
    const name = fc.stringMatching(/^[A-Z][a-z]{3,9}$/).filter((each) => !MEMINFO.includes(each));
    fc.assert(
      fc.property(name, fc.nat(), fc.nat(8), (stranger, value, place) => {
        const lines = MEMINFO.split('\n');
        lines.splice(place, 0, `${stranger}: ${value} kB`);
        expect(parseMeminfo(lines.join('\n'))).toEqual(parseMeminfo(MEMINFO));
      }),
    );
  });
});

/** Rails as name, mV and mA. */
function hwmon(address: string, device: number, ...rails: [name: string, millivolts: number | string, milliamperes: number | string][]) {
  const folder = `/sys/bus/i2c/drivers/ina3221/${address}/hwmon/hwmon${device}`;
  return Object.fromEntries(
    rails.flatMap(([name, millivolts, milliamperes], at) => [
      [`${folder}/in${at + 1}_label`, `${name}\n`],
      [`${folder}/in${at + 1}_input`, `${millivolts}\n`],
      [`${folder}/curr${at + 1}_input`, `${milliamperes}\n`],
    ]),
  );
}

function iio(text: string) {
  const folder = '/sys/bus/i2c/drivers/ina3221x/6-0040/iio:device0';
  return { [`${folder}/rail_name_0`]: 'POM_5V_IN\n', [`${folder}/in_power0_input`]: text, [`${folder}/rail_name_1`]: text };
}
