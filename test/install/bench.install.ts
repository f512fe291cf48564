/** The benchmark from an installed package. What it measures is not the question here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { Section } from './cells';
import { type Tools, toolsName } from './consumer';
import { expectExit } from './run-command';
import { startConsumer } from './start-consumer';

const section = new Section('8. The benchmark');

const OLDEST: Tools = { node: 'node16', manager: 'npm8' };
const NEWEST: Tools = { node: 'node26', manager: 'npm12' };

for (const tools of [OLDEST, NEWEST]) {
  section.cell('npx wht-layers bench --quick', toolsName(tools), async () => {
    const consumer = startConsumer(tools);
    expectExit(await consumer.install(undefined, ['--ignore-scripts']), 0, 'npm install');
    const options = ['--quick', '--only', '2d-32x32-vs-conv3x3', '--device', 'cpu', '--json', 'run.json', '--html', 'run.html'];
    const { milliseconds, stdout } = expectExit(await consumer.whtLayers('bench', ...options), 0, 'bench');
    expect(stdout).not.toMatch(/Cannot find module/);
    const { comparisons } = JSON.parse(readFileSync(join(consumer.folder, 'run.json'), 'utf8')) as {
      comparisons: { speedRatio?: number }[];
    };
    expect(comparisons.length).toBeGreaterThan(0);
    expect(comparisons.every(({ speedRatio }) => speedRatio !== undefined && speedRatio > 0)).toBe(true);
    return `${(milliseconds / 1000).toFixed(0)} s`;
  });
}
