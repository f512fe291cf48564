/** What the conformance suite runs on: every backend that this machine has, at each of its SIMD levels. */
import { afterAll, beforeAll, describe } from 'vitest';
import { type Device, type DeviceKind, type Dtype, type Layout, type OpenDeviceOptions, openDevice, WhtError } from '../../lib/index';

export interface Target {
  readonly name: string;
  readonly kind: DeviceKind;
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

function target(name: string, kind: DeviceKind, environment: Readonly<Record<string, string>>): Target {
  const open = (options?: OpenDeviceOptions) => {
    const before = { ...process.env };
    Object.assign(process.env, environment);
    try {
      return openDevice(kind, options);
    } finally {
      for (const variable of Object.keys(environment)) {
        const value = before[variable];
        if (value === undefined) delete process.env[variable];
        else process.env[variable] = value;
      }
    }
  };
  return { name, kind, open };
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

function findTargets(): Target[] {
  // An addon that does not load must fail here: it would leave no targets, and so no tests.
  openDevice('cpu').close();
  const candidates = ['portable', 'avx2', 'avx512', 'neon'].map((simd) => target(`cpu ${simd}`, 'cpu', { WHT_SIMD: simd }));
  candidates.push(target('cuda', 'cuda', {}));
  return candidates.filter(opens);
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
      beforeAll(() => {
        device = each.open();
      });
      afterAll(() => device.close());
      define(() => device, each);
    });
  }
}

/** Defines the same tests for every dtype and layout. */
export function onEveryVariant(define: (variant: Variant) => void): void {
  for (const variant of VARIANTS) describe(`${variant.dtype} ${variant.layout}`, () => define(variant));
}
