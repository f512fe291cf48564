/** The lines of tegrastats: what boards print, and anything else. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wholeBoard } from '../../../bench/probes/power-rails';
import { parseTegrastats, type TegrastatsReading } from '../../../bench/probes/tegrastats';
import { allFinite } from './finite';
import { AGX_ORIN, AGX_XAVIER, LINES, NANO, NANO_BUSY, NANO_ROOT, ORIN_NANO, ORIN_NANO_ROOT, TX2, XAVIER_NX } from './tegrastats-lines';

const MB = 2 ** 20;
const MHZ = 1e6;

const parse = (fields: readonly string[]) => parseTegrastats(fields.join(' '));
/** Percents and MHz of each core; undefined for one that is off. */
const cores = (...all: ([number, number] | undefined)[]): TegrastatsReading['cpus'] =>
  all.map((each, core) => (each === undefined ? { core } : { core, load: each[0] / 100, hz: each[1] * MHZ }));
const zones = (all: Record<string, number>) => Object.entries(all).map(([zone, celsius]) => ({ zone, celsius }));
const rails = (all: Record<string, [number, number]>) =>
  Object.entries(all).map(([name, [milliwatts, averageMilliwatts]]) => ({ name, milliwatts, averageMilliwatts }));
const off = (...names: string[]) => names.map((name) => ({ name }));

describe('parseTegrastats', () => {
  it('reads a Nano without root', () => {
    expect(parse(NANO)).toEqual({
      ram: { usedBytes: 613 * MB, totalBytes: 3964 * MB, largestFreeBlocks: { count: 634, bytes: 4 * MB } },
      swap: { usedBytes: 0, totalBytes: 1982 * MB, cachedBytes: 0 },
      cpus: cores([2, 102], [1, 102], [0, 102], [0, 102]),
      emc: { load: 0 },
      gpu: { load: 0, hz: [] },
      engines: [],
      temperatures: zones({ PLL: 39, CPU: 40.5, GPU: 41, AO: 46, thermal: 41 }),
      rails: rails({ POM_5V_IN: [943, 943], POM_5V_GPU: [0, 0], POM_5V_CPU: [123, 123] }),
      unknown: [],
    });
  });

  it('reads a Nano with root, which has clocks of memory and GPU', () => {
    expect(parse(NANO_ROOT)).toEqual({
      ram: { usedBytes: 534 * MB, totalBytes: 3964 * MB, largestFreeBlocks: { count: 98, bytes: 4 * MB } },
      swap: { usedBytes: 5 * MB, totalBytes: 1982 * MB, cachedBytes: MB },
      iram: { usedBytes: 0, totalBytes: 252 * 1024, largestFreeBytes: 252 * 1024 },
      cpus: cores([16, 204], [9, 204], [0, 204], [0, 204]),
      emc: { load: 0, hz: 204 * MHZ },
      gpu: { load: 0, hz: [76 * MHZ] },
      engines: [{ name: 'APE', hz: 25 * MHZ }],
      temperatures: zones({ PLL: 34, CPU: 36.5, GPU: 36, AO: 39.5, thermal: 36.25 }),
      rails: rails({ POM_5V_IN: [1022, 1022], POM_5V_GPU: [0, 0], POM_5V_CPU: [204, 204] }),
      unknown: [],
    });
    expect(parse(NANO_BUSY)).toEqual({
      ram: { usedBytes: 1923 * MB, totalBytes: 3964 * MB, largestFreeBlocks: { count: 2, bytes: 2 * MB } },
      swap: { usedBytes: 191 * MB, totalBytes: 1982 * MB, cachedBytes: 6 * MB },
      iram: { usedBytes: 0, totalBytes: 252 * 1024, largestFreeBytes: 252 * 1024 },
      cpus: cores([5, 1224], [4, 1224], [3, 1224], [6, 1224]),
      emc: { load: 0, hz: 1600 * MHZ },
      gpu: { load: 0, hz: [76 * MHZ] },
      engines: [{ name: 'APE', hz: 25 * MHZ }],
      temperatures: zones({ PLL: 37, CPU: 40, GPU: 40, AO: 45, thermal: 40 }),
      rails: rails({ POM_5V_IN: [1750, 1628], POM_5V_GPU: [0, 0], POM_5V_CPU: [366, 406] }),
      unknown: [],
    });
  });

  it('reads a TX2, with cores that are off', () => {
    expect(parse(TX2)).toEqual({
      ram: { usedBytes: 2344 * MB, totalBytes: 7852 * MB, largestFreeBlocks: { count: 1154, bytes: 4 * MB } },
      swap: { usedBytes: 0, totalBytes: 3926 * MB, cachedBytes: 0 },
      cpus: cores([1, 345], undefined, undefined, [1, 345], [0, 345], [2, 345]),
      emc: { load: 0.04, hz: 1600 * MHZ },
      gpu: { load: 0, hz: [624 * MHZ] },
      engines: [{ name: 'APE', hz: 150 * MHZ }],
      temperatures: zones({ PLL: 37.5, MCPU: 37.5, Tboard: 32, GPU: 35, BCPU: 37.5, thermal: 36.5, Tdiode: 34.25 }),
      rails: rails({
        ...{ VDD_SYS_GPU: [152, 152], VDD_SYS_SOC: [687, 687], VDD_4V0_WIFI: [0, 0] },
        ...{ VDD_IN: [3056, 3056], VDD_SYS_CPU: [152, 152], VDD_SYS_DDR: [883, 883] },
      }),
      unknown: [],
    });
  });

  it('reads an AGX Xavier, whose rails are named like its cores and zones', () => {
    expect(parse(AGX_XAVIER)).toEqual({
      ram: { usedBytes: 721 * MB, totalBytes: 31927 * MB, largestFreeBlocks: { count: 7291, bytes: 4 * MB } },
      swap: { usedBytes: 0, totalBytes: 15963 * MB, cachedBytes: 0 },
      cpus: cores([2, 1190], [0, 1190], [0, 1190], [0, 1190], undefined, undefined, undefined, undefined),
      emc: { load: 0, hz: 665 * MHZ },
      gpu: { load: 0, hz: [318 * MHZ] },
      engines: [{ name: 'APE', hz: 150 * MHZ }],
      mts: { foreground: 0, background: 0 },
      temperatures: zones({ AO: 37.5, GPU: 37.5, Tdiode: 40, AUX: 36, CPU: 37.5, thermal: 36.9, Tboard: 37 }),
      rails: rails({ GPU: [0, 0], CPU: [311, 311], SOC: [932, 932], CV: [0, 0], VDDRQ: [621, 621], SYS5V: [1482, 1482] }),
      unknown: [],
    });
  });

  it('reads JetPack 5 with its date, units and lists of clocks', () => {
    expect(parse(XAVIER_NX)).toEqual({
      time: '07-09-2024 13:31:31',
      ram: { usedBytes: 3168 * MB, totalBytes: 6851 * MB, largestFreeBlocks: { count: 2, bytes: 4 * MB } },
      swap: { usedBytes: 161 * MB, totalBytes: 3426 * MB, cachedBytes: 0 },
      cpus: cores([23, 1397], [17, 1192], [16, 1190], [13, 1190], [23, 1190], [10, 1190]),
      emc: { load: 0.02, hz: 204 * MHZ },
      gpu: { load: 0, hz: [114 * MHZ] },
      engines: [
        { name: 'VIC', hz: 115 * MHZ },
        { name: 'APE', hz: 150 * MHZ },
      ],
      temperatures: zones({ AUX: 45, CPU: 46.5, thermal: 45.6, AO: 45, GPU: 45.5 }),
      rails: rails({ VDD_IN: [2763, 2846], VDD_CPU_GPU_CV: [650, 670], VDD_SOC: [650, 711] }),
      unknown: [],
    });
  });

  it('reads JetPack 6 with root, and its engines', () => {
    expect(parse(ORIN_NANO_ROOT)).toEqual({
      time: '05-15-2025 18:30:28',
      ram: { usedBytes: 6982 * MB, totalBytes: 7620 * MB, largestFreeBlocks: { count: 5, bytes: MB } },
      swap: { usedBytes: 2640 * MB, totalBytes: 16384 * MB, cachedBytes: 202 * MB },
      cpus: cores([97, 1984], [95, 1984], [95, 1984], [91, 1984], [88, 1984], [93, 247]),
      emc: { load: 0.18, hz: 3199 * MHZ },
      gpu: { load: 0.84, hz: [713 * MHZ] },
      engines: [
        { name: 'NVENC', load: 0.01, hz: 115 * MHZ },
        { name: 'NVDEC', load: 0.4, hz: 115 * MHZ },
        ...off('NVJPG', 'NVJPG1'),
        { name: 'VIC', load: 0.31, hz: 115 * MHZ },
        ...off('OFA', 'NVDLA0', 'PVA0'),
        { name: 'APE', hz: 174 * MHZ },
      ],
      temperatures: zones({
        ...{ cv0: 63.031, cpu: 65.562, soc2: 64.156, soc0: 63.031, cv1: 62.937, gpu: 63.5, tj: 65.562, soc1: 64.718, cv2: 60.875 },
      }),
      rails: rails({ VDD_IN: [17946, 15710], VDD_CPU_GPU_CV: [8896, 7585], VDD_SOC: [3923, 3515] }),
      unknown: [],
    });
  });

  it('reads JetPack 6 without root, which leaves the memory controller out', () => {
    expect(parse(ORIN_NANO)).toEqual({
      time: '06-18-2025 11:25:24',
      ram: { usedBytes: 3452 * MB, totalBytes: 7620 * MB, largestFreeBlocks: { count: 25, bytes: 4 * MB } },
      swap: { usedBytes: 1518 * MB, totalBytes: 16384 * MB, cachedBytes: 174 * MB },
      cpus: cores([1, 1420], [2, 1420], [0, 1420], [2, 1420], [2, 729], [1, 729]),
      gpu: { load: 0, hz: [] },
      engines: [],
      temperatures: zones({ cpu: 50.031, soc2: 49.031, soc0: 50, gpu: 49.031, tj: 50.25, soc1: 50.25 }),
      rails: rails({ VDD_IN: [4824, 4824], VDD_CPU_GPU_CV: [518, 518], VDD_SOC: [1475, 1475] }),
      unknown: [],
    });
  });

  it('reads an AGX Orin without swap, with two clocks of the GPU, and peaks', () => {
    expect(parse(AGX_ORIN)).toEqual({
      time: '07-25-2026 09:08:28',
      ram: { usedBytes: 20642 * MB, totalBytes: 62817 * MB, largestFreeBlocks: { count: 1, bytes: 2 * MB } },
      cpus: cores(...[23, 10, 4, 14, 30, 18, 10, 10, 33, 7, 5, 27].map((load): [number, number] => [load, 2201])),
      emc: { load: 0.03, hz: 3199 * MHZ },
      gpu: { load: 0.12, hz: [1300 * MHZ, 1300 * MHZ] },
      engines: [...off('NVENC0', 'NVDEC0', 'NVJPG0', 'NVJPG1', 'VIC', 'OFA', 'NVDLA0', 'NVDLA1', 'PVA0'), { name: 'APE', hz: 174 * MHZ }],
      temperatures: zones({ cpu: 52.968, soc2: 48.406, soc0: 49.531, gpu: 47.625 }),
      rails: [
        { name: 'VDD_GPU_SOC', milliwatts: 5139, averageMilliwatts: 5139, peakMilliwatts: 5139 },
        { name: 'VDD_CPU_CV', milliwatts: 3268, averageMilliwatts: 3268, peakMilliwatts: 3268 },
        { name: 'VIN_SYS_5V0', milliwatts: 5500, averageMilliwatts: 5500, peakMilliwatts: 5500 },
      ],
      unknown: [],
    });
  });

  it('gives rails that make up the power of the whole board', () => {
    expect(wholeBoard(parse(NANO_BUSY).rails)).toEqual({ rail: 'POM_5V_IN', milliwatts: 1750 });
    expect(wholeBoard(parse(TX2).rails)).toEqual({ rail: 'VDD_IN', milliwatts: 3056 });
    expect(wholeBoard(parse(AGX_XAVIER).rails)).toEqual({ rail: 'GPU + CPU + SOC + CV + VDDRQ + SYS5V', milliwatts: 3346 });
    expect(wholeBoard(parse(AGX_ORIN).rails)).toEqual({ rail: 'VDD_GPU_SOC + VDD_CPU_CV + VIN_SYS_5V0', milliwatts: 13907 });
  });

  it.each([
    ['RAM 1/2MB (lfb 1x512kB)', { ram: { usedBytes: MB, totalBytes: 2 * MB, largestFreeBlocks: { count: 1, bytes: 512 * 1024 } } }],
    ['GR3D_FREQ @[305,306]', { gpu: { hz: [305 * MHZ, 306 * MHZ] } }],
    ['GR3D_FREQ off', { gpu: { hz: [] } }],
    ['EMC_FREQ @665', { emc: { hz: 665 * MHZ } }],
    ['EMC_FREQ 3%@2133 GR3D_FREQ   7%', { emc: { load: 0.03, hz: 2133 * MHZ }, gpu: { load: 0.07, hz: [] } }],
    ['NVDLA0_FREQ @1600', { engines: [{ name: 'NVDLA0', hz: 1600 * MHZ }] }],
    ['AO@-12.5C Tdiode@-256C PMIC@50C', { temperatures: [{ zone: 'AO', celsius: -12.5 }] }],
    ['VDD_IN -8mW/5mW', { rails: [{ name: 'VDD_IN', milliwatts: -8, averageMilliwatts: 5 }] }],
    [' CPU   [1%@345, off,\t7%]  ', { cpus: [{ core: 0, load: 0.01, hz: 345 * MHZ }, { core: 1 }, { core: 2, load: 0.07 }] }],
    ['FOO 1 CPU@40C BAR', { temperatures: [{ zone: 'CPU', celsius: 40 }], unknown: ['FOO 1', 'BAR'] }],
    [`VDD_IN ${'9'.repeat(400)}mW/5mW`, { unknown: [`VDD_IN ${'9'.repeat(400)}mW/5mW`] }],
    ['FAN 50% CPU@40C', { temperatures: [{ zone: 'CPU', celsius: 40 }], unknown: ['FAN 50%'] }],
    ['CPU [5%@1,x] RAM 1/2', { cpus: [{ core: 0, load: 0.05, hz: MHZ }, { core: 1 }], unknown: ['CPU 1: x', 'RAM 1/2'] }],
    ['', {}],
  ])('reads "%s"', (line, expected) => {
    expect(parseTegrastats(line)).toEqual({ cpus: [], engines: [], temperatures: [], rails: [], unknown: [], ...expected });
  });

  it.each(LINES.map((fields) => [fields]))('takes runs of spaces as one: %j', (fields) => {
    expect(
      parseTegrastats(
        `  ${fields
          .join('   ')
          .replace(/ /g, '  ')
          .replace(/(\d\d-\d{4}) +/, '$1 ')}\r`,
      ),
    ).toEqual(parse(fields));
  });
});

describe('parseTegrastats, whatever the line', () => {
  const fields = fc.constantFrom(...LINES);

  it('never throws, and all numbers are finite', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ maxLength: 200 }), fc.string({ maxLength: 200, unit: fc.constantFrom(...'0123456789%@[],/. offCPURAMwmk-') })),
        (line) => allFinite(parseTegrastats(line)),
      ),
    );
  });

  it('stands real lines with a part replaced', () => {
    const part = fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom('[', ']', '99999999999999999999', '-', '/', '%', '@', ' ', '\0', 'NaN', 'e9'),
    );
    fc.assert(
      fc.property(fields, fc.nat(), fc.nat(12), part, (all, at, length, text) => {
        const line = all.join(' ');
        const from = at % line.length;
        const reading = parseTegrastats(line.slice(0, from) + text + line.slice(from + length));
        return allFinite(reading) && reading.unknown.every((each) => each !== '');
      }),
      { numRuns: 500 },
    );
  });

  it('keeps a field that it does not know, and reads the others all the same', () => {
    const stranger = fc.constantFrom('XPU_FREQ 3%@7', 'HOT@40F', 'VDD_NEW 4W', 'FOO', 'DLA 1', '(new 3)', '7', 'RAM 5/6', 'GR3D_FREQ 5%@x');
    fc.assert(
      fc.property(fields, fc.nat(), stranger, (all, at, field) => {
        const place = at % (all.length + 1);
        const reading = parse([...all.slice(0, place), field, ...all.slice(place)]);
        expect(reading).toEqual({ ...parse(all), unknown: [field] });
      }),
    );
  });

  it('reads what is left where fields are missing', () => {
    fc.assert(
      fc.property(
        fields.chain((all) => fc.subarray(all)),
        (kept) => {
          const reading = parse(kept);
          expect(reading.unknown).toEqual([]);
          expect(reading.rails.length).toBe(kept.filter((field) => /^\S+ -?\d+(mW)?\/\d+(mW)?(\/\d+mW)?$/.test(field)).length);
          expect(reading.ram !== undefined).toBe(kept.some((field) => field.startsWith('RAM')));
          expect(reading.swap !== undefined).toBe(kept.some((field) => field.startsWith('SWAP')));
        },
      ),
    );
  });
});
