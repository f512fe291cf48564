/** See ../errands.ts. */
import { join } from 'node:path';
import { listDevices } from 'wht-layers';
import { loadOnnxRuntime } from '../../onnx-runtime';
import { packageRoot } from '../../package-root';
import { workload } from '../../workloads';
import { copyRate } from '../copy-rate';
import { type DeviceChoice, openChosen } from '../device-choice';
import type { Errand, Results } from '../errands';
import { writeModels } from '../models';
import { answerOnce } from './answer-once';

async function run(errand: Errand): Promise<unknown> {
  switch (errand.kind) {
    case 'list':
      return list();
    case 'describe':
      return describe(errand.device);
    case 'copyRate':
      return copyRate(errand.device);
    case 'models': {
      const runtime = loadOnnxRuntime();
      if (runtime instanceof Error) throw runtime;
      return writeModels(workload(errand.workload), errand.shape, runtime, errand.folder);
    }
  }
}

function list(): Results['list'] {
  const { inspectPackage }: typeof import('../../../lib/package-state') = require(join(packageRoot(), 'dist', 'package-state.js'));
  const { addon, cuda, devices } = inspectPackage();
  // Where there is no addon, this says why.
  if (addon.file === undefined) return { devices: listDevices() };
  return { devices, ...(cuda.file !== undefined && { cudaLibrary: cuda.file }) };
}

function describe(choice: DeviceChoice) {
  const device = openChosen(choice);
  const info = device.info();
  device.close();
  return info;
}

answerOnce(run);
