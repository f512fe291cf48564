import { describe, expect, it } from 'vitest';
import { jetsonReport } from '../../../bench/jetson/report';
import type { JetsonRun } from '../../../bench/jetson/schema';
import { cpuOnlyRun, nanoRun } from './sample-run';

const CPU_RUN = cpuOnlyRun();
const GPU_RUN = nanoRun();

const text = (run: JetsonRun) => jetsonReport(run).replace(/\s+/g, ' ');
const changed = (run: JetsonRun, environment: Partial<JetsonRun['environment']>): JetsonRun => ({
  ...run,
  environment: { ...run.environment, ...environment },
});

describe('the report on the terminal', () => {
  it('says in its first line which board this is, or that it is none', () => {
    expect(jetsonReport(CPU_RUN)).toMatch(/^Not a Jetson/);
    const [first] = jetsonReport(GPU_RUN).split('\n');
    for (const part of [GPU_RUN.environment.board.model, `JetPack ${GPU_RUN.environment.board.jetpack}`]) expect(first).toContain(part);
  });

  it('says before all else that a board was recorded, or a GPU emulated', () => {
    expect(jetsonReport(changed(GPU_RUN, { recorded: '/tmp/nano' }))).toMatch(/^RECORDED BOARD: the next line is read from \/tmp\/nano\./);
    expect(jetsonReport(changed(GPU_RUN, { emulated: true }))).toMatch(/^EMULATED/);
  });

  it('gives the reason where a device is not measured', () => {
    const unavailable = [{ device: 'cuda' as const, reason: 'there is no driver' }];
    expect(text({ ...CPU_RUN, unavailable })).toContain('GPU rows are absent: there is no driver');
  });

  it('says at its head that onnxruntime is no baseline, why, and what to do', () => {
    const withoutOnnxruntime = 'onnx-proto is not installed; "npm i onnx-proto" adds what is missing';
    const report = text({ ...CPU_RUN, withoutOnnxruntime });
    const line = `Baselines on the CPU are our own layers alone: ${withoutOnnxruntime}`;
    expect(report).toContain(line);
    expect(report.indexOf(line)).toBeLessThan(report.indexOf("By the paper's protocol"));
    expect(report).toContain('onnxruntime, which may be faster, could not be tried.');
    expect(text(CPU_RUN)).not.toMatch(/our own layers alone|which may be faster/);
  });

  it('says what came up, whatever board was recorded', () => {
    const remarks = ['The rate of a copy on the CPU could not be measured: out of memory.'];
    const run = changed({ ...GPU_RUN, remarks }, { recorded: '/tmp/nano' });
    expect(text(run)).toContain(`- ${remarks[0]}`);
    expect(text(run)).toMatch(/- Recorded board: The memory clock/);
  });

  it("answers the paper's question first, with the paper's own figures beside", () => {
    expect(text(CPU_RUN)).toMatch(
      /By the paper's protocol, 2D 8x8 for convolution 3x3: [\d.]+ times as fast as the fastest baseline found/,
    );
    expect(text(CPU_RUN)).toContain('paper: 24.0.');
    expect(text(CPU_RUN)).toMatch(/peak memory is [\d.]+ % lower than the leanest baseline's \(paper: 19\.51 %\)/);
  });

  it('answers for what was measured, where that is not the paper’s own comparison', () => {
    const only = CPU_RUN.comparisons.filter(({ id }) => id === '2d-16x16-vs-conv3x3');
    expect(text({ ...CPU_RUN, comparisons: only })).toContain("By the paper's protocol, 2D 16x16 for convolution 3x3: ");
    expect(text({ ...CPU_RUN, comparisons: only })).not.toContain('paper: 24.0');
  });

  it('does not hide where the layer is slower, nor where it can not be told', () => {
    const changedTo = (speedRatio: number, low: number, high: number) => {
      const comparisons = CPU_RUN.comparisons.map((each) =>
        'error' in each ? each : { ...each, speedRatio, speedRatioInterval: [low, high] as const },
      );
      return text({ ...CPU_RUN, comparisons });
    };
    expect(changedTo(0.7, 0.6, 0.8)).toMatch(/Slower than what it replaces in (\d+) of \1 rows: /);
    expect(changedTo(1.1, 0.9, 1.2)).toContain('1.10x ?');
    expect(changedTo(1.1, 0.9, 1.2)).not.toContain('Slower than');
  });

  it('says that the machine was busy before it gives a figure', () => {
    const busy = jetsonReport(changed(CPU_RUN, { loadAverage: 2.4 }));
    expect(busy.indexOf('load average 2.4')).toBeLessThan(busy.indexOf("By the paper's protocol"));
  });

  it("sets the paper's speed beside its own protocol alone", () => {
    const others = { ...CPU_RUN, comparisons: CPU_RUN.comparisons.filter(({ protocol }) => protocol !== 'paper'), memory: [] };
    expect(text(others)).not.toContain('24.0x');
    expect(text(CPU_RUN)).toContain('24.0x');
  });

  it('shows a failed row as failed, with the reason and without figures', () => {
    const [first] = CPU_RUN.comparisons;
    if (first === undefined) throw new Error('Expected a row');
    const { id, protocol, device, dtype, layout, shape } = first;
    const comparisons = [{ id, protocol, device, dtype, layout, shape, error: 'its process was killed (SIGKILL)' }];
    const report = text({ ...CPU_RUN, comparisons, memory: [], copies: [] });
    expect(report).toContain(`${dtype} ${layout} failed: its process was killed (SIGKILL)`);
    expect(report).not.toMatch(/\d+x(?!\d)/);
  });

  it('marks what is spoiled, and says by what', () => {
    const comparisons = GPU_RUN.comparisons.map((each) =>
      'error' in each ? each : { ...each, flags: ['GPU clock between 614 and 922 MHz'] },
    );
    const report = text({ ...GPU_RUN, comparisons });
    expect(report).toMatch(/\d+x !/);
    expect(report).toContain('! GPU clock between 614 and 922 MHz');
  });

  it('says that an interrupted run is not whole', () => {
    expect(text({ ...CPU_RUN, interrupted: true })).toContain(`INTERRUPTED after ${CPU_RUN.comparisons.length} rows`);
  });

  it('never prints a figure that is none, and fits 100 columns', () => {
    for (const run of [CPU_RUN, GPU_RUN]) {
      expect(jetsonReport(run)).not.toMatch(/NaN|undefined|Infinity/);
      for (const line of jetsonReport(run).split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
    }
  });
});
