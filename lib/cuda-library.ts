/** Which CUDA backend library to open: one that has proved in a process of its own that it does no harm. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Tried } from './addon-file';
import { childEnvironment } from './child-environment';
import type { TrialAnswer } from './cuda-trial';
import { WhtError } from './errors';
import { native } from './native';
import { BUILD_COMMAND, PACKAGE_ROOT } from './package-root';

export interface CudaSearch {
  /** The library to open. */
  file?: string;
  /** Those before it that can't be used, or all. */
  tried: Tried[];
}

/** A driver that compiles a library's kernels for its GPU may take a minute on a small board. */
const TRIAL_MS = 120_000;

/** Set for the process of a trial. */
const IN_TRIAL = 'WHT_CUDA_TRIAL';
/** A system that allows no further process says nothing about the driver. */
const NO_PROCESS = ['EAGAIN', 'ENOMEM', 'ENOENT', 'EACCES', 'EPERM'];

let found: CudaSearch | undefined;

/**
 * The library that WHT_CUDA_BACKEND names, which is not tried first: that is for those who know. Else the first with a usable GPU, of the one
 * built on this machine and the one that came with the package; else the first that opens, whose words say why it has none.
 */
export function findCudaLibrary(): CudaSearch {
  const named = process.env.WHT_CUDA_BACKEND;
  if (named !== undefined && named !== '') return { file: named, tried: [] };
  // An application that is its own runtime, such as one in a single file, was started in place of cuda-trial.js: it must not go on, or start the next.
  if (process.env[IN_TRIAL] !== undefined) process.exit(1);
  found ??= search([
    join(PACKAGE_ROOT, 'build', 'Release', 'libwht_cuda.so'),
    join(PACKAGE_ROOT, 'prebuilds', `${process.platform}-${process.arch}`, 'libwht_cuda.so'),
  ]);
  return found;
}

/** @throws WhtError `ERR_WHT_NO_CUDA` with every file that was tried */
export function cudaLibrary(): string {
  const { file, tried } = findCudaLibrary();
  if (file === undefined) throw new WhtError('ERR_WHT_NO_CUDA', `CUDA can't be used: ${whyNone(tried)}`);
  return file;
}

export function whyNone(tried: readonly Tried[]): string {
  const files = tried.map(({ file, reason }) => `; tried ${file}: ${reason}`).join('');
  const library = `no CUDA backend library could be loaded${files}`;
  if (!seesGpu())
    return `this process sees no NVIDIA GPU (no /dev/nvidia0, /dev/nvhost-ctrl-gpu, /dev/nvgpu or /dev/dxg); besides, ${library}`;
  return `${library}. "${BUILD_COMMAND}" builds one where NVIDIA's compiler (nvcc) is; "npx wht-layers doctor" says what is missing`;
}

/** As the CUDA backend itself looks, in native/cuda/runtime.cc: without a GPU a library would be of no use. */
function seesGpu(): boolean {
  try {
    return readdirSync('/dev').some((name) => /^(nvidia\d+|nvhost-ctrl-gpu|nvgpu|dxg)$/.test(name));
  } catch {
    // Node.js's permission model may forbid looking.
    return true;
  }
}

function search(files: readonly string[]): CudaSearch {
  const tried: Tried[] = [];
  const opened: Tried[] = [];
  for (const file of files) {
    if (!existsSync(file)) {
      tried.push({ file, reason: 'no such file' });
    } else if (native().cudaIsLoaded(file)) {
      // By another worker, after a trial of its own.
      return { file, tried };
    } else {
      const answer = tryInChild(file);
      if (answer.usable) return { file, tried: [...opened, ...tried] };
      (answer.loaded ? opened : tried).push({ file, reason: answer.reason });
    }
  }
  const [first, ...others] = opened;
  return first === undefined ? { tried } : { file: first.file, tried: [...tried, ...others] };
}

/** Opens the library and its first GPU in a process of its own: a driver that is broken ends or holds up that process, and not this one. */
function tryInChild(file: string): TrialAnswer {
  const failed = (what: string): TrialAnswer => ({ loaded: false, usable: false, reason: `tried in a process of its own, which ${what}` });
  try {
    return answerOf(
      spawnSync(process.execPath, [join(PACKAGE_ROOT, 'dist', 'cuda-trial.js'), file], {
        // The answer comes through a pipe of its own: drivers print.
        stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
        encoding: 'utf8',
        env: { ...childEnvironment(), ELECTRON_RUN_AS_NODE: '1', [IN_TRIAL]: '1' },
        ...{ timeout: TRIAL_MS, killSignal: 'SIGKILL' },
      }),
      failed,
    );
  } catch (error) {
    const permission = error instanceof Error && 'code' in error && error.code === 'ERR_ACCESS_DENIED';
    if (!permission) throw error;
    return failed(
      "Node.js's permission model forbids: --allow-child-process allows it, and WHT_CUDA_BACKEND names a library that is not tried",
    );
  }
}

function answerOf({ error, status, signal, output }: SpawnSyncReturns<string>, failed: (what: string) => TrialAnswer): TrialAnswer {
  const code = error !== undefined && 'code' in error ? String(error.code) : '';
  if (code === 'ETIMEDOUT') return failed(`gave no answer in ${TRIAL_MS / 1000} s`);
  if (NO_PROCESS.includes(code)) return { loaded: true, usable: true, reason: '' };
  if (error !== undefined) return failed(`failed: ${error.message}`);
  const said = complaint(output[2]);
  if (signal !== null) return failed(`was ended by ${signal}${said}`);
  if (status !== 0) return failed(`ended with exit code ${status}${said}`);
  const answer = output[3] ?? '';
  return answer === '' ? failed(`ended without an answer${said}`) : (JSON.parse(answer) as TrialAnswer);
}

/** The line that says most of what a process complained of: Node.js ends its own complaints with its version. */
function complaint(text: string | null | undefined): string {
  const lines = (text ?? '').trim().split('\n');
  const line = lines.find((each) => /error/i.test(each)) ?? lines[lines.length - 1] ?? '';
  return line === '' ? '' : ` (${line.trim().slice(0, 200)})`;
}
