/** The answer in two sentences. */
import { figure, percent } from '../figures';
import { memoryChange } from './memory-change';
import type { ComparisonResult, JetsonRun, MeasuredRow } from './schema';

/** Empty where nothing of it was measured, or all of it in an emulation. */
export function headline({ comparisons, memory, environment }: Pick<JetsonRun, 'comparisons' | 'memory' | 'environment'>): string[] {
  if (environment.emulated === true) return [];
  const speed = comparisons.find((each): each is MeasuredRow => isHeadline(each) && !('error' in each));
  const matching = memory.find(({ id, protocol }) => id === '2d-8x8-vs-conv3x3' && protocol === 'paper');
  const change = matching && memoryChange(matching, 'peakBytes', speed?.baseline);
  const gpu = comparisons.find(
    (each): each is MeasuredRow =>
      each.id === '2d-8x8-vs-conv3x3' && each.device === 'cuda' && each.protocol === 'throughput' && !('error' in each),
  );
  return [
    ...(speed === undefined
      ? []
      : [
          `The paper's comparison by the paper's protocol: the 2D layer is ${figure(speed.speedRatio)} times as fast as the fastest 3x3 convolution found (` +
            `${speed.baseline.implementation}${intervalText(speed)}; paper: 24)${
              change === undefined ? '' : `, and its process's peak memory differs by ${percent(change)} (paper: -19.51 %)`
            }.`,
        ]),
    ...(gpu === undefined
      ? []
      : [
          `On the GPU, kernel against kernel: ${figure(gpu.speedRatio)} times as fast as ${gpu.baseline.implementation}${intervalText(gpu)}.`,
        ]),
  ];
}

export function isHeadline({ id, protocol }: ComparisonResult): boolean {
  return id === '2d-8x8-vs-conv3x3' && protocol === 'paper';
}

function intervalText({ speedRatioInterval }: MeasuredRow): string {
  return speedRatioInterval === undefined ? '' : `; with 95 % confidence ${speedRatioInterval.map(figure).join(' to ')}`;
}
