import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseArguments, USAGE } from '../../bench/arguments';
import { ArgumentError, expectWritable } from '../../bench/command-line';
import { NETWORK_IDS } from '../../bench/networks/schema';
import { COMPARISON_IDS } from '../../bench/schema';

describe('parseArguments', () => {
  it('runs everything by default', () => {
    expect(parseArguments([])).toEqual({ help: false, quick: false, only: [] });
  });

  it('reads every option', () => {
    const args = ['--json', 'out.json', '--only', '2d-large', '--only=1d-1024-vs-conv1x1', '--threads', '4', '--quick'];
    expect(parseArguments(args)).toEqual({
      help: false,
      quick: true,
      only: ['2d-large', '1d-1024-vs-conv1x1'],
      json: 'out.json',
      threads: 4,
    });
  });

  it('reads every option of networks', () => {
    const args = ['--networks', '--only', 'resnet20', '--only=mobileNetV2', '--profile', '--quick'];
    expect(parseArguments(args)).toEqual({
      help: false,
      quick: true,
      only: [],
      networks: { only: ['resnet20', 'mobileNetV2'], profile: true },
    });
    expect(parseArguments(['--networks'])).toEqual({ help: false, quick: false, only: [], networks: { only: [], profile: false } });
  });

  it.each([
    [['--networks', '--only', '2d-large'], `Expected --only to be one of ${NETWORK_IDS.join(', ')}, got "2d-large"`],
    [['--only', 'resnet20'], `Expected --only to be one of ${COMPARISON_IDS.join(', ')}, got "resnet20"`],
    [['--profile'], 'Expected --profile together with --networks, got it alone'],
    [['--only', 'conv'], `Expected --only to be one of ${COMPARISON_IDS.join(', ')}, got "conv"`],
    [['--threads', '0'], 'Expected --threads to be an integer from 1 to 256, got "0"'],
    [['--threads', '257'], 'Expected --threads to be an integer from 1 to 256, got "257"'],
    [['--threads', '2.5'], 'Expected --threads to be an integer from 1 to 256, got "2.5"'],
    [['--threads', '1e2'], 'Expected --threads to be an integer from 1 to 256, got "1e2"'],
    [['--threads', ''], 'Expected --threads to be an integer from 1 to 256, got ""'],
    [['--json', ''], 'Expected --json to name a file, got ""'],
    [['--jsn', 'x'], "Expected options among --json, --only, --networks, --profile, --threads, --quick, --help: Unknown option '--jsn'"],
    [['fast'], "Expected options among --json, --only, --networks, --profile, --threads, --quick, --help: Unexpected argument 'fast'"],
    [['--json'], /Expected options among .*'--json <value>' argument missing/],
    [['--quick=yes'], /Expected options among .*'--quick' does not take an argument/],
  ])('refuses %j and says why', (args, message) => {
    expect(() => parseArguments(args)).toThrow(ArgumentError);
    expect(() => parseArguments(args)).toThrow(message);
  });

  it('has a usage text that names every comparison and network and fits a terminal', () => {
    for (const id of COMPARISON_IDS) expect(USAGE).toContain(id);
    for (const id of NETWORK_IDS) expect(USAGE).toContain(id);
    for (const line of USAGE.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });
});

describe('expectWritable', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'wht-bench-test-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('leaves no file behind', () => {
    const path = join(directory, 'new.json');
    expectWritable('json', path);
    expect(existsSync(path)).toBe(false);
  });

  it('leaves a file of an earlier run as it was', () => {
    const path = join(directory, 'old.json');
    writeFileSync(path, '{}');
    expectWritable('json', path);
    expect(readFileSync(path, 'utf8')).toBe('{}');
  });

  it.each(['no/such/directory.json', '.'])('refuses %j before anything is measured', (name) => {
    expect(() => expectWritable('json', join(directory, name))).toThrow(/^Expected --json to name a file that can be written, got /);
  });
});
