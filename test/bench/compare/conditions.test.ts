import { describe, expect, it } from 'vitest';
import { differences } from '../../../bench/compare/conditions';
import type { JetsonEnvironment, JetsonRun } from '../../../bench/jetson/schema';
import { ENVIRONMENT, newer, run } from './sample-runs';

const { clocks, board, versions } = ENVIRONMENT;
const without = <K extends keyof JetsonEnvironment>(name: K): JetsonRun => {
  const { [name]: _, ...environment } = ENVIRONMENT;
  return { ...run(), environment: environment as JetsonEnvironment };
};

describe('conditions', () => {
  it('are alike in two runs of two versions on one machine', () => {
    expect(differences(run(), newer())).toEqual({ unlike: [], noted: [{ what: 'wht-layers', a: '0.1.0', b: '0.2.0' }] });
  });

  const orin = 'NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super';
  it.each<[what: string, a: string, b: string, change: Partial<JetsonEnvironment>]>([
    ['board', board.model ?? '', orin, { board: { ...board, model: orin } }],
    ['board', board.model ?? '', 'none', { board: { jetson: false, l4t: '32.7.1', jetpack: '4.6.1' } }],
    ['recorded board', 'no', 'yes', { recorded: '/boards/nano' }],
    ['L4T', '32.7.1', '32.7.6', { board: { ...board, l4t: '32.7.6' } }],
    ['CPU', 'ARM Cortex-A57', 'AMD EPYC', { cpu: 'AMD EPYC' }],
    ['SIMD', 'neon', 'portable', { simd: 'portable' }],
    ['threads', '4', '2', { threads: 2 }],
    ['GPU', 'NVIDIA Tegra X1', 'Orin', { gpu: 'Orin' }],
    ['compute capability', '5.3', '8.7', { computeCapability: '8.7' }],
    ['emulated GPU', 'no', 'yes', { emulated: true }],
    ['power mode', 'MAXN', '5W', { powerMode: { name: '5W', id: 1 } }],
    ['power mode', 'MAXN', '1', { powerMode: { id: 1 } }],
    ['locked clocks', 'yes', 'no', { clocks: { ...clocks, locked: false } }],
    [
      'highest clock of the CPU',
      '1479 MHz',
      '918 MHz',
      { clocks: { ...clocks, cpus: clocks.cpus.map((cpu) => ({ ...cpu, maxHz: 918e6 })) } },
    ],
    ['CPU cores online', '4', '2', { clocks: { ...clocks, cpus: clocks.cpus.slice(2) } }],
    // An overclock that nobody mentioned.
    ['highest clock of the GPU', '922 MHz', '1000 MHz', { clocks: { ...clocks, gpu: { maxHz: 1000e6 } } }],
    ['highest clock of the memory', '1600 MHz', '1200 MHz', { clocks: { ...clocks, emc: { maxHz: 1200e6 } } }],
    ['Node.js', '16', '20', { node: '20.20.2' }],
    ['cuDNN', '8.2.1', '8.6.0', { versions: { ...versions, cuDNN: '8.6.0' } }],
    ['CUDA', '10.2', '11.4', { versions: { ...versions, CUDA: '11.4' } }],
    ['onnxruntime-node', 'none', '1.30.0', { versions: { ...versions, 'onnxruntime-node': '1.30.0' } }],
  ])('are unlike by their %s: %s and %s', (what, a, b, change) => {
    expect(differences(run(), run({}, change)).unlike).toEqual([{ what, a, b }]);
    expect(differences(run({}, change), run()).unlike).toEqual([{ what, a: b, b: a }]);
  });

  it('are unlike where one run is quick', () => {
    expect(differences(run(), run({ quick: true })).unlike).toEqual([{ what: 'quick', a: 'no', b: 'yes' }]);
  });

  it('are unlike where one machine has no GPU or no SIMD', () => {
    expect(differences(run(), without('gpu')).unlike).toEqual([{ what: 'GPU', a: 'NVIDIA Tegra X1', b: 'none' }]);
    expect(differences(without('simd'), run()).unlike).toEqual([{ what: 'SIMD', a: 'none', b: 'neon' }]);
  });

  it('that one run could not find out are noted', () => {
    const { locked, emc, ...unprivileged } = clocks;
    expect([locked, emc]).not.toContain(undefined);
    expect(differences(without('powerMode'), run())).toEqual({ unlike: [], noted: [{ what: 'power mode', a: 'unknown', b: 'MAXN' }] });
    expect(differences(run(), run({}, { clocks: unprivileged }))).toEqual({
      unlike: [],
      noted: [
        { what: 'locked clocks', a: 'yes', b: 'unknown' },
        { what: 'highest clock of the memory', a: '1600 MHz', b: 'unknown' },
      ],
    });
  });

  it.each<[what: string, b: JetsonRun]>([
    ['Node.js', run({}, { node: '16.20.1' })],
    ['memory', run({}, { memoryTotalBytes: 2.08e9 })],
    ['load before', run({}, { loadAverage: 2.5 })],
    ['interrupted', run({ interrupted: true })],
    ['not measured', run({ unavailable: [{ device: 'cuda', reason: 'no driver' }] })],
    [
      'hottest zone before',
      run({}, { before: { clocks, temperatures: [{ zone: 'GPU', celsius: 41 }], rails: [], memory: { totalBytes: 4e9 } } }),
    ],
  ])('that change from run to run are noted: %s', (what, b) => {
    expect(differences(run(), b)).toEqual({ unlike: [], noted: [expect.objectContaining({ what })] });
  });
});
