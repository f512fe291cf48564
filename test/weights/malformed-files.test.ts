/** Whatever is wrong with a file, opening it throws a WhtError that names the file, the key and the reason. */
import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, ftruncateSync, mkdirSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSafetensors } from '../../lib/weights/safetensors';
import { float32Entry, headerLength, rawSafetensors } from './raw-safetensors';
import { temporaryFile, temporaryFolder } from './temporary-folder';

const folder = temporaryFolder();

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/** Expects that a file is refused, mapped or not, with the whole of this message, and that nothing stays open. */
function expectRefusal(path: string, message: string): void {
  for (const mapped of [true, false]) {
    const before = openDescriptors();
    expect(() => openSafetensors(path, { mapped })).toThrow(
      expect.objectContaining({ name: 'WhtError', code: 'ERR_WHT_WEIGHTS', message: message.replace(/FILE/g, path) }),
    );
    expect(openDescriptors()).toBe(before);
  }
}

function expectContentRefusal(content: Uint8Array, message: string): void {
  expectRefusal(temporaryFile(folder, content), message);
}

/** A header of which one tensor, `a` of 2 floats, is given as text. */
function expectEntryRefusal(entry: string, message: string, data = 8): void {
  expectContentRefusal(rawSafetensors(`{"a":${entry}}`, data), message);
}

describe('a path that leads to no file', () => {
  test('is refused', () => {
    const missing = join(folder, 'missing.safetensors');
    expectRefusal(missing, `Expected FILE to be a file that can be read, got ENOENT: no such file or directory, open '${missing}'`);
    const directory = join(folder, 'directory');
    mkdirSync(directory);
    expectRefusal(directory, 'Expected FILE to be a file, got a directory');
    expectRefusal('/dev/null', 'Expected FILE to be a file, got none');
    const nul = 'a\0b';
    expect(() => openSafetensors(nul)).toThrow(expect.objectContaining({ code: 'ERR_WHT_WEIGHTS' }));
    expect(() => openSafetensors(3 as unknown as string)).toThrow(
      expect.objectContaining({ code: 'ERR_WHT_OPTION', message: 'Expected the file of weights to be a path, got 3' }),
    );
  });

  test('nor is a pipe waited for', () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expectRefusal(pipe, 'Expected FILE to be a file, got none');
  });

  test.skipIf(process.getuid?.() === 0)('nor one that may not be read', () => {
    const path = temporaryFile(folder, rawSafetensors({}));
    chmodSync(path, 0);
    expectRefusal(path, `Expected FILE to be a file that can be read, got EACCES: permission denied, open '${path}'`);
  });
});

describe('the length of the header', () => {
  test('must be there', () => {
    expectContentRefusal(new Uint8Array(), 'Expected FILE to be a safetensors file, got 0 bytes');
    expectContentRefusal(new Uint8Array(7), 'Expected FILE to be a safetensors file, got 7 bytes');
  });

  test('must lie within the file', () => {
    const content = rawSafetensors({ a: float32Entry([2], 0, 8) }, 8);
    expectContentRefusal(content.subarray(0, 20), 'Expected a header that ends within the 20 bytes, got one of 54 bytes in FILE');
    expectContentRefusal(headerLength(1), 'Expected a header that ends within the 8 bytes, got one of 1 bytes in FILE');
  });

  test('may not be above 100 MB, however large the file is', () => {
    const message = (got: string) => `Expected a header of at most 100000000 bytes, got ${got} in FILE`;
    for (const length of [10_000_000_000n, 100_000_001n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]) {
      expectContentRefusal(headerLength(length), message(`${length}`));
    }
    const path = join(folder, 'sparse');
    writeFileSync(path, headerLength(10_000_000_000n));
    const descriptor = openSync(path, 'r+');
    ftruncateSync(descriptor, 12_000_000_000);
    closeSync(descriptor);
    expectRefusal(path, message('10000000000'));
    expectContentRefusal(headerLength(100_000_000n), 'Expected a header that ends within the 8 bytes, got one of 100000000 bytes in FILE');
  });
});

describe('the header', () => {
  test('is UTF-8', () => {
    const header = Buffer.from('{"é":{}}', 'latin1');
    expectContentRefusal(rawSafetensors(header), 'Expected the header to be UTF-8, got bytes that are not in FILE');
    // A surrogate, and a character spelt longer than it need be.
    expectContentRefusal(
      rawSafetensors(Uint8Array.of(0x7b, 0x22, 0xed, 0xa0, 0x80)),
      'Expected the header to be UTF-8, got bytes that are not in FILE',
    );
    expectContentRefusal(
      rawSafetensors(Uint8Array.of(0x7b, 0xc0, 0xa2)),
      'Expected the header to be UTF-8, got bytes that are not in FILE',
    );
  });

  test.each([
    ['', 'the header to begin with {', 'the end of the header'],
    ['[]', 'the header to begin with {', '"[]" at character 0'],
    ['null', 'the header to begin with {', '"null" at character 0'],
    ['"text"', 'the header to begin with {', '"\\"text\\"" at character 0'],
    [' {}', 'the header to begin with {', '" {}" at character 0'],
    ['\ufeff{}', 'the header to begin with {', '"\\ufeff{}" at character 0'],
    ['{', 'a key in the header', 'the end of the header'],
    ['{}{}', 'nothing but spaces after the header', '"{}" at character 2'],
    ['{}\0\0', 'nothing but spaces after the header', '"\\u0000\\u0000" at character 2'],
    ['{a:1}', 'a key in the header', '"a:1}" at character 1'],
    ["{'a':1}", 'a key in the header', `"'a':1}" at character 1`],
    ['{"a', 'a key in the header', 'no JSON string: "\\"a" at character 1'],
    ['{"a\\', 'a key in the header', 'no JSON string: "\\"a\\\\" at character 1'],
    ['{"a\\"', 'a key in the header', 'no JSON string: "\\"a\\\\\\"" at character 1'],
    ['{"\\x41":{}}', 'a key in the header', 'no JSON string: "\\"\\\\x41\\":{}}" at character 1'],
    ['{"\n":{}}', 'a key in the header', 'no JSON string: "\\"\\n\\":{}}" at character 1'],
    ['{"a"}', 'a colon after a', '"}" at character 4'],
    ['{"__metadata__":{},}', 'a key in the header', '"}" at character 19'],
    ['{"__metadata__":{} "a":{}}', 'a comma or } in the header', '"\\"a\\":{}}" at character 19'],
  ])('%j is no header', (header, what, got) => {
    expectContentRefusal(rawSafetensors(header), `Expected ${what}, got ${got} in FILE`);
  });

  test('names every key once, however it is escaped', () => {
    const entry = JSON.stringify(float32Entry([1], 0, 4));
    for (const spelling of ['a.b', '\\u0061.b', 'a\\u002Eb', '\\u0061\\u002e\\u0062']) {
      expectContentRefusal(
        rawSafetensors(`{"a.b":${entry},"${spelling}":${entry}}`, 4),
        'Expected every key in the header to come once, got a.b again in FILE',
      );
    }
    const proto = `"__proto__":${entry}`;
    expectContentRefusal(
      rawSafetensors(`{${proto},${proto}}`, 4),
      'Expected every key in the header to come once, got __proto__ again in FILE',
    );
    expectContentRefusal(
      rawSafetensors('{"__metadata__":{},"__metadata__":{}}'),
      'Expected every key in the header to come once, got __metadata__ again in FILE',
    );
    expectEntryRefusal('{"dtype":"F32","dtyp\\u0065":"F32"}', 'Expected every key in a to come once, got dtype again in FILE');
    expectContentRefusal(
      rawSafetensors('{"__metadata__":{"a":"1","\\u0061":"2"}}'),
      'Expected every key in __metadata__ to come once, got a again in FILE',
    );
  });

  test('may be nested as deeply as anyone likes, and is refused', () => {
    const depth = 5_000_000;
    expectContentRefusal(
      rawSafetensors('['.repeat(depth)),
      'Expected the header to begin with {, got "[[[[[[[[[[[[" at character 0 in FILE',
    );
    expectContentRefusal(
      rawSafetensors('{"a":'.repeat(depth)),
      'Expected a to hold dtype, shape, data_offsets and nothing else, got a in FILE',
    );
    expectContentRefusal(
      rawSafetensors(`{"a":{"shape":${'['.repeat(depth)}`),
      'Expected shape of a to hold whole numbers, got "[[[[[[[[[[[[" at character 15 in FILE',
    );
    expectContentRefusal(
      rawSafetensors(`{"a":${'['.repeat(depth)}`),
      'Expected a to be an object, got "[[[[[[[[[[[[" at character 5 in FILE',
    );
    expectContentRefusal(
      rawSafetensors(`{"__metadata__":{"a":${'{"a":'.repeat(depth)}`),
      'Expected a of __metadata__ to be a string, got "{\\"a\\":{\\"a\\":{\\"" at character 21 in FILE',
    );
  });

  test('may be long without end', () => {
    const length = 8_000_000;
    expectContentRefusal(
      rawSafetensors(`{"${'a'.repeat(length)}`),
      'Expected a key in the header, got no JSON string: "\\"aaaaaaaaaaa" at character 1 in FILE',
    );
    expectContentRefusal(
      rawSafetensors(`{"${'\\\\'.repeat(length)}`),
      'Expected a key in the header, got no JSON string: "\\"\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\" at character 1 in FILE',
    );
    expectEntryRefusal(
      `{"shape":[${'9'.repeat(length)}]}`,
      'Expected shape of a to hold numbers below 2^53, got "999999999999" at character 15 in FILE',
    );
    expectContentRefusal(rawSafetensors(`{${' '.repeat(length)}`), 'Expected a key in the header, got the end of the header in FILE');
    expectContentRefusal(rawSafetensors(`{"${'a'.repeat(length)}":{}}`), `Expected "${'a'.repeat(100)}…" to have dtype, got none in FILE`);
  });

  test('has its odd characters escaped in messages', () => {
    expectContentRefusal(
      rawSafetensors('{"\\u001b[31mé\\u202e\\n":{}}'),
      'Expected "\\u001b[31m\\u00e9\\u202e\\n" to have dtype, got none in FILE',
    );
  });
});

describe('__metadata__', () => {
  test.each([
    ['null', '__metadata__ to be an object', '"null}" at character 16'],
    ['[]', '__metadata__ to be an object', '"[]}" at character 16'],
    ['"a"', '__metadata__ to be an object', '"\\"a\\"}" at character 16'],
    ['{"a":1}', 'a of __metadata__ to be a string', '"1}}" at character 21'],
    ['{"a":null}', 'a of __metadata__ to be a string', '"null}}" at character 21'],
    ['{"a":["b"]}', 'a of __metadata__ to be a string', '"[\\"b\\"]}}" at character 21'],
    ['{"__proto__":{}}', '__proto__ of __metadata__ to be a string', '"{}}}" at character 29'],
  ])('may not be %s', (metadata, what, got) => {
    expectContentRefusal(rawSafetensors(`{"__metadata__":${metadata}}`), `Expected ${what}, got ${got} in FILE`);
  });
});

describe('a tensor', () => {
  test.each([
    ['null', 'a to be an object', '"null}" at character 5'],
    ['3', 'a to be an object', '"3}" at character 5'],
    ['[]', 'a to be an object', '"[]}" at character 5'],
    ['{}', 'a to have dtype', 'none'],
    ['{"shape":[2],"data_offsets":[0,8]}', 'a to have dtype', 'none'],
    ['{"dtype":"F32","data_offsets":[0,8]}', 'a to have shape', 'none'],
    ['{"dtype":"F32","shape":[2]}', 'a to have data_offsets', 'none'],
    [
      '{"dtype":"F32","shape":[2],"data_offsets":[0,8],"__proto__":{}}',
      'a to hold dtype, shape, data_offsets and nothing else',
      '__proto__',
    ],
    ['{"dtype":0}', 'dtype of a to be a string', '"0}}" at character 14'],
    ['{"dtype":["F32"]}', 'dtype of a to be a string', '"[\\"F32\\"]}}" at character 14'],
    ['{"shape":2}', 'shape of a to be an array', '"2}}" at character 14'],
    ['{"shape":"2"}', 'shape of a to be an array', '"\\"2\\"}}" at character 14'],
    ['{"shape":{"length":1}}', 'shape of a to be an array', '"{\\"length\\":1}" at character 14'],
    ['{"shape":[2,]}', 'shape of a to hold whole numbers', '"]}}" at character 17'],
    ['{"shape":[2', 'a comma or ] in shape of a', '"}" at character 16'],
    ['{"shape":["2"]}', 'shape of a to hold whole numbers', '"\\"2\\"]}}" at character 15'],
    ['{"shape":[null]}', 'shape of a to hold whole numbers', '"null]}}" at character 15'],
    ['{"shape":[-2]}', 'shape of a to hold whole numbers', '"-2]}}" at character 15'],
    ['{"shape":[-0]}', 'shape of a to hold whole numbers', '"-0]}}" at character 15'],
    ['{"shape":[2.0]}', 'shape of a to hold whole numbers', '"2.0]}}" at character 15'],
    ['{"shape":[1.5]}', 'shape of a to hold whole numbers', '"1.5]}}" at character 15'],
    ['{"shape":[2e0]}', 'shape of a to hold whole numbers', '"2e0]}}" at character 15'],
    ['{"shape":[02]}', 'shape of a to hold whole numbers', '"02]}}" at character 15'],
    ['{"shape":[0x2]}', 'shape of a to hold whole numbers', '"0x2]}}" at character 15'],
    ['{"shape":[9007199254740993]}', 'shape of a to hold numbers below 2^53', '"900719925474" at character 15'],
    ['{"data_offsets":[0]}', 'data_offsets of a to hold 2 numbers', '1'],
    ['{"data_offsets":[]}', 'data_offsets of a to hold 2 numbers', '0'],
    ['{"data_offsets":[0,4,8]}', 'data_offsets of a to hold 2 numbers', '3'],
    ['{"data_offsets":[-8,0]}', 'data_offsets of a to hold whole numbers', '"-8,0]}}" at character 22'],
    ['{"data_offsets":[0,8.5]}', 'data_offsets of a to hold whole numbers', '"8.5]}}" at character 24'],
    ['{"data_offsets":[0,18446744073709551616]}', 'data_offsets of a to hold numbers below 2^53', '"184467440737" at character 24'],
    ['{"data_offsets":[0,true]}', 'data_offsets of a to hold whole numbers', '"true]}}" at character 24'],
  ])('may not be %s', (entry, what, got) => {
    expectEntryRefusal(entry, `Expected ${what}, got ${got} in FILE`);
  });

  test.each(['F33', 'f32', 'float32', '', ' F32', '__proto__', 'constructor'])('may not have dtype %j', (dtype) => {
    const known =
      'F4, F6_E2M3, F6_E3M2, BOOL, U8, I8, F8_E5M2, F8_E4M3, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ, I16, U16, F16, BF16, I32, U32, F32, C64, F64, I64, U64';
    const got = /^\w+$/.test(dtype) ? dtype : JSON.stringify(dtype);
    expectContentRefusal(
      rawSafetensors({ a: { dtype, shape: [2], data_offsets: [0, 8] } }, 8),
      `Expected dtype of a to be one of ${known}, got ${got} in FILE`,
    );
  });

  test.each([
    [[3], 0, 8, 'data_offsets of a to span 12 bytes (F32 of 3)', '8'],
    [[], 0, 8, 'data_offsets of a to span 4 bytes (F32 of a scalar)', '8'],
    [[0, 2], 0, 8, 'data_offsets of a to span 0 bytes (F32 of 0x2)', '8'],
    [[2 ** 31, 2 ** 31], 0, 8, 'shape of a to come to whole bytes, fewer than 2^53', 'F32 of 2147483648x2147483648'],
    [[2 ** 32, 2 ** 32, 0], 0, 0, 'shape of a to come to whole bytes, fewer than 2^53', 'F32 of 4294967296x4294967296x0'],
    [[2 ** 52], 0, 8, 'shape of a to come to whole bytes, fewer than 2^53', 'F32 of 4503599627370496'],
    [Array(40).fill(2), 0, 8, 'data_offsets of a to span 4398046511104 bytes (F32 of 2x2x2x2x2x2x2x2x… (40 dimensions))', '8'],
    [[2], 8, 0, 'data_offsets of a to be in order', '[8, 0]'],
    [[2], 0, 16, "data_offsets of a to lie in the file's 8 bytes of data", '[0, 16]'],
    [[2], 2 ** 52, 2 ** 52 + 8, "data_offsets of a to lie in the file's 8 bytes of data", '[4503599627370496, 4503599627370504]'],
    [[1], 0, 4, "the tensors to fill the file's 8 bytes of data", '4'],
    [[1], 4, 8, 'data of a to begin at byte 0, the start of the data', 'byte 4: a gap'],
  ])('of shape %j may not have data_offsets [%d, %d] in 8 bytes', (shape, begin, end, what, got) => {
    expectContentRefusal(rawSafetensors({ a: float32Entry(shape, begin, end) }, 8), `Expected ${what}, got ${got} in FILE`);
  });

  test('of 4 or 6 bits an element ends at a whole byte', () => {
    expectContentRefusal(
      rawSafetensors({ a: { dtype: 'F4', shape: [3], data_offsets: [0, 1] } }, 1),
      'Expected shape of a to come to whole bytes, fewer than 2^53, got F4 of 3 in FILE',
    );
  });
});

describe('tensors together', () => {
  test('may not overlap, nor leave a gap, nor a rest', () => {
    const a = float32Entry([2], 0, 8);
    expectContentRefusal(
      rawSafetensors({ b: float32Entry([2], 4, 12), a }, 12),
      'Expected data of b to begin at byte 8, the end of a, got byte 4: an overlap in FILE',
    );
    expectContentRefusal(
      rawSafetensors({ a, b: float32Entry([2], 0, 8) }, 8),
      'Expected data of b to begin at byte 8, the end of a, got byte 0: an overlap in FILE',
    );
    expectContentRefusal(
      rawSafetensors({ a, b: float32Entry([0], 4, 4) }, 8),
      'Expected data of b to begin at byte 8, the end of a, got byte 4: an overlap in FILE',
    );
    expectContentRefusal(
      rawSafetensors({ a, b: float32Entry([1], 12, 16) }, 16),
      'Expected data of b to begin at byte 8, the end of a, got byte 12: a gap in FILE',
    );
    expectContentRefusal(rawSafetensors({ a }, 9), "Expected the tensors to fill the file's 9 bytes of data, got 8 in FILE");
    expectContentRefusal(rawSafetensors({}, 1), "Expected the tensors to fill the file's 1 bytes of data, got 0 in FILE");
    expectContentRefusal(rawSafetensors({ a }, 7), "Expected data_offsets of a to lie in the file's 7 bytes of data, got [0, 8] in FILE");
  });
});
