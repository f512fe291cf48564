import { describe, expect, it } from 'vitest';
import { compareRuns, rowName } from '../../../bench/compare/compare';
import type { Account, Amount, ComparedRow } from '../../../bench/compare/schema';
import { memoryChange } from '../../../bench/jetson/memory-change';
import type { ComparisonResult, Energy, JetsonRun } from '../../../bench/jetson/schema';
import { memory, newer, row, run, side } from './sample-runs';

const compared = (a: JetsonRun, b: JetsonRun) => compareRuns({ file: 'a.json', run: a }, { file: 'b.json', run: b });
const rowsOf = (a: readonly ComparisonResult[], b: readonly ComparisonResult[]) =>
  compared(run({ comparisons: [...a] }), newer({ comparisons: [...b] }));

function only(a: ComparisonResult, b: ComparisonResult): ComparedRow {
  const [first, ...others] = rowsOf([a], [b]).rows;
  if (first === undefined || !('subject' in first) || others.length > 0) throw new Error('Expected one row that both measured');
  return first;
}

describe('a row of both runs', () => {
  it('has both medians, their intervals, and B over A', () => {
    expect(only(row(0.26, 60), row(0.13, 60))).toMatchObject({
      id: '2d-8x8-vs-conv3x3',
      subject: { a: 0.26, b: 0.13, change: 0.5, intervalA: [0.26 * 0.98, 0.26 * 1.02], intervalB: [0.13 * 0.98, 0.13 * 1.02] },
      baseline: { a: 60, b: 60, change: 1, implementationA: 'Conv2d 3x3 (cuDNN 8.2.1 WINOGRAD NCHW)' },
      speedRatio: { a: 60 / 0.26, b: 60 / 0.13, change: 2 },
    });
  });

  it.each([
    ['faster', 0.13],
    ['slower', 0.52],
    ['same', 0.265],
    // The intervals lie apart, and the change is one of those between runs of the same code.
    ['same', 0.26 * 1.19],
    ['same', 0.26 / 1.19],
    ['slower', 0.26 * 1.21],
    ['faster', 0.26 / 1.21],
  ] as const)('is %s where the layer took %d ms after 0.26', (verdict, subjectMs) => {
    const { subject, speedRatio, baseline } = only(row(0.26, 60), row(subjectMs, 60));
    expect([subject.verdict, speedRatio.verdict, baseline.verdict]).toEqual([verdict, verdict, 'same']);
  });

  it.each([
    ['paper', 1.19, 1.21],
    ['throughput', 1.19, 1.21],
    ['host-visible', 1.24, 1.26],
    ['copies', 2.45, 2.55],
  ] as const)('is judged by its protocol: %s', (protocol, noise, change) => {
    const verdicts = (factor: number) => {
      const { subject, speedRatio } = only(row(1, 60, { protocol }), row(factor, 60, { protocol }));
      return [subject.verdict, speedRatio.verdict];
    };
    expect([noise, 1 / noise].map(verdicts)).toEqual([
      ['same', 'same'],
      ['same', 'same'],
    ]);
    expect([change, 1 / change].map(verdicts)).toEqual([
      ['slower', 'slower'],
      ['faster', 'faster'],
    ]);
  });

  it('is the same where the intervals touch, however much the medians differ', () => {
    const wide = (medianMs: number, low: number, high: number) =>
      row(medianMs, 60, { subject: side(medianMs, { medianInterval: [low, high] }) });
    expect(only(wide(1, 0.9, 2), wide(3, 2, 4)).subject.verdict).toBe('same');
    expect(only(wide(1, 0.9, 2), wide(3, 2.001, 4)).subject.verdict).toBe('slower');
  });

  it('is judged by the times of the layer apart from those of the baseline', () => {
    const { subject, baseline, speedRatio } = only(row(0.26, 60), row(0.26, 30));
    expect([subject.verdict, baseline.verdict, speedRatio.verdict]).toEqual(['same', 'faster', 'slower']);
  });

  it('is not judged without intervals', () => {
    const { medianInterval, ...subject } = side(0.13);
    const { speedRatioInterval, ...bare } = row(0.13, 60);
    expect([medianInterval, speedRatioInterval]).not.toContain(undefined);
    const found = only(row(0.26, 60), { ...bare, subject });
    expect([found.subject.verdict, found.speedRatio.verdict, found.baseline.verdict]).toEqual(['not known', 'not known', 'same']);
    expect(found.subject).not.toHaveProperty('intervalB');
  });

  it('is judged by the layer alone where another baseline was the fastest', () => {
    const found = only(
      row(0.26, 60),
      row(0.13, 50, { baseline: side(50, { layer: 'Conv2d 3x3', implementation: 'cuDNN 8.2.1 IMPLICIT_GEMM NHWC' }) }),
    );
    expect([found.subject.verdict, found.baseline.verdict, found.speedRatio.verdict]).toEqual([
      'faster',
      'other baseline',
      'other baseline',
    ]);
    expect(found.baseline).toMatchObject({
      implementationA: 'Conv2d 3x3 (cuDNN 8.2.1 WINOGRAD NCHW)',
      implementationB: 'Conv2d 3x3 (cuDNN 8.2.1 IMPLICIT_GEMM NHWC)',
    });
  });

  it('has energy where both measured it on the same rail', () => {
    const energy = (perImageMj: number, rail = 'POM_5V_IN'): Energy => ({ perImageMj, milliwatts: 5000, rail, readings: 9 });
    const using = (value?: Energy) => row(0.26, 60, { subject: side(0.26, value && { energy: value }) });
    expect(only(using(energy(0.2)), using(energy(0.1))).subjectEnergy).toEqual({ a: 0.2, b: 0.1, change: 0.5, verdict: 'less' });
    expect(only(using(energy(0.1)), using(energy(0.119))).subjectEnergy?.verdict).toBe('same');
    expect(only(using(energy(0.1)), using(energy(0.121))).subjectEnergy?.verdict).toBe('more');
    expect(only(using(energy(0.2)), using())).not.toHaveProperty('subjectEnergy');
    expect(only(using(energy(0.2)), using(energy(0.1, 'POM_5V_GPU')))).not.toHaveProperty('subjectEnergy');
    expect(only(using(energy(0)), using(energy(0.1))).subjectEnergy).toEqual({ a: 0, b: 0.1, verdict: 'more' });
  });

  it('keeps what spoils it', () => {
    expect(only(row(0.26, 60), row(0.26, 60, { flags: ['throttled'] }))).toMatchObject({ flagsA: [], flagsB: ['throttled'] });
  });

  it('that failed has the reason, and no figures', () => {
    const { baseline, subject, others, speedRatio, speedRatioInterval, flags, ...header } = row(0.26, 60);
    const { rows } = rowsOf([row(0.26, 60)], [{ ...header, error: 'out of memory' }]);
    expect(rows).toEqual([{ ...header, errorB: 'out of memory' }]);
    expect([baseline, subject, others, speedRatio, speedRatioInterval, flags]).not.toContain(undefined);
  });
});

describe('rows', () => {
  const changes = [
    { id: '2d-16x16-vs-conv3x3' },
    { protocol: 'copies' },
    { device: 'cpu' },
    { dtype: 'float16' },
    { layout: 'NCHW' },
    { shape: [1, 8, 8, 1024] },
    { threads: 1 },
  ] as const;

  it.each(changes)('that differ by %o are two', (change) => {
    const { rows, onlyA, onlyB } = rowsOf([row(0.26, 60)], [row(0.26, 60, change)]);
    expect({ rows, a: onlyA.rows.length, b: onlyB.rows.length }).toEqual({ rows: [], a: 1, b: 1 });
    expect(onlyB.rows).toEqual([expect.objectContaining(change)]);
  });

  it('are found in any order, and shown in that of A', () => {
    const all = changes.map((change) => row(0.26, 60, change));
    const { rows, onlyA, onlyB } = rowsOf(all, [...all].reverse());
    expect(rows.map(({ id, protocol, device, dtype, layout }) => ({ id, protocol, device, dtype, layout }))).toEqual(
      all.map(({ id, protocol, device, dtype, layout }) => ({ id, protocol, device, dtype, layout })),
    );
    expect([...onlyA.rows, ...onlyB.rows]).toEqual([]);
  });

  it('of one name are compared in turn', () => {
    const { rows, onlyA, onlyB } = rowsOf([row(1, 60), row(2, 60)], [row(3, 60), row(4, 60), row(5, 60)]);
    expect(rows.map((each) => 'subject' in each && [each.subject.a, each.subject.b])).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect([onlyA.rows, onlyB.rows.map(rowName)]).toEqual([[], ['2d-8x8-vs-conv3x3, throughput, cuda, float32 NHWC 10x8x8x1024']]);
  });
});

describe('memory', () => {
  it('is set side by side by every account that both have', () => {
    const { memory: found } = compared(
      run({ memory: [memory({ peakBytes: 100e6, layerBytes: 5e6, nvMapBytes: 0 }, { peakBytes: 200e6 })] }),
      newer({ memory: [memory({ peakBytes: 90e6, pssBytes: 3e6, nvMapBytes: 7 }, { peakBytes: 200e6 })] }),
    );
    expect(found.map(({ layer, accounts }) => ({ layer, accounts }))).toEqual([
      {
        layer: 'BlockWht2d 8x8',
        accounts: { peakBytes: { a: 100e6, b: 90e6, change: 0.9, verdict: 'less' }, nvMapBytes: { a: 0, b: 7, verdict: 'more' } },
      },
      { layer: 'Conv2d 3x3', accounts: { peakBytes: { a: 200e6, b: 200e6, change: 1, verdict: 'same' } } },
    ]);
  });

  const account = (name: Account, a: number, b: number) =>
    compared(run({ memory: [memory({ [name]: a }, {})] }), newer({ memory: [memory({ [name]: b }, {})] })).memory[0]?.accounts[name];

  it.each<[Account, number, number, Amount['verdict']]>([
    ['layerBytes', 5e6, 5e6 + 4, 'more'],
    ['layerBytes', 5e6, 5e6, 'same'],
    ['peakBytes', 100e6, 109e6, 'same'],
    ['peakBytes', 100e6, 111e6, 'more'],
    ['ownPeakBytes', 111e6, 100e6, 'less'],
    ['pssBytes', 57e6, 68e6, 'same'],
    ['pssBytes', 157e6, 56e6, 'less'],
    ['nvMapBytes', 100e6, 111e6, 'more'],
    ['availableFallBytes', 20e6, 119e6, 'same'],
    ['availableFallBytes', 300e6, 199e6, 'less'],
  ])('%s of %d and then %d bytes is judged: %s', (name, a, b, verdict) => {
    expect(account(name, a, b)?.verdict).toBe(verdict);
  });

  it('has no ratio of falls that are noise, as in the report of a run', () => {
    for (const [a, b] of [
      [-3.5e6, 50e6],
      [50e6, -3.5e6],
      [31.9e6, 64e6],
      [64e6, 31.9e6],
      [32e6, 64e6],
      [64e6, 32e6],
    ] as const) {
      const sides = memory({ availableFallBytes: b }, { availableFallBytes: a });
      const reported = memoryChange(sides, 'availableFallBytes');
      const found = account('availableFallBytes', a, b);
      expect(found?.change, `${a} ${b}`).toEqual(reported === undefined ? undefined : reported + 1);
      expect(found !== undefined && 'change' in found).toBe(Math.min(a, b) >= 32e6);
    }
  });

  it('of a layer that one run lacks is listed', () => {
    const measured = memory({ peakBytes: 1 }, { peakBytes: 2 });
    const { memory: found, onlyA } = compared(run({ memory: [measured] }), newer({ memory: [{ ...measured, baselines: [] }] }));
    expect(found).toHaveLength(1);
    expect(onlyA).toEqual({ rows: [], memory: ['Conv2d 3x3 (wht-layers): 2d-8x8-vs-conv3x3, copies, cuda, 10x8x8x1024'] });
  });

  it('of one implementation is compared whatever its version', () => {
    const baseline = (implementation: string) => memory({}, { implementation, peakBytes: 5 });
    const { memory: found } = compared(
      run({ memory: [baseline('onnxruntime 1.20.0')] }),
      newer({ memory: [baseline('onnxruntime 1.30.0')] }),
    );
    expect(found[1]).toMatchObject({ implementationA: 'onnxruntime 1.20.0', implementationB: 'onnxruntime 1.30.0' });
  });

  it('that could not be measured has the reason', () => {
    const measured = memory({ peakBytes: 1 }, { peakBytes: 2 });
    const failed = { ...measured, subject: { layer: 'BlockWht2d 8x8', implementation: 'wht-layers cuda', error: 'swap grew' } };
    expect(compared(run({ memory: [measured] }), newer({ memory: [failed] })).memory[0]).toMatchObject({
      errorB: 'swap grew',
      accounts: {},
    });
  });
});

describe('two files', () => {
  it('of one run are known, whatever their names and the order of their fields', () => {
    const reordered = Object.fromEntries(Object.entries(run()).reverse()) as unknown as JetsonRun;
    expect(compared(run(), reordered).sameRun).toBe(true);
    expect(compared(run(), run({ seconds: 601 }))).not.toHaveProperty('sameRun');
  });

  it('have the state of both runs', () => {
    const { a, b } = compared(run(), run({ interrupted: true, quick: true }, { loadAverage: 2.5, emulated: true }));
    expect(a).toMatchObject({ quick: false, loadAverage: 0.1 });
    expect(a).not.toHaveProperty('interrupted');
    expect(b).toMatchObject({ quick: true, interrupted: true, loadAverage: 2.5, emulated: true });
  });
});
