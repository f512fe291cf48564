/** Every specialised kernel against a copy of the same bytes. */
import { interleave } from '../interleave';
import { median, percentile } from '../statistics';
import { imagesFor } from './budget';
import { type KernelCase, kernelCases, POINTS } from './kernel-cases';
import type { KernelHeader, KernelResult, MeasuredKernel } from './schema';
import type { GpuSession } from './session';
import { TensorPairs } from './tensor-pairs';

const LOGGED_EVERY = 25;

export async function measureKernels(session: GpuSession, points: readonly number[] = POINTS): Promise<void> {
  const shared = new LastPairs(session);
  const cases = kernelCases(points);
  for (const [at, each] of cases.entries()) {
    if (at % LOGGED_EVERY === 0) session.log(`kernels: ${at} of ${cases.length}`);
    session.run.kernels.push(await measure(session, each, shared));
  }
  shared.dispose();
}

async function measure(session: GpuSession, each: KernelCase, shared: LastPairs): Promise<KernelResult> {
  const { family, variant, dtype, points } = each;
  const shape = shapeOf(each, session.budget.call);
  const header: KernelHeader = { family, variant, dtype, points, shape, bytes: 2 * elementsOf(shape) * elementBytes(dtype) };
  let kernel: ReturnType<KernelCase['prepare']> | undefined;
  try {
    const pairs = shared.of(each, shape);
    kernel = each.prepare(session.device);
    const [samples, copies] = await interleave([pairs.side(kernel.queue), pairs.copySide()], session.sampling, () => {}, session.clock);
    return measuredKernel(header, pairs.pairs.length, samples as number[], copies as number[]);
  } catch (error) {
    return { ...header, error: error instanceof Error ? error.message : String(error) };
  } finally {
    kernel?.dispose();
  }
}

/** @param samples, copies milliseconds of one call */
export function measuredKernel(header: KernelHeader, pairs: number, samples: readonly number[], copies: readonly number[]): MeasuredKernel {
  const [medianMs, copyMs] = [median(samples), median(copies)];
  return {
    ...header,
    pairs,
    medianMs,
    p95Ms: percentile(samples, 0.95),
    copyMs,
    rate: header.bytes / medianMs / 1e6,
    copyRate: header.bytes / copyMs / 1e6,
    ofCopy: copyMs / medianMs,
  };
}

/** As many images as a call is to have. */
function shapeOf({ image, dtype }: KernelCase, callBytes: number): readonly number[] {
  return [imagesFor(callBytes, elementsOf(image), elementBytes(dtype)), ...image];
}

function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function elementBytes(dtype: KernelCase['dtype']): number {
  return dtype === 'float16' ? 2 : 4;
}

/** The tensors of the case before, where the next one has the same. */
class LastPairs {
  readonly #session: GpuSession;
  #key = '';
  #pairs: TensorPairs | undefined;

  constructor(session: GpuSession) {
    this.#session = session;
  }

  of({ dtype, layout }: KernelCase, shape: readonly number[]): TensorPairs {
    const key = `${dtype} ${layout} ${shape.join()}`;
    if (this.#pairs === undefined || key !== this.#key) {
      this.dispose();
      const { device, values, budget } = this.#session;
      this.#pairs = new TensorPairs(device, values.take(elementsOf(shape)), shape, { dtype, layout }, budget.rotation);
      this.#key = key;
    }
    return this.#pairs;
  }

  dispose(): void {
    this.#pairs?.dispose();
    this.#pairs = undefined;
  }
}
