/** See ../errands.ts. */
import { listDevices } from 'wht-layers';
import { loadOnnxRuntime } from '../../onnx-runtime';
import { workload } from '../../workloads';
import { copyRate } from '../copy-rate';
import { type DeviceChoice, openChosen } from '../device-choice';
import type { Errand } from '../errands';
import { writeModels } from '../models';
import { answerOnce } from './answer-once';

async function run(errand: Errand): Promise<unknown> {
  switch (errand.kind) {
    case 'list':
      return listDevices();
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

function describe(choice: DeviceChoice) {
  const device = openChosen(choice);
  const info = device.info();
  device.close();
  return info;
}

answerOnce(run);
