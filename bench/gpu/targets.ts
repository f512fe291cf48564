/** What the package promises, and whether a run kept it. */
import { figure } from '../figures';
import type { GpuComparisonResult, GpuRun, KernelResult, Target } from './schema';

/** A kernel reads and writes memory at least at this part of a copy's rate. */
export const LEAST_OF_COPY = 0.85;

interface Finding {
  value?: number;
  least: number;
  /** What is missing where the value is absent or too low. */
  name: string;
  shown: string;
}

export function targetsOf({ kernels, comparisons }: Pick<GpuRun, 'kernels' | 'comparisons'>): Target[] {
  const promised = (id: string) => comparisons.filter((comparison) => comparison.id === id && comparison.target !== undefined);
  return [
    target('kernels against a copy of the same bytes', kernels.map(kernelFinding)),
    target("BlockWht2d against cuDNN's fastest 3x3 convolution, float32 without TF32", promised('2d-vs-conv3x3').map(comparisonFinding)),
    target('BlockWht2d against fwht, smoothThreshold, fwht', promised('2d-vs-unfused').map(comparisonFinding)),
  ].filter((each): each is Target => each !== undefined);
}

/** Whether all was measured, and every promise kept. */
export function passed({ kernels, comparisons, latency, targets }: GpuRun): boolean {
  const failed = [...kernels, ...comparisons, ...latency].some((result) => 'error' in result);
  return !failed && targets.every(({ missed }) => missed.length === 0);
}

function target(name: string, findings: readonly Finding[]): Target | undefined {
  const [first] = findings;
  if (first === undefined) return undefined;
  // Written so that NaN is a miss.
  const kept = findings.filter(({ value, least }) => value !== undefined && value >= least);
  const values = findings.flatMap(({ value }) => (value === undefined ? [] : [value]));
  return {
    name,
    least: first.least,
    ...(values.length > 0 && { measured: Math.min(...values) }),
    count: findings.length,
    met: kept.length,
    missed: findings.filter((finding) => !kept.includes(finding)).map((finding) => `${finding.name}: ${finding.shown}`),
  };
}

function kernelFinding(kernel: KernelResult): Finding {
  const { family, variant, dtype, points } = kernel;
  const name = `${family} ${points} ${dtype}${variant === 'dense' ? '' : ` ${variant}`}`;
  if ('error' in kernel) return { least: LEAST_OF_COPY, name, shown: `failed: ${kernel.error}` };
  return { value: kernel.ofCopy, least: LEAST_OF_COPY, name, shown: `${(kernel.ofCopy * 100).toFixed(1)} %` };
}

function comparisonFinding(comparison: GpuComparisonResult): Finding {
  const { dtype, layout, shape, target: least = 0 } = comparison;
  const name = `${shape.join('x')} ${layout} ${dtype}`;
  if ('error' in comparison) return { least, name, shown: `failed: ${comparison.error}` };
  return { value: comparison.speedRatio, least, name, shown: `${figure(comparison.speedRatio)}x` };
}
