/** Run by cuda-library.ts as a process of its own: opens the CUDA backend library that is named, and its first usable GPU, and tells what came of it. */
import { writeSync } from 'node:fs';
import { native } from './native';

export interface TrialAnswer {
  /** Whether the library could be opened. */
  loaded: boolean;
  /** Whether it also has a GPU that works. */
  usable: boolean;
  /** Empty where it is usable. */
  reason: string;
}

const ANSWER = 3;

function attempt(library: string): TrialAnswer {
  const addon = native();
  const reason = addon.loadCuda(library);
  if (reason !== '') return { loaded: false, usable: false, reason };
  const gpus = addon.listDevices(library).filter(({ kind }) => kind === 'cuda');
  const gpu = gpus.find((each) => each.reason === '');
  if (gpu === undefined) return { loaded: true, usable: false, reason: gpus.map((each) => each.reason).join('; ') };
  try {
    addon.openDevice(gpu.index, 0, '', library).close();
    return { loaded: true, usable: true, reason: '' };
  } catch (error) {
    return { loaded: true, usable: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

if (require.main === module) {
  const [, , library = ''] = process.argv;
  writeSync(ANSWER, JSON.stringify(attempt(library)));
}
