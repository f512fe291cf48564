import { spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as environments from '../../lib/child-environment';
import type { InspectionLine } from './inspection';
import type { PackageFacts } from './schema';

const { childEnvironment } = require('../child-environment') as typeof environments;

const VARIABLES = /^(WHT_\w+|CUDA_VISIBLE_DEVICES|CUDA_HOME|CUDA_PATH|CUDACXX|CXX|CMAKE|LD_LIBRARY_PATH)$/;
/** The CUDA library's own trial takes up to two minutes, and there may be two libraries. */
const INSPECTION_MS = 300_000;

/**
 * What of the package works on this machine. Never throws.
 *
 * @param root the package's folder
 * @param devices the GPU's, in /dev
 */
export function packageFacts(root: string, buildCommand: string, devices: readonly string[]): PackageFacts {
  const { env, version, platform, arch, getuid } = process;
  const variables = Object.entries(env).filter(([name, value]) => VARIABLES.test(name) && value !== undefined && name !== 'WHT_COMMAND');
  return {
    version: packageVersion(root),
    folder: root,
    buildCommand,
    node: { version: version.slice(1), platform, architecture: arch },
    prebuilds: names(join(root, 'prebuilds')).filter((name) => /^\w+-\w+$/.test(name)),
    variables: Object.fromEntries(variables) as Record<string, string>,
    root: getuid?.() === 0,
    forbidden: devices.filter((device) => !isPermitted(device)),
    ...inspect(env),
  };
}

/** In a process of its own, which a broken driver or a library for another system may end. */
function inspect(environment: NodeJS.ProcessEnv): InspectionLine & { failure?: string } {
  const { error, status, signal, output } = spawnSync(process.execPath, [join(__dirname, 'inspection.js')], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    env: childEnvironment(environment),
    ...{ timeout: INSPECTION_MS, killSignal: 'SIGKILL' },
  });
  const answers = lines(output?.[3]);
  const complaint = (output?.[2] ?? '').split('\n').find((line) => /Error/.test(line));
  const said = complaint === undefined ? '' : ` (${complaint.trim().slice(0, 300)})`;
  if (error !== undefined && 'code' in error && error.code === 'ETIMEDOUT')
    return { ...answers, failure: `gave no answer in ${INSPECTION_MS / 1000} s` };
  if (error !== undefined) return { ...answers, failure: `could not be tried (${error.message})` };
  if (signal !== null) return { ...answers, failure: `ended its process by ${signal}` };
  return status === 0 ? answers : { ...answers, failure: `ended its process with exit code ${status}${said}` };
}

function lines(text: string | null | undefined): InspectionLine {
  const parsed = (text ?? '').split('\n').flatMap((line): InspectionLine[] => {
    try {
      return [JSON.parse(line)];
    } catch {
      // Empty, or cut off with its process.
      return [];
    }
  });
  return Object.assign({}, ...parsed);
}

function isPermitted(device: string): boolean {
  try {
    accessSync(device, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function packageVersion(root: string): string {
  try {
    return String(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version);
  } catch {
    return 'unknown';
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
