import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../bench/command-line';
import { readRun } from '../../../bench/compare/run-file';
import { csv } from '../../../bench/jetson/csv';
import { memory, newer, row, run, side } from './sample-runs';

let folder: string;
let path: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wht-compare-'));
  path = join(folder, 'run.json');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What is said of a file with this text. */
function complaint(text: string): string {
  writeFileSync(path, text);
  try {
    readRun(path);
  } catch (error) {
    expect(error).toBeInstanceOf(ArgumentError);
    return (error as Error).message.replaceAll(path, 'FILE');
  }
  return 'none';
}
const text = JSON.stringify(run({ memory: [memory({ peakBytes: 1 }, { peakBytes: 2 })] }), undefined, 2);

describe('readRun', () => {
  it('reads what bench:jetson writes', () => {
    expect(complaint(text)).toBe('none');
    expect(readRun(path)).toEqual(JSON.parse(text));
  });

  it('reads fields that it does not know, and failed rows and layers', () => {
    const { baseline, subject, ...header } = row(1, 2);
    const failed = { ...header, error: 'out of memory' };
    const unmeasured = { ...memory({}, {}), subject: { layer: 'BlockWht2d', implementation: 'wht-layers', error: 'swap grew' } };
    expect([baseline, subject]).not.toContain(undefined);
    expect(complaint(JSON.stringify({ ...run({ comparisons: [failed], memory: [unmeasured] }), later: 1 }))).toBe('none');
  });

  it('names what can not be read', () => {
    expect(() => readRun(join(folder, 'missing.json'))).toThrow(
      /^Expected .*missing.json to be a file that can be read, got no such file$/,
    );
    mkdirSync(join(folder, 'inner'));
    expect(() => readRun(join(folder, 'inner'))).toThrow(/inner to be a file that can be read, got a folder$/);
  });

  it('tells an empty file, another text and a part of a run from each other', () => {
    expect(complaint('')).toBe('Expected FILE to hold JSON, got an empty file');
    expect(complaint('\n')).toBe('Expected FILE to hold JSON, got an empty file');
    const wanted = 'what is compared is the file that npm run bench:jetson writes with --json';
    expect(complaint('Comparison   Baseline')).toBe(`Expected FILE to hold JSON, got other text: ${wanted}`);
    expect(complaint('{"schema": 1}}')).toBe(`Expected FILE to hold JSON, got other text: ${wanted}`);
    expect(complaint(csv(run()))).toBe(`Expected FILE to hold JSON, got CSV: ${wanted}`);
    expect(complaint('<!doctype html>\n<title>wht-layers</title>')).toBe(`Expected FILE to hold JSON, got a page: ${wanted}`);
  });

  it('knows a part of a run wherever it breaks off', () => {
    const breaksOff = 'Expected FILE to hold JSON, got a part of it, which breaks off: was its writing stopped?';
    for (let length = 1; length < text.length; length += 7) expect(complaint(text.slice(0, length))).toBe(breaksOff);
    expect(complaint(text.slice(0, -1))).toBe(breaksOff);
  });

  it('says whose file another one is', () => {
    const expected = 'Expected FILE to hold results of npm run bench:jetson, got ';
    const gpu = { schema: 1, environment: {}, comparisons: [], kernels: [], algorithms: [], latency: [], targets: [] };
    expect(complaint(JSON.stringify(gpu))).toBe(`${expected}those of npm run bench:gpu`);
    expect(complaint(JSON.stringify({ schema: 1, environment: {}, comparisons: [] }))).toBe(`${expected}those of npm run bench`);
    expect(complaint('{"schema": 1, "architectures": [], "problems": []}')).toBe(`${expected}the report of npm run kernels:report`);
    expect(complaint('{"schema": 1, "harness": "jetson-comparison"}')).toBe(`${expected}a comparison that npm run bench:compare wrote`);
    expect(complaint('{"schema": 1, "harness": "other"}')).toBe(`${expected}those of another harness, "other"`);
    expect(complaint('{}')).toBe(`${expected}an object without "harness": "jetson"`);
    expect(complaint('[1]')).toBe(`${expected}a list`);
    expect(complaint('null')).toBe(`${expected}null`);
  });

  it('knows the kept results of the other benchmarks', () => {
    const results = join(__dirname, '..', '..', '..', 'bench', 'results');
    const kept = readdirSync(results).filter((name) => name.endsWith('.json'));
    for (const name of kept) {
      const contents = readFileSync(join(results, name), 'utf8');
      if (!contents.includes('"harness": "jetson"'))
        expect(complaint(contents)).toMatch(/results of npm run bench:jetson, got those of npm run/);
    }
  });

  it('refuses a newer schema with advice, and others', () => {
    expect(complaint(JSON.stringify({ ...run(), schema: 2 }))).toBe(
      'Expected FILE to have schema 1, got 2: a newer version of wht-layers wrote it, and that version compares it',
    );
    expect(complaint(JSON.stringify({ ...run(), schema: '1' }))).toBe('Expected FILE to have schema 1, got "1"');
    expect(complaint('{"harness": "jetson"}')).toBe('Expected FILE to have schema 1, got none');
  });

  it.each<[complaint: string, run: object]>([
    ['quick to be true or false, got "no"', { ...run(), quick: 'no' }],
    ['environment to be an object, got nothing', { ...run(), environment: undefined }],
    ['environment.board.jetson to be true or false, got nothing', run({}, { board: {} as never })],
    ['environment.threads to be a number above 0, got 0', run({}, { threads: 0 })],
    ['environment.clocks.gpu.maxHz to be a number, got "1"', run({}, { clocks: { cpus: [], gpu: { maxHz: '1' as never } } })],
    ['environment.versions.CUDA to be a string, got 10.2', run({}, { versions: { CUDA: 10.2 as never } })],
    ['comparisons to be a list, got {}', { ...run(), comparisons: {} }],
    ['comparisons[1].subject.medianMs to be a number above 0, got null', run({ comparisons: [row(1, 2), row(null as never, 2)] })],
    ['comparisons[0].baseline to be an object, got nothing', run({ comparisons: [{ ...row(1, 2), baseline: undefined as never }] })],
    [
      'comparisons[0].subject.medianInterval to be 2 numbers, got [1]',
      run({ comparisons: [row(1, 2, { subject: side(1, { medianInterval: [1] as never }) })] }),
    ],
    ['comparisons[0].shape to be 4 numbers, got [1,2]', run({ comparisons: [row(1, 2, { shape: [1, 2] as never })] })],
    ['comparisons[0].device to be one of "cpu", "cuda", got "tpu"', run({ comparisons: [row(1, 2, { device: 'tpu' as never })] })],
    ['comparisons[0].error to be a string, got 5', run({ comparisons: [{ ...row(1, 2), error: 5 } as never] })],
    ['memory[0].subject.peakBytes to be a number, got "much"', run({ memory: [memory({ peakBytes: 'much' as never }, {})] })],
    ['interrupted to be one of true, got "yes"', { ...run(), interrupted: 'yes' }],
    [`started to be a string, got ["${'a'.repeat(38)}...`, { ...newer(), started: ['a'.repeat(99)] }],
  ])('says which field is wrong: %s', (expected, value) => {
    expect(complaint(JSON.stringify(value))).toBe(`FILE is not what npm run bench:jetson writes: Expected ${expected}`);
  });
});
