/** A file that was written holds what was given, and a file that could not be written leaves what was there before. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSafetensors } from '../../lib/weights/safetensors';
import { type WritableTensor, writeSafetensors } from '../../lib/weights/write-safetensors';
import { bytesOf, float32Entry, rawSafetensors } from './raw-safetensors';
import { temporaryFolder } from './temporary-folder';

const folder = temporaryFolder();
let count = 0;

/** A folder with nothing in it, so that what is left over shows. */
function emptyFolder(): string {
  const path = join(folder, `${count++}`);
  mkdirSync(path);
  return path;
}

function tensor(key: string, shape: readonly number[], ...values: number[]): WritableTensor {
  return { key, shape, values: () => Float32Array.from(values) };
}

const refusal = (message: string, code = 'ERR_WHT_WEIGHTS') => expect.objectContaining({ name: 'WhtError', code, message });

describe('a file that was written', () => {
  test('is byte for byte what the format says, the data at a multiple of 8', async () => {
    for (const key of ['a', 'ab', 'abc', 'abcd', 'é', '"\n', 'abcdefg', 'abcdefgh']) {
      const path = join(emptyFolder(), 'net.safetensors');
      await writeSafetensors(path, [tensor(key, [1, 2], 1.5, -0), tensor('10', [], 3), tensor('9', [0, 4])], { format: 'pt' });
      const entries = [
        [key, float32Entry([1, 2], 0, 8)] as const,
        ['10', float32Entry([], 8, 12)] as const,
        ['9', float32Entry([0, 4], 12, 12)] as const,
      ];
      const header = `{"__metadata__":{"format":"pt"},${entries.map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`)}}`;
      const padded = header + ' '.repeat((8 - (Buffer.byteLength(header) % 8)) % 8);
      expect(readFileSync(path)).toEqual(rawSafetensors(padded, bytesOf(1.5, -0, 3)));
      expect(readdirSync(join(path, '..'))).toEqual(['net.safetensors']);
    }
  });

  test('reads back bit for bit, in the given order, and is the same when it is written again', async () => {
    const first = join(emptyFolder(), 'a');
    const bits = Uint32Array.from({ length: 3000 }, (_, at) => Math.imul(at + 1, 2654435761) >>> 0);
    const values = new Float32Array(bits.buffer);
    const tensors = [
      { key: 'z', shape: [10, 100], values: async () => values.subarray(0, 1000) },
      { key: '__proto__', shape: [2000], values: () => values.subarray(1000) },
      { key: 'a', shape: [], values: () => values.subarray(7, 8) },
    ];
    await writeSafetensors(first, tensors);
    const second = `${first}-again`;
    const file = openSafetensors(first);
    try {
      expect([...file.tensors.keys()]).toEqual(['z', '__proto__', 'a']);
      expect(file.metadata.size).toBe(0);
      expect(file.tensors.get('z')?.shape).toEqual([10, 100]);
      expect(new Uint32Array(file.read('__proto__').slice().buffer)).toEqual(bits.subarray(1000));
      await writeSafetensors(
        second,
        Array.from(file.tensors, ([key, { shape }]) => ({ key, shape, values: () => file.read(key) })),
      );
    } finally {
      file.close();
    }
    expect(readFileSync(second).equals(readFileSync(first))).toBe(true);
  });

  test('may have no tensors', async () => {
    const path = join(emptyFolder(), 'none');
    await writeSafetensors(path, []);
    expect(readFileSync(path)).toEqual(rawSafetensors('{}      '));
  });

  test('asks for the values of one tensor at a time, once each', async () => {
    const asked: string[] = [];
    let waiting = 0;
    const slow = (key: string): WritableTensor => ({
      key,
      shape: [1],
      values: async () => {
        asked.push(key);
        expect(waiting++).toBe(0);
        await new Promise((resolve) => setTimeout(resolve, 1));
        waiting--;
        return Float32Array.of(1);
      },
    });
    await writeSafetensors(join(emptyFolder(), 'net'), [slow('c'), slow('a'), slow('b')].values());
    expect(asked).toEqual(['c', 'a', 'b']);
  });
});

describe('an existing file', () => {
  test('is there as it was until the new one is whole', async () => {
    const path = join(emptyFolder(), 'net');
    writeFileSync(path, 'old');
    const opened = () => readFileSync(path, 'utf8');
    const values = () => {
      expect(opened()).toBe('old');
      return Float32Array.of(1);
    };
    await writeSafetensors(path, [{ key: 'a', shape: [1], values }]);
    expect(opened()).not.toBe('old');
  });

  test('keeps its permissions, and a new one has the usual', async () => {
    const inside = emptyFolder();
    writeFileSync(join(inside, 'usual'), '');
    await writeSafetensors(join(inside, 'new'), []);
    expect(statSync(join(inside, 'new')).mode).toBe(statSync(join(inside, 'usual')).mode);
    for (const mode of [0o600, 0o666]) {
      chmodSync(join(inside, 'usual'), mode);
      await writeSafetensors(join(inside, 'usual'), []);
      expect(statSync(join(inside, 'usual')).mode & 0o777).toBe(mode);
    }
  });

  test('is what a link leads to, and the link stays', async () => {
    const elsewhere = join(emptyFolder(), 'net');
    writeFileSync(elsewhere, 'old');
    const link = join(emptyFolder(), 'link');
    symlinkSync(elsewhere, link);
    await writeSafetensors(link, []);
    expect(readlinkSync(link)).toBe(elsewhere);
    expect(lstatSync(elsewhere).isFile()).toBe(true);
    expect(readFileSync(elsewhere, 'utf8')).not.toBe('old');
  });
});

describe('a failure', () => {
  async function expectFailure(error: unknown, tensors: Iterable<WritableTensor>, metadata?: Record<string, string>): Promise<void> {
    const inside = emptyFolder();
    const path = join(inside, 'net');
    writeFileSync(path, 'old');
    const descriptors = readdirSync('/proc/self/fd').length;
    await expect(writeSafetensors(path, tensors, metadata)).rejects.toThrow(error as Error);
    expect(readdirSync(inside)).toEqual(['net']);
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync('/proc/self/fd').length).toBe(descriptors);
  }

  test('of the values leaves the old file and nothing else', async () => {
    const sound = tensor('a', [1], 1);
    const broken = (values: () => Float32Array | Promise<Float32Array>) => [sound, { key: 'b', shape: [2, 3], values }];
    const thrown = new Error('device lost');
    const fail = () => {
      throw thrown;
    };
    await expectFailure(thrown, broken(fail));
    await expectFailure(
      thrown,
      broken(() => Promise.reject(thrown)),
    );
    await expectFailure(
      refusal('Expected the values of b to hold 6 values (2x3), got 5', 'ERR_WHT_OPTION'),
      broken(() => new Float32Array(5)),
    );
    await expectFailure(
      refusal('Expected the values of b to be a Float32Array, got Float64Array of 6', 'ERR_WHT_OPTION'),
      broken(() => new Float64Array(6) as unknown as Float32Array),
    );
  });

  test('of the header comes before anything is written', async () => {
    const message = (key: string) =>
      refusal(expect.stringMatching(new RegExp(`^Expected every tensor for .* to have a key of its own, got ${key} again$`)));
    await expectFailure(message('a'), [tensor('a', [1], 1), tensor('b', [1], 1), tensor('a', [1], 1)]);
    await expectFailure(message('__metadata__'), [tensor('__metadata__', [1], 1)]);
    await expectFailure(message('__metadata__'), [tensor('__metadata__', [1], 1)], { a: 'b' });
    await expectFailure(refusal('Expected the shape of a to hold non-negative integers, got [1.5]', 'ERR_WHT_SHAPE'), [
      tensor('a', [1.5], 1),
    ]);
    await expectFailure(refusal('Expected a of the metadata to be a string, got 1', 'ERR_WHT_OPTION'), [], { a: 1 } as never);
    await expectFailure(
      refusal(expect.stringMatching(/^Expected the header of .* to have at most 100000000 bytes, got 1000000\d\d$/)),
      [],
      { long: 'x'.repeat(100_000_000) },
    );
    const interrupted = new Error('no more');
    const tensors = function* () {
      yield tensor('a', [1], 1);
      throw interrupted;
    };
    await expectFailure(interrupted, tensors());
  });

  test('of the disk says so', async () => {
    const inside = emptyFolder();
    const nowhere = join(inside, 'missing', 'net');
    await expect(writeSafetensors(nowhere, [])).rejects.toThrow(
      refusal(expect.stringMatching(`^Expected ${nowhere} to be a file that can be written, got ENOENT: no such file or directory, open `)),
    );
    await expect(writeSafetensors(inside, [])).rejects.toThrow(
      refusal(`Expected ${inside} to be a file that can be written, got a directory`),
    );
    await expect(writeSafetensors('/dev/null', [])).rejects.toThrow(
      refusal('Expected /dev/null to be a file that can be written, got something that is no file'),
    );
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
    await expect(writeSafetensors(3 as never, [])).rejects.toThrow(
      refusal('Expected the file of weights to be a path, got 3', 'ERR_WHT_OPTION'),
    );
    expect(readdirSync(inside)).toEqual([]);
    expect(existsSync(nowhere)).toBe(false);
  });
});
