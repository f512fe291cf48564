import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../bench/command-line';
import { parseJetsonArguments, USAGE } from '../../../bench/jetson/arguments';
import { WORKLOAD_IDS } from '../../../bench/schema';

describe('parseJetsonArguments', () => {
  it('measures everything on what there is by default', () => {
    expect(parseJetsonArguments([])).toEqual({ help: false, quick: false, only: WORKLOAD_IDS, index: 0 });
  });

  it('takes every option', () => {
    const files = ['--json', 'a.json', '--csv=a.csv', '--html', 'a.html', '--record-board', 'board'];
    const what = [
      '--quick',
      '--only',
      '1d-1024-vs-conv1x1',
      '--device=cpu',
      '--device',
      'cuda',
      '--index',
      '1',
      '--threads',
      '4',
      '--project',
      'nano',
    ];
    expect(parseJetsonArguments([...files, ...what])).toEqual({
      ...{ help: false, quick: true, only: ['1d-1024-vs-conv1x1'], devices: ['cuda', 'cpu'], index: 1, threads: 4, project: 'nano' },
      ...{ json: 'a.json', csv: 'a.csv', html: 'a.html', recordBoard: 'board' },
    });
  });

  it.each([
    [['--only', '2d'], 'Expected --only to be one of 2d-8x8-vs-conv3x3, '],
    [['--device', 'gpu'], 'Expected --device to be one of cpu, cuda, got "gpu"'],
    [['--threads', '0'], 'Expected --threads to be an integer from 1 to 256, got "0"'],
    [['--index', '-1'], 'Expected '],
    [['--project', 'orin'], 'Expected --project to be one of nano, got "orin"'],
    [['--html', ''], 'Expected --html to name a file, got ""'],
    [
      ['--fast'],
      "Expected options among --quick, --only, --device, --index, --threads, --json, --csv, --html, --project, --record-board, --help: Unknown option '--fast'",
    ],
    [['nano'], 'Expected options among '],
  ])('refuses %j', (args, message) => {
    expect(() => parseJetsonArguments(args)).toThrow(ArgumentError);
    expect(() => parseJetsonArguments(args)).toThrow(message);
  });

  it('has a usage text that names every workload and fits a terminal', () => {
    for (const id of WORKLOAD_IDS) expect(USAGE).toContain(id);
    for (const line of USAGE.split('\n')) expect(line.length, line).toBeLessThanOrEqual(110);
  });
});
