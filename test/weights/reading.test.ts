/** What a sound file holds comes out of it, and nothing that happens to the file meanwhile passes for it. */
import { constants } from 'node:buffer';
import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { native } from '../../lib/native';
import { MappedFile } from '../../lib/weights/mapped-file';
import { openSafetensors, type SafetensorsFile } from '../../lib/weights/safetensors';
import { bytesOf, float32Entry, rawSafetensors } from './raw-safetensors';
import { temporaryFile, temporaryFolder } from './temporary-folder';

const folder = temporaryFolder();
const GOLDEN = join(__dirname, 'golden', 'reference.safetensors');

function withFile<T>(path: string, mapped: boolean, use: (file: SafetensorsFile) => T): T {
  const file = openSafetensors(path, { mapped });
  try {
    return use(file);
  } finally {
    file.close();
  }
}

/** As in golden/generate.py. */
function quarters(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, at) => at / 4 - 3);
}

const refusal = (message: string, code = 'ERR_WHT_WEIGHTS') => expect.objectContaining({ name: 'WhtError', code, message });

describe.each([true, false])('with mapping: %s', (mapped) => {
  test('a file of the reference implementation', () => {
    withFile(GOLDEN, mapped, (file) => {
      const odd = 'of "quotes", \\, \n and größe';
      const described = [...file.tensors].map(([key, { dtype, shape, byteLength }]) => [key, dtype, shape, byteLength]);
      expect(described).toHaveLength(8);
      expect(described).toEqual(
        expect.arrayContaining([
          ['conv1.weight', 'F32', [4, 3, 3, 3], 432],
          ['bn1.running_var', 'F32', [4], 16],
          ['bn1.num_batches_tracked', 'I64', [], 8],
          ['scale', 'F32', [], 4],
          ['nothing', 'F32', [0, 5], 0],
          ['half', 'F16', [3], 6],
          ['flags', 'BOOL', [3], 3],
          [odd, 'F32', [2], 8],
        ]),
      );
      expect([...file.metadata].sort()).toEqual([
        ['format', 'pt'],
        ['note', 'große Töne'],
      ]);
      expect(file.read('conv1.weight')).toEqual(quarters(108));
      expect(file.read('bn1.running_var')).toEqual(quarters(4));
      expect(file.read('scale')).toEqual(quarters(1));
      expect(file.read('nothing')).toEqual(quarters(0));
      expect(file.read(odd)).toEqual(quarters(2));
    });
  });

  test('the least of files', () => {
    withFile(temporaryFile(folder, rawSafetensors('{}')), mapped, (file) => expect(file.tensors.size + file.metadata.size).toBe(0));
    withFile(temporaryFile(folder, rawSafetensors('{ \t\r\n}\n  ')), mapped, (file) => expect(file.tensors.size).toBe(0));
  });

  test('keys in any order, whitespace anywhere, and data that is not aligned', () => {
    for (let padding = 0; padding < 8; padding++) {
      const header = `{ "b" : { "data_offsets":\n[ 5 , 13 ], "shape": [2], "dtype": "F32" }, "flag": ${JSON.stringify({ dtype: 'U8', shape: [5], data_offsets: [0, 5] })}}${' '.repeat(padding)}`;
      const content = rawSafetensors(header, Buffer.concat([Buffer.alloc(5, 255), bytesOf(1.5, -2)]));
      withFile(temporaryFile(folder, content), mapped, (file) => {
        expect([...file.tensors.keys()]).toEqual(['b', 'flag']);
        expect(file.read('b')).toEqual(Float32Array.of(1.5, -2));
      });
    }
  });

  test('every bit of the values, NaN payloads and all', () => {
    const bits = Uint32Array.of(0x7fc00001, 0xffa00000, 0x80000000, 1, 0x7f800000);
    const path = temporaryFile(folder, rawSafetensors({ a: float32Entry([5], 0, 20) }, new Uint8Array(bits.buffer)));
    withFile(path, mapped, (file) => {
      const values = file.read('a');
      expect(new Uint32Array(values.slice().buffer)).toEqual(bits);
    });
  });

  test('names that objects have are names like others', () => {
    const data = bytesOf(1, 2, 3);
    const entries = ['__proto__', 'constructor', 'toString'].map(
      (key, at) => `"${key}":${JSON.stringify(float32Entry([1], 4 * at, 4 * at + 4))}`,
    );
    const path = temporaryFile(folder, rawSafetensors(`{${entries},"__metadata__":{"__proto__":"text"}}`, data));
    withFile(path, mapped, (file) => {
      expect(file.read('__proto__')).toEqual(Float32Array.of(1));
      expect(file.read('toString')).toEqual(Float32Array.of(3));
      expect(file.metadata.get('__proto__')).toBe('text');
      expect(({} as { dtype?: string }).dtype).toBeUndefined();
      expect(() => file.read('valueOf')).toThrow(refusal(`Expected valueOf in ${path} to be a tensor, got none`));
    });
  });

  test('dtypes other than F32 are no obstacle until they are read', () => {
    withFile(GOLDEN, mapped, (file) => {
      const key = 'bn1.num_batches_tracked';
      expect(() => file.read(key)).toThrow(refusal(`Expected ${key} in ${GOLDEN} to be F32, got I64`));
    });
    const sixBits = temporaryFile(folder, rawSafetensors({ a: { dtype: 'F6_E2M3', shape: [4], data_offsets: [0, 3] } }, 3));
    withFile(sixBits, mapped, (file) => expect(file.tensors.get('a')?.byteLength).toBe(3));
  });

  test('a tensor larger than a device holds is refused, and its neighbours are not', () => {
    const count = 2 ** 31;
    const path = temporaryFile(
      folder,
      rawSafetensors({ big: float32Entry([count], 0, 4 * count), end: float32Entry([1], 4 * count, 4 * count + 4) }),
    );
    const begin = statSync(path).size;
    const descriptor = openSync(path, 'r+');
    writeSync(descriptor, bytesOf(7), 0, 4, begin + 4 * count);
    closeSync(descriptor);
    withFile(path, mapped, (file) => {
      expect(() => file.read('big')).toThrow(refusal(`Expected big in ${path} to have at most 2147483647 elements, got 2147483648`));
      expect(file.read('end')).toEqual(Float32Array.of(7));
    });
  });

  test('writing to the values changes neither the file nor what others read', () => {
    const path = temporaryFile(folder, rawSafetensors({ a: float32Entry([2], 0, 8) }, bytesOf(1, 2)));
    withFile(path, mapped, (file) => {
      file.read('a').fill(9);
      withFile(path, mapped, (other) => expect(other.read('a')).toEqual(Float32Array.of(1, 2)));
    });
    withFile(path, mapped, (file) => expect(file.read('a')).toEqual(Float32Array.of(1, 2)));
  });

  test('after close nothing can be read, and closing again does nothing', () => {
    const path = temporaryFile(folder, rawSafetensors({ a: float32Entry([2], 0, 8) }, 8));
    const file = openSafetensors(path, { mapped });
    file.close();
    file.close();
    expect(() => file.read('a')).toThrow(refusal(`Expected ${path} to be open, got it closed`, 'ERR_WHT_DISPOSED'));
    expect(() => file.checkUnchanged()).toThrow(refusal(`Expected ${path} to be open, got it closed`, 'ERR_WHT_DISPOSED'));
  });

  test('a file that is cut off after it was opened', () => {
    const count = 100_000;
    const path = temporaryFile(folder, rawSafetensors({ a: float32Entry([count], 0, 4 * count) }, 4 * count));
    withFile(path, mapped, (file) => {
      const { size } = statSync(path);
      truncateSync(path, 4096);
      expect(() => file.read('a')).toThrow(refusal(`Expected ${path} to stay ${size} bytes while it is read, got 4096`));
      expect(() => file.checkUnchanged()).toThrow(refusal(`Expected ${path} to stay ${size} bytes while it is read, got 4096`));
    });
  });

  test('a file that grows or is written to after it was opened', () => {
    const content = rawSafetensors({ a: float32Entry([2], 0, 8) }, 8);
    const grows = temporaryFile(folder, content);
    withFile(grows, mapped, (file) => {
      appendFileSync(grows, 'x');
      expect(() => file.read('a')).toThrow(
        refusal(`Expected ${grows} to stay ${content.length} bytes while it is read, got ${content.length + 1}`),
      );
    });
    const changes = temporaryFile(folder, content);
    utimesSync(changes, 1, 1);
    withFile(changes, mapped, (file) => {
      writeFileSync(changes, content);
      const message = `Expected ${changes} to stay as it was when it was opened while it is read, got one that has been written to`;
      expect(() => file.read('a')).toThrow(refusal(message));
    });
  });

  test('a file that another takes the place of is read to its end', () => {
    const path = temporaryFile(folder, rawSafetensors({ a: float32Entry([2], 0, 8) }, bytesOf(1, 2)));
    const other = temporaryFile(folder, rawSafetensors({ a: float32Entry([2], 0, 8) }, bytesOf(3, 4)));
    withFile(path, mapped, (file) => {
      renameSync(other, path);
      expect(file.read('a')).toEqual(Float32Array.of(1, 2));
      withFile(path, mapped, (now) => expect(now.read('a')).toEqual(Float32Array.of(3, 4)));
    });
  });
});

describe('a mapping', () => {
  test('is there unless it is declined', () => {
    for (const mapped of [true, false]) {
      const file = new MappedFile(GOLDEN, mapped);
      expect(file.mapped).toBe(mapped);
      file.close();
    }
  });

  test('is not there for a file larger than the largest buffer, which is read all the same', () => {
    const path = join(folder, 'huge');
    const descriptor = openSync(path, 'w');
    ftruncateSync(descriptor, 2 ** 33);
    closeSync(descriptor);
    const file = new MappedFile(path);
    expect(file.mapped).toBe(2 ** 33 <= constants.MAX_LENGTH);
    expect(file.bytes(2 ** 33 - 3, 3)).toEqual(new Uint8Array(3));
    file.close();
  });

  test('is not there where the system refuses it', () => {
    const descriptor = openSync(temporaryFile(folder, new Uint8Array(100)), 'w');
    expect(native().mapFile(descriptor, 100)).toBeUndefined();
    closeSync(descriptor);
  });

  test('takes no memory of its own, and goes with close: its views are empty', async () => {
    const count = 16 * 2 ** 20;
    const path = temporaryFile(folder, rawSafetensors({ a: float32Entry([count], 0, 4 * count) }, 0));
    truncateSync(path, statSync(path).size + 4 * count);
    const mappings = () =>
      readFileSync('/proc/self/maps', 'utf8')
        .split('\n')
        .filter((line) => line.endsWith(path)).length;
    const { arrayBuffers } = process.memoryUsage();
    const file = openSafetensors(path);
    const values = file.read('a');
    expect(values).toHaveLength(count);
    expect(file.read('a').buffer).toBe(values.buffer);
    expect(mappings()).toBe(1);
    file.close();
    expect(values).toHaveLength(0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(mappings()).toBe(0);
    expect(process.memoryUsage().arrayBuffers - arrayBuffers).toBeLessThan(2 ** 20);
  });

  test('goes with the garbage too', async () => {
    const path = temporaryFile(folder, readFileSync(GOLDEN));
    const open = () => openSafetensors(path).read('conv1.weight')[0];
    expect(open()).toBe(-3);
    const mapped = () => readFileSync('/proc/self/maps', 'utf8').includes(path);
    for (let turn = 0; mapped() && turn < 100; turn++) {
      (globalThis as { gc?: () => void }).gc?.();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(mapped()).toBe(false);
  });
});
