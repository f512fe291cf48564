import { randomBytes } from 'node:crypto';
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { WhtError } from '../errors';
import { shape as checkedShape, elements, expected, float32Array, show } from '../validate';
import { MAX_HEADER_BYTES } from './header';
import { keyInWords, shapeInWords } from './words';

/** A tensor to be written. */
export interface WritableTensor {
  key: string;
  shape: readonly number[];
  /** Row-major. Called when the values' turn has come, once, so that one tensor at a time needs to be in memory. */
  values: () => Float32Array | Promise<Float32Array>;
}

const METADATA = '__metadata__';

/**
 * Writes F32 tensors in the given order.
 *
 * They are written to another file in the same folder, which takes the place of `path` once it is whole and on the disk: at any time there is the old file
 * or the new one. On failure the other file is removed.
 *
 * @throws WhtError `ERR_WHT_WEIGHTS` if the file can't be written, a key comes twice, or there are more than a header may name; `ERR_WHT_OPTION` and
 * `ERR_WHT_SHAPE` for values and shapes that are none; and whatever `values` throws
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<WritableTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  if (typeof path !== 'string') throw expected('the file of weights to be a path', show(path));
  // Once: the header and the data must be of the same tensors.
  const all = Array.from(tensors, ({ key, shape, values }) => ({ key, shape: writableShape(key, shape), values }));
  const header = encodeHeader(path, all, metadata);
  const target = await writing(path, () => findTarget(path));
  const partial = join(dirname(target.path), `wht-${randomBytes(8).toString('hex')}.tmp`);
  const handle = await writing(path, () => open(partial, 'wx', target.mode));
  try {
    try {
      await writing(path, () => handle.writeFile(header));
      for (const tensor of all) await writeValues(path, handle, tensor);
      await writing(path, async () => {
        // What the umask has taken from it.
        if (target.exists) await handle.chmod(target.mode);
        await handle.sync();
      });
    } finally {
      await handle.close();
    }
    await writing(path, () => rename(partial, target.path));
  } catch (error) {
    // Nothing else that goes wrong here may hide what went wrong before.
    await rm(partial, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function writeValues(path: string, handle: FileHandle, { key, shape, values }: WritableTensor): Promise<void> {
  const array = float32Array(`the values of ${keyInWords(key)}`, await values(), elements(shape), shapeInWords(shape));
  await writing(path, () => handle.writeFile(new Uint8Array(array.buffer, array.byteOffset, array.byteLength)));
}

/** A scalar has no dimensions, which no tensor of a device has. */
function writableShape(key: string, shape: readonly number[]): readonly number[] {
  return Array.isArray(shape) && shape.length === 0 ? shape : checkedShape(`the shape of ${keyInWords(key)}`, shape);
}

function encodeHeader(path: string, tensors: readonly WritableTensor[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const entries = new Map<string, unknown>();
  const texts = Object.entries(metadata);
  for (const [name, text] of texts) {
    if (typeof text !== 'string') throw expected(`${keyInWords(name)} of the metadata to be a string`, show(text));
  }
  if (texts.length > 0) entries.set(METADATA, metadata);
  let end = 0;
  for (const { key, shape } of tensors) {
    if (entries.has(key) || key === METADATA) {
      throw expected(`every tensor for ${path} to have a key of its own`, `${keyInWords(key)} again`, 'ERR_WHT_WEIGHTS');
    }
    const begin = end;
    end += elements(shape) * Float32Array.BYTES_PER_ELEMENT;
    entries.set(key, { dtype: 'F32', shape, data_offsets: [begin, end] });
  }
  // Entry by entry: an object with all of them would put keys that are numbers first.
  const json = Buffer.from(`{${Array.from(entries, ([key, entry]) => `${JSON.stringify(key)}:${JSON.stringify(entry)}`).join()}}`);
  const length = Math.ceil(json.length / 8) * 8;
  if (length > MAX_HEADER_BYTES)
    throw expected(`the header of ${path} to have at most ${MAX_HEADER_BYTES} bytes`, `${length}`, 'ERR_WHT_WEIGHTS');
  // Spaces to the next 8 bytes, so that the data is aligned.
  const bytes = Buffer.alloc(8 + length, ' ');
  bytes.writeBigUInt64LE(BigInt(length));
  json.copy(bytes, 8);
  return bytes;
}

/** The file that is to be replaced: what a link leads to, not the link. */
async function findTarget(path: string): Promise<{ path: string; exists: boolean; mode: number }> {
  const resolved = await realpath(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (resolved === undefined) return { path, exists: false, mode: 0o666 };
  const existing = await stat(resolved);
  // Renaming would put a file in the place of a device or a pipe.
  if (!existing.isFile()) throw new Error(existing.isDirectory() ? 'a directory' : 'something that is no file');
  return { path: resolved, exists: true, mode: existing.mode & 0o777 };
}

async function writing<T>(path: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw new WhtError('ERR_WHT_WEIGHTS', `Expected ${path} to be a file that can be written, got ${(error as Error).message}`, {
      cause: error,
    });
  }
}
