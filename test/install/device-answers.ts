import type { Consumer } from './consumer';

/** What an installed package says when it is asked for a device, and for a GPU. */
export interface DeviceAnswers {
  /** The kind of openDevice()'s. */
  auto: string;
  /** Of openDevice('cuda'): what it computes, or its error. */
  cuda: { values: number[] } | { name: string; code: string; message: string };
}

export async function deviceAnswers(consumer: Consumer): Promise<DeviceAnswers> {
  consumer.copyProgram('devices.cjs');
  return JSON.parse(await consumer.runs('devices.cjs')) as DeviceAnswers;
}
