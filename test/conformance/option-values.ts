import type { Activation, Normalization, Ordering, Threshold } from '../../lib/index';

export const ORDERINGS = ['sequency', 'natural', 'dyadic'] as const satisfies readonly Ordering[];
export const THRESHOLDS = ['smooth', 'soft', 'none'] as const satisfies readonly Threshold[];
export const NORMALIZATIONS = ['orthonormal', 'none', 'inverse'] as const satisfies readonly Normalization[];
export const ACTIVATIONS = [
  'none',
  'relu',
  'relu6',
  'hard-swish',
  'hard-sigmoid',
  'keras-hard-sigmoid',
] as const satisfies readonly Activation[];
