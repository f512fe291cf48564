/** The golden cases: inputs and outputs that the NumPy definitions gave, independent of everything here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BlockWht1dOptions, BlockWht2dOptions } from '../reference/block-wht';
import type { Conv2dOptions } from '../reference/conv-2d';
import { type DenseArray, denseArray } from '../reference/dense-array';
import type { TransformOptions } from '../reference/fwht';
import type { SqueezeExciteOptions } from '../reference/squeeze-excite';

/** The layer's options with its parameters among them, as float32: all of these values are exact in it. */
export interface GoldenCase<Options> {
  name: string;
  options: Options;
  input: DenseArray;
  output: DenseArray;
}

/** `Options` with its parameters as layers take them. */
type WithParameters<Options, Names extends keyof Options> = Omit<Options, Names> & Record<Names, Float32Array>;

export type GoldenBlockWht2d = WithParameters<BlockWht2dOptions, 'thresholds' | 'weights'>;
export type GoldenBlockWht1d = WithParameters<BlockWht1dOptions, 'thresholds' | 'weights'>;
export type GoldenConv2d = WithParameters<Omit<Conv2dOptions, 'scale'>, 'kernel' | 'bias'>;
export type GoldenSqueezeExcite = WithParameters<SqueezeExciteOptions, 'reduceKernel' | 'reduceBias' | 'expandKernel' | 'expandBias'>;

interface PackedArray {
  shape: number[];
  data: number[];
}

function read<Options>(file: string, parameters: readonly string[]): GoldenCase<Options>[] {
  const { cases } = JSON.parse(readFileSync(join(__dirname, `${file}.json`), 'utf8')) as { cases: Record<string, unknown>[] };
  return cases.map((golden) => {
    const array = (name: string) => golden[name] as PackedArray;
    return {
      name: golden.name as string,
      options: {
        ...(golden.options as object),
        ...Object.fromEntries(parameters.map((name) => [name, Float32Array.from(array(name).data)])),
      } as Options,
      input: denseArray(array('input').shape, array('input').data),
      output: denseArray(array('output').shape, array('output').data),
    };
  });
}

export const goldenFwht = () => read<TransformOptions>('fwht', []);
export const goldenBlockWht2d = () => read<GoldenBlockWht2d>('block-wht-2d', ['thresholds', 'weights']);
export const goldenBlockWht1d = () => read<GoldenBlockWht1d>('block-wht-1d', ['thresholds', 'weights']);
export const goldenConv2d = () => read<GoldenConv2d>('conv-2d', ['kernel', 'bias']);
export const goldenSqueezeExcite = () =>
  read<GoldenSqueezeExcite>('squeeze-excite', ['reduceKernel', 'reduceBias', 'expandKernel', 'expandBias']);
