/**
 * What the conformance suite runs on: every backend that this machine has, at each of its SIMD levels, and the CUDA backend's sources on the CPU.
 * WHT_TARGETS names some of them, with semicolons between, which must be there then.
 */
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { type Device, type DeviceKind, type Dtype, type Layout, type OpenDeviceOptions, openDevice, WhtError } from '../../lib/index';

export interface Target {
  readonly name: string;
  readonly kind: DeviceKind;
  /** What the backend reads, when it opens a device and later. */
  readonly environment: Readonly<Record<string, string>>;
  open(options?: OpenDeviceOptions): Device;
}

/** How a test's tensors are stored. */
export interface Variant {
  readonly dtype: Dtype;
  readonly layout: Layout;
}

export const VARIANTS: readonly Variant[] = [
  { dtype: 'float32', layout: 'NHWC' },
  { dtype: 'float32', layout: 'NCHW' },
  { dtype: 'float16', layout: 'NHWC' },
  { dtype: 'float16', layout: 'NCHW' },
];

/** Sets variables; returns what puts them back. */
function setEnvironment(variables: Readonly<Record<string, string>>): () => void {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}

export function target(name: string, kind: DeviceKind, environment: Readonly<Record<string, string>>): Target {
  const open = (options?: OpenDeviceOptions) => {
    const restore = setEnvironment(environment);
    try {
      return openDevice(kind, options);
    } finally {
      restore();
    }
  };
  return { name, kind, environment, open };
}

function opens(candidate: Target): boolean {
  try {
    candidate.open().close();
    return true;
  } catch (error) {
    if (error instanceof WhtError && (error.code === 'ERR_WHT_DEVICE' || error.code === 'ERR_WHT_NO_CUDA')) return false;
    throw error;
  }
}

/** Of a backend that `npm test` builds. */
export function emulatedCuda(name: string, library: string, environment: Readonly<Record<string, string>> = {}): Target {
  return target(name, 'cuda', { WHT_CUDA_BACKEND: library, WHT_CUDNN_DIR: resolve('build/Release/cudnn-8'), ...environment });
}

const EMULATED_LIBRARY = process.env.WHT_EMULATED_LIBRARY ?? resolve('build/Release/libwht_cuda_emulated.so');

function findTargets(): Target[] {
  // An addon that does not load must fail here: it would leave no targets, and so no tests.
  openDevice('cpu').close();
  const mayBeMissing = [
    ...['portable', 'avx2', 'avx512', 'neon'].map((simd) => target(`cpu ${simd}`, 'cpu', { WHT_SIMD: simd })),
    // Before the emulated ones, whose stand-in for cuDNN must not be in the process first.
    target('cuda', 'cuda', {}),
  ];
  // The order in which threads of a block run must not matter.
  const always = [
    emulatedCuda('cuda-emulated', EMULATED_LIBRARY),
    emulatedCuda('cuda-emulated, reversed', EMULATED_LIBRARY, { WHT_EMULATION_ORDER: 'reversed' }),
  ];
  const wanted = process.env.WHT_TARGETS?.split(';').map((name) => name.trim());
  if (wanted === undefined) return [...mayBeMissing.filter(opens), ...always];
  const all = [...mayBeMissing, ...always];
  return wanted.map((name) => {
    const named = all.find((candidate) => candidate.name === name);
    if (named === undefined)
      throw new Error(`Expected WHT_TARGETS to name some of ${all.map((each) => each.name).join('; ')}, got ${name}`);
    return named;
  });
}

let found: readonly Target[] | undefined;

export function targets(): readonly Target[] {
  found ??= findTargets();
  return found;
}

/** Defines the same tests for every target, with a device that they share. */
export function onEveryTarget(define: (device: () => Device, target: Target) => void): void {
  for (const each of targets()) {
    describe(each.name, () => {
      let device: Device;
      let restore: () => void;
      beforeAll(() => {
        restore = setEnvironment(each.environment);
        device = each.open();
      });
      afterAll(() => {
        device.close();
        restore();
      });
      define(() => device, each);
    });
  }
}

/** Defines the same tests for every dtype and layout. */
export function onEveryVariant(define: (variant: Variant) => void): void {
  for (const variant of VARIANTS) describe(`${variant.dtype} ${variant.layout}`, () => define(variant));
}
