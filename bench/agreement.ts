import type { Candidate } from './candidate';
import { relativeError } from './statistics';

/** Far above what float32 summed in different orders gives (1e-6), far below what a wrong weight or layout gives. */
const TOLERANCE = 1e-5;

/** Throws unless the candidates compute the same function: times of different ones say nothing. */
export function expectAgreement(
  candidate: Pick<Candidate, 'layer' | 'implementation'>,
  output: Float32Array,
  reference: Pick<Candidate, 'layer' | 'implementation'>,
  expected: Float32Array,
  tolerance = TOLERANCE,
): void {
  const error = relativeError(output, expected);
  // Written so that NaN fails.
  if (!(error < tolerance)) {
    throw new Error(
      `Expected ${candidate.layer} (${candidate.implementation}) to give the output of ${reference.layer} (${reference.implementation}), ` +
        `got a relative error of ${error.toExponential(1)}`,
    );
  }
}
