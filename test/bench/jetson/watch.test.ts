import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { powerMeter } from '../../../bench/jetson/watch';
import type { BoardRoot } from '../../../bench/probes/board-root';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wht-watch-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A board without sensors at the places known, whose tegrastats is this script. */
function board(script: string): BoardRoot {
  const file = join(folder, 'tegrastats');
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { read: () => undefined, list: () => [], find: () => file, tool: () => ({ ok: false, reason: 'not found' }) };
}

const LINE = "echo 'RAM 613/3964MB (lfb 634x4MB) CPU [2%@102] POM_5V_IN 943/900 POM_5V_GPU 0/0'";

it('reads the power of a board whose sensors only tegrastats knows', async () => {
  const meter = powerMeter(board(`while true; do ${LINE}; sleep 0.05; done`));
  meter?.begin();
  await expect.poll(() => meter?.milliwatts()).toBe(943);
  expect(meter?.rail).toBe('POM_5V_IN (tegrastats)');
  meter?.end();
});

it('does not go on with the last reading of a tegrastats that has ended', async () => {
  const meter = powerMeter(board(`${LINE}; sleep 0.5`));
  meter?.begin();
  await expect.poll(() => meter?.milliwatts()).toBe(943);
  await expect.poll(() => meter?.milliwatts()).toBeUndefined();
});
