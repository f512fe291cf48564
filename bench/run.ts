import type { Comparison, Effort } from './comparison';
import type { Progress } from './progress';
import type { ComparisonResult } from './schema';

/**
 * Runs one comparison after the other and adds its result to `results`, so that an interruption loses only the comparison that it meets. One that
 * fails does not keep the others from running.
 */
export async function runComparisons(
  comparisons: readonly Comparison[],
  threads: number,
  effort: Effort,
  signal: AbortSignal,
  shown: Progress,
  results: ComparisonResult[],
): Promise<void> {
  for (const [at, comparison] of comparisons.entries()) {
    const { id, protocol, shape, paper } = comparison;
    const title = `${id}, ${protocol}`;
    const advance = (part: number) => {
      if (signal.aborted) throw new Error('Interrupted');
      shown.advance((at + part) / comparisons.length, title);
    };
    const header = {
      id,
      protocol,
      device: 'cpu',
      threads: comparison.threads ?? threads,
      dtype: 'float32',
      layout: 'NHWC',
      shape,
      ...(paper && { paper }),
    } as const;
    let result: ComparisonResult;
    try {
      advance(0);
      result = { ...header, ...(await comparison.measure({ threads, effort, signal, advance })) };
    } catch (error) {
      if (signal.aborted) return;
      result = { ...header, error: error instanceof Error ? error.message : String(error) };
    }
    results.push(result);
    shown.finished(title, result);
  }
}
