import type { Comparison } from './comparison';
import { figure } from './figures';
import type { Sampling } from './interleave';
import type { Progress } from './progress';
import type { ComparisonResult } from './schema';

/**
 * Runs one comparison after the other and adds its result to `results`, so that an interruption loses only the comparison that it meets. One that
 * fails does not keep the others from running.
 */
export async function runComparisons(
  comparisons: readonly Comparison[],
  threads: number,
  sampling: Sampling,
  signal: AbortSignal,
  shown: Progress,
  results: ComparisonResult[],
): Promise<void> {
  for (const [at, comparison] of comparisons.entries()) {
    const { id, shape } = comparison;
    const advance = (part: number) => {
      if (signal.aborted) throw new Error('Interrupted');
      shown.advance((at + part) / comparisons.length, id);
    };
    const header = {
      id,
      protocol: 'throughput',
      device: 'cpu',
      threads,
      dtype: 'float32',
      layout: 'NHWC',
      shape,
    } as const;
    let result: ComparisonResult;
    try {
      advance(0);
      result = { ...header, ...(await comparison.measure({ threads, sampling, advance })) };
    } catch (error) {
      if (signal.aborted) return;
      result = { ...header, error: error instanceof Error ? error.message : String(error) };
    }
    results.push(result);
    shown.finished(id, outcome(result));
  }
}

function outcome(result: ComparisonResult): string {
  if ('error' in result) return `failed: ${result.error}`;
  return `${figure(result.speedRatio)} times as fast as ${result.baseline.layer} (${result.baseline.implementation})`;
}
