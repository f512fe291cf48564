/** A file fits a network in every tensor, or one error says in what it does not. */
import { expect, test } from 'vitest';
import { type ExpectedTensor, matchTensors } from '../../lib/weights/match-tensors';
import { openSafetensors } from '../../lib/weights/safetensors';
import { rawSafetensors } from './raw-safetensors';
import { temporaryFile, temporaryFolder } from './temporary-folder';

const folder = temporaryFolder();

type Stored = Record<string, readonly number[] | { dtype: string; bytes: number; shape: readonly number[] }>;

function fileOf(stored: Stored): string {
  let end = 0;
  const header: Record<string, object> = {};
  for (const [key, entry] of Object.entries(stored)) {
    const { dtype, bytes, shape } = 'dtype' in entry ? entry : { dtype: 'F32', bytes: 4, shape: entry };
    const begin = end;
    end += shape.reduce((product, dimension) => product * dimension, bytes);
    header[key] = { dtype, shape, data_offsets: [begin, end] };
  }
  return temporaryFile(folder, rawSafetensors(header, end));
}

function match(stored: Stored, tensors: ExpectedTensor[], ignored?: (key: string) => boolean): Record<string, string> {
  const file = openSafetensors(fileOf(stored));
  try {
    return Object.fromEntries(matchTensors(file, tensors, ignored));
  } finally {
    file.close();
  }
}

function expectMisfit(stored: Stored, tensors: ExpectedTensor[], counts: string, ...lines: string[]): void {
  const path = fileOf(stored);
  const file = openSafetensors(path);
  const message = [`Expected ${path} to hold the network's tensors and no others, got ${counts}`, ...lines].join('\n');
  expect(() => matchTensors(file, tensors)).toThrow(expect.objectContaining({ name: 'WhtError', code: 'ERR_WHT_WEIGHTS', message }));
  file.close();
}

const WEIGHT = { key: 'conv.weight', shape: [16, 16, 3, 3] };
const BIAS = { key: 'conv.bias', shape: [16] };
const batches = { dtype: 'I64', bytes: 8, shape: [] };

test('each tensor is found under its key, in whatever order', () => {
  const stored = { 'conv.bias': [16], 'conv.weight': [16, 16, 3, 3] };
  expect(match(stored, [WEIGHT, BIAS])).toEqual({ 'conv.weight': 'conv.weight', 'conv.bias': 'conv.bias' });
  expect(match({}, [])).toEqual({});
});

test('or under the first of its aliases that is there', () => {
  const tensors = [{ ...WEIGHT, aliases: ['c.w', 'w'] }, BIAS];
  expect(match({ w: WEIGHT.shape, 'conv.bias': [16] }, tensors)).toEqual({ 'conv.weight': 'w', 'conv.bias': 'conv.bias' });
  expectMisfit({ 'c.w': WEIGHT.shape, w: WEIGHT.shape, 'conv.bias': [16] }, tensors, '1 extra', 'Extra: w');
  expectMisfit(
    { 'c.w': [16], 'conv.bias': [16] },
    tensors,
    '1 of another dtype or shape',
    'Expected conv.weight to be F32 of 16x16x3x3, got F32 of 16 under c.w',
  );
});

test('one stored tensor serves one tensor of the network', () => {
  expectMisfit(
    { w: [16] },
    [
      { ...BIAS, aliases: ['w'] },
      { key: 'other', shape: [16], aliases: ['w'] },
    ],
    '1 missing',
    'Missing: other',
  );
});

test('keys that are ignored may be there, whatever they hold', () => {
  const stored = { 'conv.bias': [16], 'bn.num_batches_tracked': batches };
  expect(match(stored, [BIAS], (key) => key.endsWith('.num_batches_tracked'))).toEqual({ 'conv.bias': 'conv.bias' });
  expectMisfit(stored, [BIAS], '1 extra', 'Extra: bn.num_batches_tracked');
});

test('module. before every key is taken off, and before some it is not', () => {
  const ignored = (key: string) => key === 'n';
  expect(match({ 'module.b': [16], 'module.n': batches }, [{ ...BIAS, aliases: ['b'] }], ignored)).toEqual({ 'conv.bias': 'module.b' });
  expectMisfit({ 'module.conv.bias': [16], w: [1] }, [BIAS], '1 missing, 2 extra', 'Missing: conv.bias', 'Extra: module.conv.bias, w');
  expectMisfit({ 'module.conv.bias': [3] }, [BIAS], '1 of another dtype or shape', 'Expected conv.bias to be F32 of 16, got F32 of 3');
});

test('everything that does not fit is in one message, and of many the first by name', () => {
  expectMisfit(
    { 'conv.weight': [16, 16, 1, 1], 'conv.bias': { dtype: 'F16', bytes: 2, shape: [16] }, 'bn\n.weight': [1] },
    [WEIGHT, BIAS, { key: 'fc.bias', shape: [10] }],
    '1 missing, 1 extra, 2 of another dtype or shape',
    'Missing: fc.bias',
    'Extra: "bn\\n.weight"',
    'Expected conv.weight to be F32 of 16x16x3x3, got F32 of 16x16x1x1',
    'Expected conv.bias to be F32 of 16, got F16 of 16',
  );
  const many = (prefix: string, shape: number[]) => Array.from({ length: 7 }, (_, at) => ({ key: `${prefix}${at}`, shape }));
  const stored = Object.fromEntries([...many('extra', [1]), ...many('w', [2])].map(({ key, shape }) => [key, shape]));
  expectMisfit(
    stored,
    [...many('missing', [1]), ...many('w', [])],
    '7 missing, 7 extra, 7 of another dtype or shape',
    'Missing: missing0, missing1, missing2, missing3, missing4, and 2 more',
    'Extra: extra0, extra1, extra2, extra3, extra4, and 2 more',
    ...[0, 1, 2, 3, 4].map((at) => `Expected w${at} to be F32 of a scalar, got F32 of 2`),
    'and 2 more',
  );
});

test('a tensor of the same size and another shape does not fit', () => {
  for (const shape of [
    [16, 1],
    [1, 16],
    [4, 4],
    [16, 1, 1, 1],
  ]) {
    expectMisfit(
      { 'conv.bias': shape },
      [BIAS],
      '1 of another dtype or shape',
      `Expected conv.bias to be F32 of 16, got F32 of ${shape.join('x')}`,
    );
  }
});
