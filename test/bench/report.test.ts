import { describe, expect, it } from 'vitest';
import { figure, percent } from '../../bench/figures';
import { REPORT_COLUMNS, report } from '../../bench/report';
import type { BenchmarkRun, FailedComparison, MeasuredComparison } from '../../bench/schema';

const ENVIRONMENT: BenchmarkRun['environment'] = {
  cpu: 'AMD EPYC',
  simd: 'avx512',
  node: '20.20.2',
  threads: 2,
  loadAverage: 0.1,
  versions: { 'wht-layers': '0.1.0', 'onnxruntime-node': '1.30.0' },
};

const THROUGHPUT: MeasuredComparison = {
  id: '2d-8x8-vs-squeeze-excite',
  protocol: 'throughput',
  device: 'cpu',
  threads: 2,
  dtype: 'float32',
  layout: 'NHWC',
  shape: [10, 8, 8, 1024],
  baseline: { layer: 'SqueezeExcite NHWC', implementation: 'wht-layers cpu avx512', medianMs: 123.4, p95Ms: 150.6 },
  subject: { layer: 'BlockWht2d', implementation: 'wht-layers cpu avx512', medianMs: 0.5123, p95Ms: 0.6, memoryBytes: 5_243_392 },
  others: [],
  copyMs: 0.5,
  speedRatio: 240.87,
};

const SLOWER: MeasuredComparison = {
  ...THROUGHPUT,
  id: '2d-8x8-vs-conv3x3',
  baseline: { layer: 'Conv2d 3x3', implementation: 'onnxruntime 1.30.0', medianMs: 170, p95Ms: 182, memoryBytes: 137e6 },
  subject: { layer: 'BlockWht2d', implementation: 'wht-layers cpu avx512', medianMs: 4, p95Ms: 5, memoryBytes: 95.9e6 },
  others: [
    { layer: 'Conv2d 3x3', implementation: 'wht-layers cpu avx512', medianMs: 220.3, p95Ms: 230, memoryBytes: 211e6 },
    { layer: 'Conv2d 3x3', implementation: 'other', error: 'not to be found' },
    { layer: 'Conv2d 3x3 as Gemm', implementation: 'other', error: 'not to be found' },
  ],
  speedRatio: 42.5,
  memoryReduction: 0.3,
};

const FAILED: FailedComparison = {
  id: '2d-vs-onnx-graph',
  protocol: 'throughput',
  device: 'cpu',
  threads: 2,
  dtype: 'float32',
  layout: 'NHWC',
  shape: [10, 8, 8, 1024],
  error: `/node_modules/onnxruntime: version 'GLIBC_2.28' not found (required by ${'/a/very/long/path'.repeat(8)})`,
};

const lines = (...comparisons: BenchmarkRun['comparisons']) => report({ schema: 1, environment: ENVIRONMENT, comparisons }).split('\n');
/** The lines of a comparison's row. */
function row(all: string[], id: string): string[] {
  const start = all.findIndex((line) => line.startsWith(id));
  const length = all.slice(start).findIndex((line) => line === '' || line.startsWith('─'));
  return all.slice(start, start + length);
}

describe('report', () => {
  it('begins with the environment', () => {
    expect(lines(THROUGHPUT)[0]).toBe('AMD EPYC, 2 threads, avx512, Node 20.20.2, wht-layers 0.1.0, onnxruntime-node 1.30.0');
    const board = report({
      schema: 1,
      environment: { board: 'NVIDIA Jetson Nano', cpu: 'A57', node: '16.20.2', threads: 1, loadAverage: 0, versions: {} },
      comparisons: [],
    });
    expect(board.split('\n')[0]).toBe('NVIDIA Jetson Nano, A57, 1 thread, Node 16.20.2');
  });

  it('names the baseline and gives median, p95, ratio and the share of a copy', () => {
    const [first, second] = row(lines(THROUGHPUT), '2d-8x8-vs-squeeze-excite');
    expect(first?.split(/\s{2,}|(?<=excite) | (?=\d)/)).toEqual([
      '2d-8x8-vs-squeeze-excite',
      'SqueezeExcite NHWC',
      '123',
      '0.512',
      '241x',
      '1.02',
      '–',
    ]);
    expect(second?.trim().split(/\s{2,}| (?=p95)/)).toEqual(['10x8x8x1024', 'wht-layers cpu avx512', 'p95 151', 'p95 0.600']);
  });

  it('gives the change of memory, and both figures', () => {
    const text = row(lines(SLOWER), '2d-8x8-vs-conv3x3').join('\n');
    for (const part of ['42.5x', '-30.0 %', '96/137 MB']) expect(text).toContain(part);
  });

  it('says why a comparison failed, in place of figures', () => {
    const all = lines(THROUGHPUT, FAILED);
    const text = row(all, '2d-vs-onnx-graph').join(' ');
    expect(text).toContain('failed: /node_modules/onnxruntime');
    expect(text).not.toMatch(/\d+x(?!\d)/);
    expect(row(all, '2d-8x8-vs-squeeze-excite').join('\n')).toContain('241x');
  });

  it('warns of figures from a busy machine', () => {
    const run = (loadAverage: number) => report({ schema: 1, environment: { ...ENVIRONMENT, loadAverage }, comparisons: [THROUGHPUT] });
    expect(run(2.61)).toContain('The machine was busy when the run began (load average 2.61)');
    expect(run(0.2)).not.toContain('busy');
  });

  it('is the environment alone where nothing was measured', () => {
    expect(lines()).toEqual([expect.stringContaining('AMD EPYC'), '']);
  });

  it('never prints a figure that was not measured', () => {
    expect(lines(THROUGHPUT, SLOWER, FAILED).join('\n')).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('fits 100 columns', () => {
    for (const line of lines(THROUGHPUT, SLOWER, FAILED)) expect(line.length).toBeLessThanOrEqual(REPORT_COLUMNS);
  });

  it('lists what else was tried, and each reason why something could not be once', () => {
    const text = lines(SLOWER).join(' ').replace(/\s+/g, ' ');
    expect(text).toContain('also tried: Conv2d 3x3 (wht-layers cpu avx512) 220 ms, 211 MB.');
    expect(text.match(/other could not be tried: not to be found/g)).toHaveLength(1);
  });
});

describe('figures', () => {
  it.each([
    [0.01234, '0.012'],
    [0.9996, '1.00'],
    [9.996, '10.0'],
    [99.96, '100'],
    [1234.5, '1235'],
  ])('shows %d as %s', (value, text) => {
    expect(figure(value)).toBe(text);
  });

  it('shows changes with their sign', () => {
    expect([percent(-0.1951), percent(0.05), percent(0)]).toEqual(['-19.5 %', '+5.0 %', '0.0 %']);
  });
});
