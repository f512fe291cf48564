/** The doctor of recorded machines, as a user runs it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { boardRoot, recordBoard } from '../../bench/probes/board-root';
import { readMachine } from '../../bench/probes/machine';
import { diagnose } from '../../scripts/doctor/diagnose';
import type { DoctorReport } from '../../scripts/doctor/schema';
import { BOARDS, type BoardName, boardFolder, changed, driver, facts, NO_NVCC, recordedBoard } from './sample-machine';

const MAIN = join(__dirname, '..', '..', 'dist', 'doctor', 'main.js');
const folder = mkdtempSync(join(tmpdir(), 'wht-doctor-boards-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function doctor(board: BoardName, ...args: string[]) {
  const env = { ...process.env, HOME: '/nobody', WHT_BOARD_ROOT: boardFolder(board) };
  return spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', env });
}

describe('the doctor of the recorded tree of', () => {
  it('a Nano without nvcc on PATH finds it, and says to build', () => {
    const { status, stdout, stderr } = doctor('nano-nvcc-not-on-path');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('NVIDIA Jetson Nano Developer Kit, JetPack 4.6.1, L4T 32.7.1');
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      'nvcc 10.2 is not on PATH, and need not be: it is found at /usr/local/cuda/bin/nvcc: npx wht-layers build',
    );
    expect(stdout).toContain('openDevice() can give CUDA there');
  });

  it('an Orin without cuDNN says what needs it, and how to get it', () => {
    const { status, stdout } = doctor('orin-without-cudnn');
    expect(status).toBe(0);
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      '✗ cuDNN not found; Conv2d and SqueezeExcite need it on a GPU, WHT layers do not sudo apt-get update && sudo apt-get install libcudnn9-cuda-12',
    );
    expect(stdout).toContain('openDevice() can give CUDA there');
  });

  it('a PC without a driver says which card it has, and how to get one', () => {
    const { status, stdout } = doctor('pc-without-driver');
    expect(status).toBe(0);
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      'openDevice() would give the CPU there: AVX2 Not CUDA: there is a GeForce RTX 3060 Lite Hash Rate, but no NVIDIA driver for it: ' +
        'sudo ubuntu-drivers install sudo reboot npx wht-layers doctor',
    );
    expect(stdout).toMatch(/✗ CUDA toolkit +nvcc was not found\n +sudo apt-get install nvidia-cuda-toolkit\n/);
  });

  it.each(BOARDS)('%s fits one screen, and has the same as JSON', (board) => {
    const { stdout } = doctor(board);
    const lines = stdout.split('\n');
    expect(lines.length).toBeLessThan(40);
    // Paths are not broken.
    for (const line of lines) if (!line.includes(boardFolder(board))) expect(line.length).toBeLessThanOrEqual(80);
    const report: DoctorReport = JSON.parse(doctor(board, '--json').stdout);
    expect(report).toEqual(JSON.parse(JSON.stringify(diagnose({ machine: readMachine(recordedBoard(board)) }))));
    expect(report).toMatchObject({ schema: 1, backend: { supposed: true }, facts: { machine: { recorded: boardFolder(board) } } });
    expect(report.facts.package).toBeUndefined();
    for (const { text } of report.findings) expect(stdout.replace(/\s+/g, ' ')).toContain(text);
  });

  it('a machine that is not there says so', () => {
    const env = { ...process.env, WHT_BOARD_ROOT: join(folder, 'none') };
    const { status, stderr } = spawnSync(process.execPath, [MAIN], { encoding: 'utf8', env });
    expect(status).toBe(2);
    expect(stderr).toMatch(/^Expected WHT_BOARD_ROOT to name a folder, got .*\n.*--help/);
  });
});

describe('what a recorded machine could do', () => {
  it('is CUDA where a library can be built, else the CPU with the reason', () => {
    const kinds = (['nano-nvcc-not-on-path', 'orin-without-cudnn'] as const).map((name) => diagnose(facts(name)).backend.kind);
    expect(kinds).toEqual(['cuda', 'cuda']);
    expect(diagnose(facts('nano-nvcc-not-on-path', { without: NO_NVCC })).backend).toMatchObject({
      kind: 'cpu',
      simd: 'neon',
      because: { cause: 'no-toolkit' },
    });
    expect(diagnose(facts('pc-without-driver', { without: ['/sys/bus/pci/devices'] })).backend).toMatchObject({
      kind: 'cpu',
      because: { cause: 'no-gpu' },
    });
  });
});

describe('recordBoard', () => {
  it.each(BOARDS)('writes a tree of which the doctor says the same: %s', (board) => {
    const copy = join(folder, board);
    recordBoard(recordedBoard(board), copy);
    const { recorded: _, ...machine } = readMachine(boardRoot({ WHT_BOARD_ROOT: copy }));
    const { recorded: __, ...original } = readMachine(recordedBoard(board));
    expect(machine).toEqual(original);
    expect(everyFile(copy)).toEqual(everyFile(boardFolder(board)));
  });

  it('writes of this machine what the doctor says of it', () => {
    const copy = join(folder, 'this-machine');
    const here = boardRoot({ PATH: process.env.PATH });
    recordBoard(here, copy);
    const { recorded, toolkit, ...machine } = readMachine(boardRoot({ WHT_BOARD_ROOT: copy }));
    const { toolkit: ours, ...original } = readMachine(here);
    expect(recorded).toBe(copy);
    expect(machine).toEqual(original);
    // An nvcc on PATH is known by its name there.
    const releases = (all: typeof toolkit) => all.compilers.map(({ release, onPath }) => ({ release, onPath }));
    expect(releases(toolkit)).toEqual(releases(ours));
    expect(toolkit.chosen?.architectures).toBe(ours.chosen?.architectures);
  });

  it('keeps nothing that tells whose machine it is', () => {
    const copy = join(folder, 'private');
    const secret = 'a-secret-of-the-owner';
    const smi = driver('535.104.05', '12.2').tools?.['nvidia-smi'] ?? '';
    const root = changed(recordedBoard('pc-without-driver'), {
      files: {
        '/proc/cpuinfo': `processor\t: 0\nmodel name\t: ARMv8\nSerial\t\t: ${secret}\n`,
        '/dev/nvidia0': secret,
        '/dev/input-of-another': secret,
        '/usr/lib/x86_64-linux-gnu/libcudnn.so.9.1.0': secret,
        '/usr/lib/x86_64-linux-gnu/libother.so.1': secret,
        '/sys/bus/pci/devices/0000:02:00.0/vendor': '0x8086\n',
      },
      tools: {
        'nvidia-smi': `${smi}|    0   N/A  N/A      2042      C   /home/${secret}/python     1234MiB |\n`,
        'ldconfig -p': `\tlibcuda.so.1 (libc6,x86-64) => /usr/lib/libcuda.so.1\n\tlibx.so.1 (libc6,x86-64) => /home/${secret}/libx.so.1\n`,
      },
    });
    const files = recordBoard(root, copy);
    for (const file of files) expect(readFileSync(join(copy, file), 'utf8')).not.toContain(secret);
    expect(files).toEqual(expect.arrayContaining(['dev/nvidia0', 'usr/lib/x86_64-linux-gnu/libcudnn.so.9.1.0', 'tools/nvidia-smi.txt']));
    for (const name of ['dev/input-of-another', 'usr/lib/x86_64-linux-gnu/libother.so.1', 'sys/bus/pci/devices/0000:02:00.0/vendor']) {
      expect(files).not.toContain(name);
    }
    const again = readMachine(boardRoot({ WHT_BOARD_ROOT: copy }));
    expect(again.driver.cuda).toBe('12.2');
    expect(again.cudnn).toEqual([{ file: '/usr/lib/x86_64-linux-gnu/libcudnn.so.9.1.0', major: 9, version: '9.1.0', loadable: true }]);
  });
});

function everyFile(tree: string, below = ''): string[] {
  return readdirSync(join(tree, below)).flatMap((name) => {
    const path = join(below, name);
    return statSync(join(tree, path)).isDirectory() ? everyFile(tree, path) : [path];
  });
}
