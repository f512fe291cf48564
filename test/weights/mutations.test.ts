/** However a sound file is damaged, opening and reading it gives sound tensors or a WhtError. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { WhtError } from '../../lib/errors';
import { openSafetensors } from '../../lib/weights/safetensors';
import { bytesOf, float32Entry, rawSafetensors } from './raw-safetensors';
import { temporaryFolder } from './temporary-folder';

const folder = temporaryFolder();
const path = join(folder, 'mutant');

const HEADER = JSON.stringify({
  __metadata__: { format: 'pt' },
  'conv1.weight': float32Entry([2, 1, 1, 2], 0, 16),
  'bn1.num_batches_tracked': { dtype: 'I64', shape: [], data_offsets: [16, 24] },
  'fc.bias': float32Entry([3], 24, 36),
});
const DATA = bytesOf(1, 2, 3, 4, 0, 0, 5, 6, 7);
const SOUND = rawSafetensors(HEADER, DATA);

function write(content: Uint8Array): void {
  // A new file each time: ext4 waits for the disk when a file that was emptied is closed.
  rmSync(path, { force: true });
  writeFileSync(path, content);
}

/** Reads all that can be read: by key the values, or the error. */
function load(mapped: boolean): Map<string, number[]> | WhtError {
  try {
    const file = openSafetensors(path, { mapped });
    try {
      const floats = [...file.tensors].filter(([, { dtype }]) => dtype === 'F32');
      return new Map(floats.map(([key]) => [key, [...file.read(key)]]));
    } finally {
      file.close();
    }
  } catch (error) {
    if (!(error instanceof WhtError)) throw error;
    expect(error.code).toBe('ERR_WHT_WEIGHTS');
    expect(error.message).toMatch(/^Expected .+, got .+/);
    expect(error.message).toContain(path);
    expect(error.message.length).toBeLessThan(1000);
    return error;
  }
}

/** The float32 tensors of a sound file, by JSON.parse. */
function loadPlainly(content: Buffer): Map<string, number[]> {
  const dataBegin = 8 + Number(content.readBigUInt64LE());
  const header: Record<string, { dtype: string; data_offsets: [number, number] }> = JSON.parse(content.toString('utf8', 8, dataBegin));
  const floats = Object.entries(header).filter(([key, { dtype }]) => key !== '__metadata__' && dtype === 'F32');
  return new Map(
    floats.map(
      ([
        key,
        {
          data_offsets: [begin, end],
        },
      ]) => {
        return [key, [...new Float32Array(Uint8Array.from(content.subarray(dataBegin + begin, dataBegin + end)).buffer)]];
      },
    ),
  );
}

/** Mapped and read come to the same: an error, or what stands in the file. Gives whether it loaded. */
function expectSound(content: Buffer): boolean {
  write(content);
  const loaded = load(true);
  const read = load(false);
  expect(read).toEqual(loaded);
  if (!(loaded instanceof WhtError)) expect(loaded).toEqual(loadPlainly(content));
  return !(loaded instanceof WhtError);
}

const runs = { numRuns: 1000 };
const at = fc.nat({ max: SOUND.length - 1 });

test('no damage', () => {
  expect(expectSound(SOUND)).toBe(true);
});

test('bytes that have changed', () => {
  const changes = fc.array(fc.tuple(at, fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(changes, (list) => {
      const content = Buffer.from(SOUND);
      for (const [position, byte] of list) content[position] = byte;
      expectSound(content);
    }),
    runs,
  );
});

test('bytes that are missing, doubled or put in', () => {
  fc.assert(
    fc.property(at, at, fc.uint8Array({ maxLength: 12 }), (begin, end, inserted) => {
      const content = Buffer.concat([SOUND.subarray(0, begin), inserted, SOUND.subarray(end)]);
      expectSound(content);
    }),
    runs,
  );
});

test('a file cut off anywhere is refused', () => {
  for (let length = 0; length < SOUND.length; length++) {
    write(SOUND.subarray(0, length));
    expect(load(true)).toBeInstanceOf(WhtError);
  }
});

test('a header of other words in their places', () => {
  const words = HEADER.match(/"(?:[^"\\]|\\.)*"|\d+|[^"\d]/g) ?? [];
  const word = fc.oneof(
    fc.constantFrom(
      ...words,
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '-',
      '1e1',
      '0.5',
      'null',
      'true',
      ' ',
      '"__proto__"',
      '"F64"',
      '"U8"',
      '"conv1\\u002eweight"',
    ),
    fc.json({ maxDepth: 3 }),
    fc.nat({ max: 40 }).map(String),
    fc.bigInt({ min: 0n, max: 2n ** 70n }).map(String),
  );
  const changes = fc.array(fc.tuple(fc.nat({ max: words.length - 1 }), word), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(changes, (list) => {
      const changed = [...words];
      for (const [position, text] of list) changed[position] = text;
      expectSound(rawSafetensors(changed.join(''), DATA));
    }),
    runs,
  );
});

/** JSON.parse is the second opinion: any header that it can't read is refused, and of one that is not refused it reads the same. */
test('a header is read as JSON.parse reads it', () => {
  const key = fc.oneof(fc.fullUnicodeString({ maxLength: 6 }), fc.constantFrom('a', 'b', '__proto__'));
  const shape = fc.array(fc.nat({ max: 3 }), { maxLength: 4 });
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(key, shape), { selector: ([name]) => name }), fc.nat({ max: 3 }), (tensors, indent) => {
      let end = 0;
      const entries = tensors
        .filter(([name]) => name !== '__metadata__')
        .map(([name, dimensions]) => {
          const begin = end;
          end += dimensions.reduce((product, dimension) => product * dimension, 4);
          return `${JSON.stringify(name)}:${JSON.stringify(float32Entry(dimensions, begin, end), null, indent)}`;
        });
      const header = `{${entries}}`;
      write(rawSafetensors(header, end));
      const file = openSafetensors(path);
      const parsed = Object.entries(JSON.parse(header) as Record<string, { shape: number[] }>);
      expect(new Map([...file.tensors].map(([name, tensor]) => [name, tensor.shape]))).toEqual(
        new Map(parsed.map(([name, entry]) => [name, entry.shape])),
      );
      file.close();
    }),
    { numRuns: 500 },
  );
});
