/** The answer in a few sentences. */
import { figure } from '../figures';
import { memoryChange } from './memory-change';
import { type ComparisonResult, isMeasured, type JetsonRun, type MeasuredRow } from './schema';
import { DEVICE_NAMES, TITLES } from './titles';

/** Empty where nothing was measured, or all of it in an emulation. */
export function headline(run: Pick<JetsonRun, 'comparisons' | 'memory' | 'environment' | 'withoutOnnxruntime'>): string[] {
  const { comparisons, memory, environment, withoutOnnxruntime } = run;
  if (environment.emulated === true) return [];
  const measured = comparisons.filter(isMeasured);
  const paper = headlineRow(comparisons);
  const gpu = measured.find(({ device, protocol }) => device === 'cuda' && protocol === 'throughput');
  return [
    ...(paper === undefined ? [] : [paperSentence(paper, memory, withoutOnnxruntime === undefined)]),
    ...(gpu === undefined
      ? []
      : [
          `On the GPU, kernel against kernel, ${TITLES[gpu.id]}: ${figure(gpu.speedRatio)} times as fast as ${gpu.baseline.implementation}${confidence(gpu)}.`,
        ]),
    ...slowerSentence(measured),
  ];
}

/** The row that answers the paper's question: the paper's own comparison, or the first there is. */
export function headlineRow(comparisons: readonly ComparisonResult[]): MeasuredRow | undefined {
  return comparisons.filter(isMeasured).find(({ protocol }) => protocol === 'paper');
}

function paperSentence(row: MeasuredRow, memory: JetsonRun['memory'], onnxruntime: boolean): string {
  const { id, baseline, subject, others, paper } = row;
  const matching = memory.find((each) => each.id === id && each.protocol === 'paper');
  const change = matching && memoryChange(matching, 'peakBytes');
  const missing = !onnxruntime || others.some((other) => 'error' in other && other.implementation.startsWith('onnxruntime'));
  const [first, own] = [baseline.firstCallMs, subject.firstCallMs];
  return [
    `By the paper's protocol, ${TITLES[id]}: ${figure(row.speedRatio)} times as fast as the fastest baseline found, ${baseline.implementation}${confidence(row)}`,
    paper === undefined ? '.' : `; paper: ${figure(paper.speedRatio)}.`,
    !missing ? '' : ' onnxruntime, which may be faster, could not be tried.',
    first === undefined || own === undefined
      ? ''
      : ` The first call of a process alone: ${figure(first)} ms against ${figure(own)} ms, ${figure(first / own)} times.`,
    change === undefined ? '' : ` Its process's peak memory is ${lower(change)} than the leanest baseline's`,
    change === undefined ? '' : paper?.memoryReduction === undefined ? '.' : ` (paper: ${(100 * paper.memoryReduction).toFixed(2)} %).`,
  ].join('');
}

function lower(change: number): string {
  return `${Math.abs(100 * change).toFixed(1)} % ${change <= 0 ? 'lower' : 'higher'}`;
}

/** What does not gain is part of the answer. */
function slowerSentence(measured: readonly MeasuredRow[]): string[] {
  const slower = measured.filter(({ speedRatio, speedRatioInterval }) => (speedRatioInterval?.[1] ?? speedRatio) < 1);
  if (slower.length === 0) return [];
  const names = new Set(slower.map(({ id, protocol, device }) => `${TITLES[id]} (${protocol}, ${DEVICE_NAMES[device]})`));
  return [`Slower than what it replaces in ${slower.length} of ${measured.length} rows: ${[...names].join(', ')}.`];
}

function confidence({ speedRatioInterval }: MeasuredRow): string {
  return speedRatioInterval === undefined ? '' : ` (with 95 % confidence ${speedRatioInterval.map(figure).join(' to ')})`;
}
