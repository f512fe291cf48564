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

  it("answers the paper's question first, with the paper's own figures beside", () => {
    expect(text(CPU_RUN)).toMatch(/the 2D layer is [\d.]+ times as fast as the fastest 3x3 convolution found/);
    expect(text(CPU_RUN)).toContain('paper: 24');
    expect(text(CPU_RUN)).toContain('paper: -19.51 %');
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
    expect(text({ ...CPU_RUN, interrupted: true })).toContain('Interrupted: what had been measured until then is above');
  });

  it('never prints a figure that is none, and fits 100 columns', () => {
    for (const run of [CPU_RUN, GPU_RUN]) {
      expect(jetsonReport(run)).not.toMatch(/NaN|undefined|Infinity/);
      for (const line of jetsonReport(run).split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
    }
  });
});
