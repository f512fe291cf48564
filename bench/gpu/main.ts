/** `npm run bench:gpu`: measures the CUDA backend; see arguments.ts for the options. */
import { writeFileSync } from 'node:fs';
import { openDevice } from 'wht-layers';
import { exitWith } from '../command-line';
import { type GpuArguments, parseGpuArguments, type Section, USAGE } from './arguments';
import { budget } from './budget';
import { measureConvolutions } from './convolutions';
import { gpuEnvironment } from './environment';
import { measureKernels } from './kernels';
import { measureLatency } from './latency';
import { EMULATED, gpuReport } from './report';
import { expectResultsFile } from './results-file';
import type { GpuRun } from './schema';
import { type GpuSession, openSession } from './session';
import { passed, targetsOf } from './targets';
import { measureUnfused } from './unfused';

async function main(): Promise<number> {
  const args = parseGpuArguments(process.argv.slice(2));
  if (args.help) {
    process.stdout.write(USAGE);
    return 0;
  }

  const device = openDevice('cuda', { index: args.index });
  try {
    const info = device.info();
    const environment = gpuEnvironment(info, args.index);
    const emulated = environment.emulated === true;
    if (args.json !== undefined) expectResultsFile(args.json, emulated);
    if (emulated) process.stderr.write(`${EMULATED}\n`);
    const run: GpuRun = { schema: 1, environment, comparisons: [], kernels: [], algorithms: [], latency: [], targets: [] };
    const log = (line: string) => process.stderr.write(`${line}\n`);
    const session = await openSession(device, { index: args.index, budget: budget(info, args.bytes), run, log }, args.quick);
    for (const section of args.sections) {
      await measure(section, session, args);
      if (!emulated) run.targets = targetsOf(run);
      // After each section: a run that is stopped loses only what it was at.
      if (args.json !== undefined) writeFileSync(args.json, `${JSON.stringify(run, undefined, 2)}\n`);
    }
    process.stdout.write(gpuReport(run));
    return passed(run) ? 0 : 1;
  } finally {
    device.close();
  }
}

function measure(section: Section, session: GpuSession, { points }: GpuArguments): Promise<void> {
  switch (section) {
    case 'convolution':
      return measureConvolutions(session);
    case 'unfused':
      return measureUnfused(session);
    case 'kernels':
      return measureKernels(session, points);
    case 'latency':
      return measureLatency(session);
  }
}

exitWith(main);
