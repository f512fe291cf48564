import { type Device, type DeviceListing, openDevice } from 'wht-layers';
import type { DeviceKind } from './schema';

/** Which device, with how many threads. */
export interface DeviceChoice {
  kind: DeviceKind;
  /** Which GPU. */
  index: number;
  /** The CPU's; absent means as many as it takes. */
  threads?: number;
}

export function openChosen({ kind, index, threads }: DeviceChoice): Device {
  return openDevice(kind, kind === 'cuda' ? { index } : threads === undefined ? {} : { threads });
}

/** Why that GPU can't be used; undefined where it can. */
export function whyNoGpu(listing: readonly DeviceListing[], index: number): string | undefined {
  const gpus = listing.filter(({ kind }) => kind === 'cuda');
  const asked = gpus.find((each) => each.index === index);
  if (asked?.available) return undefined;
  return asked?.reason ?? gpus[0]?.reason ?? `there is no GPU number ${index}`;
}
