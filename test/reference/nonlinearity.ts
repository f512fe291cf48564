export type Threshold = 'smooth' | 'soft' | 'none';

/** What happens to a scaled coefficient v with the threshold T. */
export function threshold(v: number, t: number, kind: Threshold): number {
  if (kind === 'smooth') return Math.tanh(v) * Math.max(Math.abs(v) - t, 0);
  if (kind === 'soft') return Math.sign(v) * Math.max(Math.abs(v) - Math.max(t, 0), 0);
  return v;
}

export type Activation = 'none' | 'relu' | 'relu6' | 'hard-swish' | 'hard-sigmoid' | 'keras-hard-sigmoid';

function relu6(z: number): number {
  return Math.min(Math.max(z, 0), 6);
}

export function activate(z: number, activation: Activation): number {
  switch (activation) {
    case 'none':
      return z;
    case 'relu':
      return Math.max(z, 0);
    case 'relu6':
      return relu6(z);
    case 'hard-swish':
      return (z * relu6(z + 3)) / 6;
    case 'hard-sigmoid':
      return relu6(z + 3) / 6;
    case 'keras-hard-sigmoid':
      return Math.min(Math.max(0.2 * z + 0.5, 0), 1);
  }
}
