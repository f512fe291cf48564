/** What the package keeps to itself, and a harness that looks into a network needs. */
import type { Device, Network } from 'wht-layers';
import type { Step } from '../../lib/networks/steps/step';

/** A network's layers with their parameters, in the order in which they run. */
export function stepsOf(network: Network): readonly Step[] {
  return (network as unknown as { steps: readonly Step[] }).steps;
}

/** A point in the device's queue. */
export type Mark = object;

/** The device's clock between points of its queue; `device.elapsed` can't tell operations apart that are queued without a wait. */
export interface Marks {
  mark(): Mark;
  /** Milliseconds. */
  elapsed(start: Mark, end: Mark): Promise<number>;
}

export function marksOf(device: Device): Marks {
  return (device as unknown as { native(): Marks }).native();
}
