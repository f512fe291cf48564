/** `npx wht-layers bench` from an installed package: what `npm pack` ships must be all that it needs. */
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JetsonRun } from '../../bench/jetson/schema';
import { InstalledPackage } from './installed-package';
import { findChromium } from './jetson/chromium';

const SMALLEST = ['--quick', '--only', '2d-32x32-vs-conv3x3'];
const executablePath = findChromium();

let installed: InstalledPackage;
beforeAll(() => {
  installed = new InstalledPackage();
}, 60_000);
afterAll(() => installed?.remove());

const read = (name: string): JetsonRun => JSON.parse(readFileSync(installed.file(name), 'utf8'));
const reasons = ({ comparisons }: JetsonRun) =>
  comparisons.flatMap((row) => ('error' in row ? [row.error] : row.others.flatMap((other) => ('error' in other ? [other.error] : []))));

describe('the files of the package', () => {
  it('are all that the harness needs, and no more', () => {
    const bench = join('dist', 'bench');
    const children = installed.scripts(join(bench, 'jetson', 'child')).filter((file) => /main\.js$/.test(file));
    expect(children).toHaveLength(3);
    const entries = [
      join(bench, 'jetson', 'main.js'),
      join(bench, 'compare', 'main.js'),
      ...children,
      ...installed.scripts(join('dist', 'doctor')),
    ];
    const { files, packages } = installed.required(entries);
    // Who is not among the dependencies would only be found in this clone.
    expect([...packages].filter((name) => !/^wht-layers($|\/)/.test(name)).sort()).toEqual(['cli-progress', 'cli-table3']);
    expect(installed.dependencies()).toEqual(expect.arrayContaining(['cli-progress', 'cli-table3']));

    const others = installed.scripts(bench).filter((file) => !files.has(file) && !file.includes(join('jetson', 'page')));
    // Modules of types alone compile to nothing.
    const statements = (file: string) =>
      readFileSync(join(installed.root, file), 'utf8').replace(
        /^("use strict";|Object\.defineProperty\(exports, "__esModule".*|\/\*\*.*\*\/)$/gm,
        '',
      );
    expect(others.filter((file) => statements(file).trim() !== '')).toEqual([]);
  });

  it('are the same package to the harness and to its user', () => {
    const self = installed.evaluate(`require('${join(installed.root, 'dist', 'bench', 'package-root.js')}').packageRoot()`);
    expect(self).toBe(installed.root);
    expect(installed.evaluate(`require.resolve('wht-layers')`)).toBe(join(installed.root, 'dist', 'index.js'));
  });
});

describe('without onnxruntime', () => {
  it('measures against our own layers, and says how to add it', { timeout: 120_000 }, () => {
    const files = ['--json', 'a.json', '--csv', 'a.csv', '--html', 'a.html'];
    const { status, stdout, stderr, text } = installed.run('bench', ...SMALLEST, '--device', 'cpu', '--project', 'nano', ...files);
    expect(stderr).toContain('Written: a.json, a.csv, a.html.');
    expect(status).toBe(0);
    expect(text).toMatch(
      /Baselines on the CPU are our own layers alone: onnxruntime-node and onnx-proto are not installed; "[^"]*npm i onnxruntime-node[^"]* onnx-proto" adds what is missing/,
    );
    expect(stdout).not.toMatch(/Cannot find module|Require stack/);
    const run = read('a.json');
    expect(reasons(run)).toEqual([]);
    expect(run.comparisons.map((row) => 'error' in row || row.baseline.implementation)).toEqual(
      Array(3).fill(expect.stringMatching(/^wht-layers cpu /)),
    );
    expect(run.memory.flatMap(({ baselines }) => baselines).map((each) => 'error' in each || each.layer)).toEqual(['Conv2d 3x3']);
    expect(run.projections).toHaveLength(4);
  });

  it.skipIf(executablePath === undefined && !process.env.CI)('writes a page that a browser draws', async () => {
    const browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox'] });
    try {
      const page = await (await browser.newContext({ offline: true })).newPage();
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(pathToFileURL(installed.file('a.html')).href);
      expect(await page.locator('#speed ~ * svg, .plot svg').count()).toBeGreaterThan(3);
      expect(await page.locator('.plot svg g.ratio > *').count()).toBe(3);
      expect(await page.getByText('npx wht-layers bench').first().isVisible()).toBe(true);
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  it('compares runs, and speaks of commands that are there', () => {
    const { status, text, stderr } = installed.run('compare', 'a.json', 'a.json');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(text).toContain('a.json');
    expect(installed.run('compare').stderr).toContain('npx wht-layers bench --json A.json makes one');
    for (const command of ['bench', 'compare'] as const) {
      const { stdout } = installed.run(command, '--help');
      expect(stdout).toMatch(new RegExp(`^Usage: npx wht-layers ${command} `));
      expect(stdout).not.toContain('npm run');
    }
  });

  it('says of a lone onnxruntime what else it takes', () => {
    installed.add('onnxruntime-node');
    expect(installed.evaluate(`require('${join(installed.root, 'dist', 'bench', 'onnx-runtime.js')}').loadOnnxRuntime().message`)).toMatch(
      /^onnx-proto is not installed; "/,
    );
  });
});

describe('with onnxruntime beside it', () => {
  it('measures against it as well', { timeout: 120_000 }, () => {
    installed.add('onnx-proto');
    const { status, text } = installed.run('bench', ...SMALLEST, '--device', 'cpu', '--json', 'b.json');
    expect(status).toBe(0);
    expect(text).not.toContain('our own layers alone');
    const run = read('b.json');
    expect(reasons(run)).toEqual([]);
    for (const row of run.comparisons) {
      const sides = 'error' in row ? [] : [row.baseline, ...row.others];
      expect(sides.map(({ implementation }) => implementation.split(' ')[0]).sort()).toEqual(['onnxruntime', 'wht-layers']);
    }
  });
});

describe('with a CUDA library', () => {
  /** Writes a line whenever a library is tried. */
  function countTrials(): () => number {
    const trial = join(installed.root, 'dist', 'cuda-trial.js');
    const log = installed.file('trials');
    renameSync(trial, join(installed.root, 'dist', 'the-trial.js'));
    const code = readFileSync(join(installed.root, 'dist', 'the-trial.js'), 'utf8');
    writeFileSync(trial, `require('node:fs').appendFileSync(${JSON.stringify(log)}, 'tried\\n');\n${code}`);
    writeFileSync(log, '');
    return () => readFileSync(log, 'utf8').split('\n').length - 1;
  }

  it('tries it once, however many processes open it', { timeout: 120_000 }, () => {
    installed.addBuilt('libwht_cuda_emulated.so', 'libwht_cuda.so');
    const trials = countTrials();
    const { status, text } = installed.run('bench', ...SMALLEST, '--json', 'c.json');
    expect(text).toMatch(/^EMULATED/);
    // There is no cuDNN for a baseline.
    expect(status).toBe(1);
    const run = read('c.json');
    expect(run.environment.gpu).toBe('Emulated GPU');
    expect(new Set(run.comparisons.map(({ device }) => device))).toEqual(new Set(['cpu', 'cuda']));
    expect(trials()).toBe(1);
  });

  it('says of one that takes its process with it what listDevices says, and measures the CPU', { timeout: 120_000 }, () => {
    const crashing = '__attribute__((constructor)) static void crash() { __builtin_trap(); }';
    const library = join(installed.root, 'build', 'Release', 'libwht_cuda.so');
    execFileSync('g++', ['-shared', '-fPIC', '-x', 'c++', '-', '-o', library], { input: crashing });
    const { reason } = JSON.parse(installed.evaluate(`JSON.stringify(require('wht-layers').listDevices()[1])`));
    expect(reason).toMatch(/ended by SIG(ILL|TRAP|ABRT)/);
    expect(installed.run('bench', '--device', 'cuda').stderr).toBe(`Expected --device cuda to find a GPU: ${reason}\n`);
    expect(installed.run('bench', ...SMALLEST, '--json', 'd.json').status).toBe(0);
    expect(read('d.json').unavailable).toEqual([{ device: 'cuda', reason }]);
  });
});

it('needs nothing of the clone', () => {
  expect(installed.root.startsWith(resolve('.'))).toBe(false);
});
