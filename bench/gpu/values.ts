import { uniform } from '../random';

/** Repeats: drawing hundreds of millions of numbers takes longer than measuring. */
const DRAWN = 2 ** 20;

/** Numbers uniform in [-1, 1), as many as asked for, from memory that is kept: zeros would draw less power, and so run at higher clocks. */
export class Values {
  #values = new Float32Array(0);

  take(count: number): Float32Array {
    if (this.#values.length < count) {
      const drawn = uniform(DRAWN, 1, -1, 1);
      // Somewhat more, as shapes of about the same size follow.
      const length = Math.ceil(count * 1.125);
      this.#values = new Float32Array(length);
      for (let at = 0; at < length; at += DRAWN) this.#values.set(drawn.subarray(0, Math.min(DRAWN, length - at)), at);
    }
    return this.#values.subarray(0, count);
  }
}
