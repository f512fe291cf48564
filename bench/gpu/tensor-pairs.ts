import { copy, type Device, type Tensor, type TensorOptions } from 'wht-layers';
import type { Candidate } from '../candidate';

export interface TensorPair {
  x: Tensor;
  y: Tensor;
}

export type Queue = (pair: TensorPair) => void;

/**
 * Inputs and outputs of one shape, used one pair after the other: a kernel that finds its input in the cache, or leaves its output there, is not
 * measured at the speed of memory.
 */
export class TensorPairs {
  readonly shape: readonly number[];
  readonly pairs: readonly TensorPair[];
  #next = 0;

  /**
   * @param values of one input; all are alike
   * @param bytes of all pairs together, at least
   */
  constructor(device: Device, values: Float32Array, shape: readonly number[], storage: TensorOptions, bytes: number) {
    this.shape = shape;
    const first = { x: device.tensor(values, shape, storage), y: device.zeros(shape, storage) };
    const pairs = [first];
    const count = Math.max(1, Math.ceil(bytes / (2 * first.x.byteLength)));
    while (pairs.length < count) pairs.push({ x: copy(first.x), y: device.zeros(shape, storage) });
    this.pairs = pairs;
  }

  /** Input and output of one call. */
  get bytes(): number {
    return 2 * this.first.x.byteLength;
  }

  get first(): TensorPair {
    return this.pairs[0] as TensorPair;
  }

  /** Something that is queued so many times, on one pair after the other, and not waited for. */
  side(queue: Queue): Pick<Candidate, 'run'> {
    return {
      run: async (times) => {
        for (let time = 0; time < times; time++) {
          queue(this.pairs[this.#next] as TensorPair);
          this.#next = (this.#next + 1) % this.pairs.length;
        }
      },
    };
  }

  /** A plain copy of the same bytes. */
  copySide(): Pick<Candidate, 'run'> {
    return this.side(({ x, y }) => copy(x, { out: y }));
  }

  dispose(): void {
    for (const { x, y } of this.pairs) {
      x.dispose();
      y.dispose();
    }
  }
}
