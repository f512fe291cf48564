import { describe, expect, it } from 'vitest';
import { compareRuns } from '../../../bench/compare/compare';
import type { ComparedRow } from '../../../bench/compare/schema';
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
    // The intervals touch.
    ['same', (0.26 * 1.02) / 0.98],
  ] as const)('is %s where the layer took %d ms after 0.26', (verdict, subjectMs) => {
    const { subject, speedRatio, baseline } = only(row(0.26, 60), row(subjectMs, 60));
    expect([subject.verdict, speedRatio.verdict, baseline.verdict]).toEqual([verdict, verdict, 'same']);
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
    expect(only(using(energy(0.2)), using(energy(0.1))).subjectEnergy).toEqual({ a: 0.2, b: 0.1, change: 0.5 });
    expect(only(using(energy(0.2)), using())).not.toHaveProperty('subjectEnergy');
    expect(only(using(energy(0.2)), using(energy(0.1, 'POM_5V_GPU')))).not.toHaveProperty('subjectEnergy');
    expect(only(using(energy(0)), using(energy(0.1))).subjectEnergy).toEqual({ a: 0, b: 0.1 });
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
    expect({ rows, a: onlyA.length, b: onlyB.length }).toEqual({ rows: [], a: 1, b: 1 });
  });

  it('are found in any order, and shown in that of A', () => {
    const all = changes.map((change) => row(0.26, 60, change));
    const { rows, onlyA, onlyB } = rowsOf(all, [...all].reverse());
    expect(rows.map(({ id, protocol, device, dtype, layout }) => ({ id, protocol, device, dtype, layout }))).toEqual(
      all.map(({ id, protocol, device, dtype, layout }) => ({ id, protocol, device, dtype, layout })),
    );
    expect([...onlyA, ...onlyB]).toEqual([]);
  });

  it('of one name are compared in turn', () => {
    const { rows, onlyA, onlyB } = rowsOf([row(1, 60), row(2, 60)], [row(3, 60), row(4, 60), row(5, 60)]);
    expect(rows.map((each) => 'subject' in each && [each.subject.a, each.subject.b])).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect([onlyA, onlyB]).toEqual([[], ['2d-8x8-vs-conv3x3, throughput, cuda, float32 NHWC 10x8x8x1024']]);
  });
});

describe('memory', () => {
  it('is set side by side by every account that both have', () => {
    const { memory: found } = compared(
      run({ memory: [memory({ peakBytes: 100e6, layerBytes: 5e6, nvMapBytes: 0 }, { peakBytes: 200e6 })] }),
      newer({ memory: [memory({ peakBytes: 90e6, pssBytes: 3e6, nvMapBytes: 7 }, { peakBytes: 200e6 })] }),
    );
    expect(found.map(({ layer, accounts }) => ({ layer, accounts }))).toEqual([
      { layer: 'BlockWht2d 8x8', accounts: { peakBytes: { a: 100e6, b: 90e6, change: 0.9 }, nvMapBytes: { a: 0, b: 7 } } },
      { layer: 'Conv2d 3x3', accounts: { peakBytes: { a: 200e6, b: 200e6, change: 1 } } },
    ]);
  });

  it('of a layer that one run lacks is listed', () => {
    const measured = memory({ peakBytes: 1 }, { peakBytes: 2 });
    const { memory: found, onlyA } = compared(run({ memory: [measured] }), newer({ memory: [{ ...measured, baselines: [] }] }));
    expect(found).toHaveLength(1);
    expect(onlyA).toEqual(['memory of Conv2d 3x3 (wht-layers): 2d-8x8-vs-conv3x3, throughput, cuda, 10x8x8x1024']);
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
