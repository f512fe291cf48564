import { BUSY } from './busy';
import { figure } from './figures';
import type { BenchmarkRun, MeasuredComparison, Measurement } from './schema';

/** What a reader needs to understand the table; lines of at most `columns` characters. */
export function notes({ environment, comparisons }: Omit<BenchmarkRun, 'schema'>, columns: number): string[] {
  const measured = comparisons.filter((comparison): comparison is MeasuredComparison => !('error' in comparison));
  if (measured.length === 0) return [];
  return [
    ...(environment.loadAverage > BUSY
      ? [`The machine was busy when the run began (load average ${environment.loadAverage}): repeat it on an idle one.`]
      : []),
    'Times are medians, p95 the 95th percentile, of sides that took turns in one run. Speed-up: baseline over WHT layer. The baseline is the ' +
      'fastest implementation found. x copy: the WHT layer over a plain copy of the same tensor, the least it can take; 2d-large has it for a baseline. Float32.',
    'The whole tensor in one call, input and output in place. Inputs are NHWC; onnxruntime takes its convolutions as NCHW, ' +
      "rearranged beforehand. Memory: parameters, input, output and workspace, where the baseline tells them. The paper's own way of measuring: npm run bench:jetson.",
    ...measured.flatMap(slowerNotes),
    ...unavailableNotes(measured),
  ].flatMap((note) => wrapped(note, columns));
}

function slowerNotes({ id, others }: MeasuredComparison): string[] {
  const slower = others.filter((other): other is Measurement => !('error' in other));
  if (slower.length === 0) return [];
  const figures = slower.map(({ layer, implementation, medianMs, memoryBytes }) => {
    const memory = memoryBytes === undefined ? '' : `, ${(memoryBytes / 1e6).toFixed(0)} MB`;
    return `${layer} (${implementation}) ${figure(medianMs)} ms${memory}`;
  });
  return [`${id}, also tried: ${figures.join('; ')}.`];
}

/** Each reason once: it is the same in every comparison. */
function unavailableNotes(measured: readonly MeasuredComparison[]): string[] {
  const reasons = measured.flatMap(({ others }) =>
    others.flatMap((other) => ('error' in other ? [`${other.implementation} could not be tried: ${other.error}`] : [])),
  );
  return [...new Set(reasons)];
}

/** A list's item in lines of at most `columns` characters. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '-';
  for (const word of text.split(/\s+/)) {
    if (line.length + 1 + word.length > columns) {
      lines.push(line);
      line = ` `;
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
