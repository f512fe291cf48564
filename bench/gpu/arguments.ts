import { ArgumentError, filePath, integer, oneOf, parseOptions } from '../command-line';

export const SECTIONS = ['convolution', 'unfused', 'kernels', 'latency'] as const;
export type Section = (typeof SECTIONS)[number];

export interface GpuArguments {
  help: boolean;
  quick: boolean;
  /** Where to write the results. */
  json?: string;
  /** What to measure, in the order of `SECTIONS`. */
  sections: Section[];
  /** Which GPU. */
  index: number;
  /** Input and output of one call; absent means what fits the GPU. */
  bytes?: number;
  /** Block sizes of the kernels to measure; absent means all. */
  points?: number[];
}

export const USAGE = `Usage: npm run bench:gpu -- [options]

Measures the CUDA kernels against a copy, and the 2D layer against cuDNN's fastest 3x3 convolution
and against unfused transforms.

  --json FILE     also write the results to FILE
  --only SECTION  measure this alone; may be repeated: ${SECTIONS.join(', ')}
  --points LIST   kernels of these block sizes, e.g. 64,1024; default: 1 to 4096
  --bytes N       input and output of one call; default: 512 MiB, or a part of the GPU's memory
  --index N       which GPU, from 0
  --quick         fewer samples
  --help          show this
`;

const OPTIONS = {
  json: { type: 'string' },
  only: { type: 'string', multiple: true },
  points: { type: 'string' },
  bytes: { type: 'string' },
  index: { type: 'string' },
  quick: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** @throws ArgumentError that names what was expected and what came */
export function parseGpuArguments(args: readonly string[]): GpuArguments {
  const { json, only, points, bytes, index, quick, help } = parseOptions(args, OPTIONS);
  for (const name of only ?? []) oneOf('only', name, SECTIONS);
  return {
    help: help ?? false,
    quick: quick ?? false,
    sections: SECTIONS.filter((section) => only === undefined || only.includes(section)),
    index: index === undefined ? 0 : integer('index', index, 0, 255),
    ...(json !== undefined && { json: filePath('json', json) }),
    ...(bytes !== undefined && { bytes: integer('bytes', bytes, 1024, 2 ** 33) }),
    ...(points !== undefined && { points: blockSizes(points) }),
  };
}

function blockSizes(list: string): number[] {
  return list.split(',').map((item) => {
    const points = Number(item);
    if (!/^\d+$/.test(item) || points < 1 || points > 4096 || Math.log2(points) % 1 !== 0) {
      throw new ArgumentError(`Expected --points to list powers of two from 1 to 4096, got ${JSON.stringify(list)}`);
    }
    return points;
  });
}
