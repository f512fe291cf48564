/** This machine's files and tools, and tegrastats while it runs. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { boardRoot } from '../../../bench/probes/board-root';
import { readProcessMemory } from '../../../bench/probes/process-memory';
import { watchTegrastats } from '../../../bench/probes/watch-tegrastats';
import { board, tree } from './board-trees';

const folder = mkdtempSync(join(tmpdir(), 'wht-board-root-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const machine = boardRoot({ PATH: join(folder, 'bin') });

function script(name: string, text: string): void {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(folder, 'bin', name), 0o755);
}

describe('boardRoot', () => {
  it('is this machine, unless WHT_BOARD_ROOT names a folder', () => {
    expect(boardRoot({}).recorded).toBeUndefined();
    expect(boardRoot({ WHT_BOARD_ROOT: '' }).recorded).toBeUndefined();
    expect(boardRoot({ WHT_BOARD_ROOT: folder }).recorded).toBe(folder);
  });

  it.each(['/no/such/folder', __filename, join(__filename, 'x')])('refuses what is no folder: %s', (path) => {
    expect(() => boardRoot({ WHT_BOARD_ROOT: path })).toThrow(`Expected WHT_BOARD_ROOT to name a folder, got "${path}"`);
  });

  it('reads files and folders, and says nothing of those that are missing', () => {
    expect(machine.read('/proc/self/status')).toContain('VmRSS');
    expect(machine.list('/proc/self')).toContain('status');
    expect([machine.read('/no/such'), machine.read('/proc'), machine.list('/no/such')]).toEqual([undefined, undefined, []]);
    expect(tree('orin-nano').list('/sys/class/devfreq')).toEqual(['15340000.vic', '17000000.gpu']);
  });

  it("gives a tool's output, or its complaint", () => {
    script('answers', 'echo "$1, $LC_ALL"; echo warning >&2');
    script('refuses', 'echo; echo "Error: Run this script($0) as a root user"; exit 1');
    script('fails', 'exit 3');
    expect(machine.tool('answers', ['-q'])).toEqual({ ok: true, stdout: '-q, C\n' });
    expect(machine.tool('refuses', [])).toEqual({ ok: false, reason: expect.stringMatching(/as a root user$/) });
    expect(machine.tool('fails', [])).toEqual({ ok: false, reason: 'fails: exit code 3' });
    expect(machine.tool('no-such-tool', [])).toEqual({ ok: false, reason: 'not found' });
  });

  it('finds tools that PATH does not have', () => {
    expect(machine.find('ls')).toMatch(/^\/(usr\/)?s?bin\/ls$/);
    expect(machine.find('no-such-tool')).toBeUndefined();
    expect(tree('jetson-nano').find('jetson_clocks')).toMatch(/tools\/jetson_clocks_--show\.failed\.txt$/);
    expect(tree('plain-pc').find('jetson_clocks')).toBeUndefined();
  });
});

describe('the memory of a process', () => {
  it.skipIf(process.platform !== 'linux')('is read of this one and of others', () => {
    for (const memory of [readProcessMemory(boardRoot({})), readProcessMemory(boardRoot({}), process.pid)]) {
      expect(memory.residentBytes).toBeGreaterThan(2 ** 20);
      expect(memory.peakResidentBytes).toBeGreaterThanOrEqual(memory.residentBytes ?? Number.POSITIVE_INFINITY);
      expect(memory.pssBytes).toBeLessThanOrEqual(memory.peakResidentBytes ?? 0);
    }
    expect(readProcessMemory(boardRoot({}), 2 ** 30)).toEqual({});
  });
});

describe('watchTegrastats', () => {
  const isRunning = (pid: number) => readProcessMemory(boardRoot({}), pid).residentBytes !== undefined;
  const until = async (condition: () => boolean) => {
    for (let time = 0; time < 100 && !condition(); time++) await sleep(50);
    expect(condition()).toBe(true);
  };
  /** Half a line at a time; its process's number is in a file. */
  const talks = (pidFile: string, before = '') =>
    `${before}\necho $$ > ${pidFile}\nwhile true; do printf 'RAM 1/2MB '; sleep 0.02; printf "VDD_IN $2/7\\n"; sleep 0.03; done`;

  it('reads a fresh process, and ends it', async () => {
    const pidFile = join(folder, 'pid');
    script('tegrastats', talks(pidFile));
    const seen: string[] = [];
    const rails: unknown[] = [];
    const watch = watchTegrastats(machine, 125, (reading, line) => {
      seen.push(line);
      rails.push(...reading.rails);
    });
    await until(() => seen.length >= 3);
    watch.stop();
    const count = seen.length;
    expect(new Set(seen)).toEqual(new Set(['RAM 1/2MB VDD_IN 125/7']));
    expect(rails[0]).toEqual({ name: 'VDD_IN', milliwatts: 125, averageMilliwatts: 7 });
    const pid = Number(readFileSync(pidFile, 'utf8'));
    await until(() => !isRunning(pid));
    expect(seen.length).toBe(count);
    watch.stop();
  });

  it('ends a process that will not', async () => {
    const pidFile = join(folder, 'stubborn-pid');
    script('tegrastats', talks(pidFile, "trap '' TERM PIPE"));
    let readings = 0;
    const watch = watchTegrastats(machine, 50, () => readings++);
    await until(() => readings > 0);
    watch.stop();
    const pid = Number(readFileSync(pidFile, 'utf8'));
    await until(() => !isRunning(pid));
  });

  it('ends the process when this one exits', async () => {
    const pidFile = join(folder, 'orphan-pid');
    script('tegrastats', talks(pidFile, "trap '' TERM PIPE"));
    const before = process.listeners('exit');
    let readings = 0;
    const watch = watchTegrastats(machine, 50, () => readings++);
    await until(() => readings > 0);
    const pid = Number(readFileSync(pidFile, 'utf8'));
    const [atExit, ...more] = process.listeners('exit').filter((each) => !before.includes(each));
    expect(more).toEqual([]);
    atExit?.call(process, 0);
    await until(() => !isRunning(pid));
    await until(() => process.listeners('exit').length === before.length);
    watch.stop();
  });

  it('says why there are no readings', async () => {
    const reasons: string[] = [];
    const failure = (reason: string) => reasons.push(reason);
    watchTegrastats(boardRoot({ PATH: '' }), 50, () => {}, failure);
    watchTegrastats(tree('plain-pc'), 50, () => {}, failure);
    watchTegrastats(tree('plain-pc'), 50, () => {}, failure).stop();
    script('tegrastats', 'exit 4');
    watchTegrastats(machine, 50, () => {}, failure);
    await until(() => reasons.length >= 3);
    expect(reasons).toEqual(['tegrastats was not found', 'tegrastats was not found', 'tegrastats ended with exit code 4']);
  });

  it('replays recorded lines over and over', async () => {
    const used: (number | undefined)[] = [];
    const watch = watchTegrastats(board({}, { tegrastats: 'RAM 1/9B\nRAM 2/9B\n\n' }), 5, ({ ram }) => used.push(ram?.usedBytes));
    await until(() => used.length >= 5);
    watch.stop();
    const count = used.length;
    await sleep(30);
    expect(used.length).toBe(count);
    expect(used.slice(0, 5)).toEqual([1, 2, 1, 2, 1]);
  });
});
