import { readBoard } from './board';
import type { BoardRoot } from './board-root';
import { parseJetsonClocks } from './jetson-clocks';
import { readPowerMode } from './power-mode';
import { openWholeBoard } from './power-rails';
import type { Snapshot } from './schema';
import { takeSnapshot } from './snapshot';

/** What could not be read of this machine, and what root would add: a sentence each. */
export function limitations(root: BoardRoot): string[] {
  const snapshot = takeSnapshot(root);
  const { clocks, temperatures, memory } = snapshot;
  return [
    ...(clocks.cpus.length === 0 ? ['No frequency scaling of the CPU is shown, as in most virtual machines: its clocks are unknown.'] : []),
    ...(temperatures.length === 0 ? ['No thermal zone can be read: temperatures are unknown.'] : []),
    ...(memory.availableBytes === undefined ? ['/proc/meminfo has no MemAvailable: the memory in use is unknown.'] : []),
    ...(readBoard(root).jetson ? jetsonLimitations(root, snapshot) : []),
  ];
}

function jetsonLimitations(root: BoardRoot, { clocks, gpuLoad, rails, memory }: Snapshot): string[] {
  return [
    ...(clocks.gpu === undefined ? ["No GPU is listed in /sys/class/devfreq: the GPU's clocks are unknown."] : []),
    ...(gpuLoad === undefined ? ["The GPU's load file can't be read: its load is unknown."] : []),
    ...memoryClockLimitations(root, clocks.emc?.override),
    ...powerModeLimitations(root),
    ...(memory.nvMapUsedBytes === undefined ? ['/proc/meminfo has no NvMapMemUsed: what the GPU has allocated is unknown.'] : []),
    ...railLimitations(root, rails),
  ];
}

function memoryClockLimitations(root: BoardRoot, override: boolean | undefined): string[] {
  if (override !== undefined) return [];
  const answer = root.tool('jetson_clocks', ['--show']);
  if (answer.ok && parseJetsonClocks(answer.stdout).emc?.override !== undefined) return [];
  return [unanswered('jetson_clocks --show', answer.ok ? undefined : answer.reason, 'whether the memory clock is fixed is unknown')];
}

function powerModeLimitations(root: BoardRoot): string[] {
  const mode = readPowerMode(root);
  if (mode?.name !== undefined) return [];
  const answer = root.tool('nvpmodel', ['-q']);
  const unknown = mode === undefined ? 'the power mode is unknown' : 'only the number of the power mode is known';
  return [unanswered('nvpmodel -q', answer.ok ? undefined : answer.reason, unknown)];
}

function railLimitations(root: BoardRoot, rails: Snapshot['rails']): string[] {
  if (rails.length === 0) return ['No power monitor (INA3221) can be read: power and energy are unknown.'];
  const whole = openWholeBoard(root);
  if (whole?.milliwatts() === undefined) {
    return [`The power of the whole board can't be read, only ${rails.map(({ name }) => name).join(', ')}: its energy is unknown.`];
  }
  return whole.rail.includes(' + ') ? [`No rail has the power of the whole board: ${whole.rail} stands for it.`] : [];
}

/** @param reason absent where the tool answered, but not this */
function unanswered(call: string, reason: string | undefined, unknown: string): string {
  if (reason === undefined) return `${call} does not tell: ${unknown}.`;
  const wantsRoot = /\broot\b|\bsudo\b|permission denied|not permitted/i.test(reason);
  return wantsRoot ? `${call} needs root: ${unknown} (sudo adds it).` : `${call} failed (${reason}): ${unknown}.`;
}
