import { describe, expect, it } from 'vitest';
import { csv } from '../../../bench/jetson/csv';
import { cpuOnlyRun, nanoRun } from './sample-run';

const CPU_RUN = cpuOnlyRun();
const GPU_RUN = nanoRun();

/** RFC 4180, read back by the rule and not by our own writer. */
function parse(text: string): Record<string, string>[] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    rows[rows.length - 1]?.push(quoted?.replace(/""/g, '"') ?? plain ?? '');
    if (end === '\r\n') rows.push([]);
    if (end === '') break;
  }
  const [head = [], ...body] = rows.filter((row) => row.length > 1);
  for (const row of body) expect(row).toHaveLength(head.length);
  return body.map((row) => Object.fromEntries(head.map((name, at) => [name, row[at] ?? ''])));
}

describe('csv', () => {
  it('has a line for every implementation of every row', () => {
    for (const run of [CPU_RUN, GPU_RUN]) {
      const wanted = run.comparisons.flatMap((each) => ('error' in each ? [1] : [1, 1, ...each.others]));
      expect(parse(csv(run))).toHaveLength(wanted.length);
    }
  });

  it('gives the figures as they were measured, and leaves empty what was not', () => {
    const measured = GPU_RUN.comparisons.find((each) => !('error' in each));
    if (measured === undefined || 'error' in measured) throw new Error('Expected a measured row');
    const [line] = parse(csv({ comparisons: [measured] }));
    expect(Number(line?.median_ms) / measured.subject.medianMs).toBeCloseTo(1, 5);
    expect(Number(line?.speed_ratio) / measured.speedRatio).toBeCloseTo(1, 5);
    const { speedRatioInterval: _, ...bare } = measured;
    expect(parse(csv({ comparisons: [bare] }))[0]?.speed_ratio_low).toBe('');
  });

  it('says that a row failed, and why, whatever is in the reason', () => {
    const error = 'cuDNN said "no", twice,\nand stopped';
    const failed = {
      id: '2d-8x8-vs-conv3x3',
      protocol: 'paper',
      device: 'cpu',
      dtype: 'float32',
      layout: 'NHWC',
      shape: [1, 8, 8, 1024],
    } as const;
    const [line] = parse(csv({ comparisons: [{ ...failed, error }] }));
    expect(line).toMatchObject({ error: `failed: ${error}`, median_ms: '', speed_ratio: '' });
  });
});
