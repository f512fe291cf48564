/** Run by package-facts.ts as a process of its own: what of the package works. A line as soon as it is known, since the next may end the process. */
import { writeSync } from 'node:fs';
import type * as addonFile from '../../lib/addon-file';
import type * as wht from '../../lib/index';
import type * as packageState from '../../lib/package-state';

export type InspectionLine = Partial<Pick<import('./schema').PackageFacts, 'state' | 'opened' | 'openError' | 'cudaError'>>;

/** Drivers print to the others. */
const ANSWER = 3;
const say = (line: InspectionLine) => writeSync(ANSWER, `${JSON.stringify(line)}\n`);
const words = (error: unknown) => (error instanceof Error ? error.message : String(error));

function inspect(): void {
  // Beside this one in dist, where the package's own modules are.
  const { loadAddon } = require('../addon-file') as typeof addonFile;
  const { inspectPackage } = require('../package-state') as typeof packageState;
  const { openDevice } = require('../index') as typeof wht;
  const { file, tried } = loadAddon();
  // Should looking at CUDA end this process, so much is known.
  say({ state: { addon: { ...(file !== undefined && { file }), tried }, cuda: { tried: [] }, devices: [] } });
  const state = inspectPackage();
  say({ state });
  if (state.addon.file === undefined) return;

  try {
    const device = openDevice();
    const { kind, name, simd, threads, computeCapability, driver, cudnn } = device.info();
    device.close();
    say({
      opened: {
        ...{ kind, name },
        ...(simd !== undefined && { simd }),
        ...(threads !== undefined && { threads }),
        ...(computeCapability !== undefined && { computeCapability }),
        ...(driver !== undefined && { driver }),
        ...(cudnn !== undefined && { cudnn }),
      },
    });
    if (kind === 'cuda') return;
  } catch (error) {
    say({ openError: words(error) });
  }
  try {
    openDevice('cuda').close();
  } catch (error) {
    say({ cudaError: words(error) });
  }
}

inspect();
