/**
 * Parameters that a key and a shape determine, bit for bit as golden/networks/generate.py makes them, so that golden files need to hold
 * outputs only. The i-th value of a key is scale·u + offset in float64, rounded to float32, with
 *   u = (mix(fnv1a(key) + i·0x9E3779B9 mod 2^32) >> 8) / 2^24 in [0, 1),
 * and with scale and offset by the kind of parameter, so that activations keep their magnitude from layer to layer.
 */
import { type DenseArray, denseArray } from '../reference/dense-array';
import type { ParameterShapes } from '../reference/networks/index';

export interface SampleParameter {
  shape: readonly number[];
  values: Float32Array;
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

function fnv1a(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** The finalizer of MurmurHash3: each bit of what comes out depends on all bits of what goes in. */
function mix(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** Whether the layer before a batch norm of a sequence is a 1D WHT layer, which makes small values smaller. */
function followsWht1d(key: string, shapes: ParameterShapes): boolean {
  const [, parent, index] = /^(.*)\.(\d+)\.running_var$/.exec(key) ?? [];
  return index !== undefined && shapes.get(`${parent}.${Number(index) - 1}.thresholds`)?.length === 1;
}

function range(key: string, shape: readonly number[], shapes: ParameterShapes): readonly [low: number, high: number] {
  if (key.endsWith('.running_mean')) return [-0.125, 0.125];
  if (key.endsWith('.running_var')) return followsWht1d(key, shapes) ? [0.125, 0.375] : [0.5, 1.5];
  if (key.endsWith('.bias')) return [-0.125, 0.125];
  if (key.endsWith('.thresholds')) return [0, 0.0625];
  if (key.endsWith('.weights')) return [0.75, 1.75];
  // Negative ones too: the authors' networks differ in what they make of those.
  if (key.endsWith('.T')) return [-0.25, 0.75];
  // A path's scale, and a batch norm's weight: mostly below 1, so that sums of residual branches don't grow without end.
  if (/\.v\.\d+$/.test(key) || shape.length === 1) return [0.25, 1.25];
  const depthwise = shape.length === 4 && shape[1] === 1;
  const bound = Math.sqrt((depthwise ? 12 : 6) / count(shape.slice(1)));
  return [-bound, bound];
}

function fill(key: string, shape: readonly number[], [low, high]: readonly [number, number]): Float32Array {
  const hash = fnv1a(key);
  const values = new Float32Array(count(shape));
  for (let at = 0; at < values.length; at++) {
    const u = (mix((hash + Math.imul(at, 0x9e3779b9)) >>> 0) >>> 8) / 2 ** 24;
    values[at] = low + (high - low) * u;
  }
  return values;
}

/** The parameters of a network whose keys and shapes are given. */
export function sampleParameters(shapes: ParameterShapes): Map<string, SampleParameter> {
  return new Map(Array.from(shapes, ([key, shape]) => [key, { shape, values: fill(key, shape, range(key, shape, shapes)) }]));
}

/** Images, NHWC, with values in [−2, 2). */
export function sampleImages(images: number, height: number, width: number): DenseArray {
  const shape = [images, height, width, 3];
  return denseArray(shape, fill('images', shape, [-2, 2]));
}
