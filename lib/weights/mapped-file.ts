import { constants as bufferLimits } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { WhtError } from '../errors';
import { native } from '../native';
import { expected } from '../validate';

/**
 * The bytes of a file, memory-mapped: what is not looked at is never read, and what is needs no memory of its own.
 *
 * Where mapping is impossible (Electron has no external buffers, some file systems no maps, a file may be larger than the runtime's largest buffer) the
 * bytes are read from the file whenever they are asked for.
 *
 * A mapping shows what others do to the file. Each `bytes` therefore checks first that nobody has written to it since it was opened. A file that
 * is cut off between that and the last look at the bytes ends the process with SIGBUS, as it would any program that maps files; replacing a file by
 * renaming another to it, as `writeSafetensors` does, is always safe.
 */
export class MappedFile {
  readonly path: string;
  readonly size: number;
  readonly #opened: Stats;
  #descriptor: number | undefined;
  #mapping: ArrayBuffer | undefined;

  /**
   * @param mapped false: as where mapping is impossible
   * @throws WhtError `ERR_WHT_WEIGHTS` if there is no such file, or it can't be read
   */
  constructor(path: string, mapped = true) {
    this.path = path;
    const descriptor = open(path);
    try {
      this.#opened = fstatSync(descriptor);
      if (!this.#opened.isFile())
        throw expected(`${path} to be a file`, this.#opened.isDirectory() ? 'a directory' : 'none', 'ERR_WHT_WEIGHTS');
      this.size = this.#opened.size;
      if (mapped && this.size > 0 && this.size <= bufferLimits.MAX_LENGTH) this.#mapping = native().mapFile(descriptor, this.size);
      this.#descriptor = descriptor;
    } finally {
      // Left open on success alone.
      if (this.#descriptor === undefined) closeSync(descriptor);
    }
  }

  get mapped(): boolean {
    return this.#mapping !== undefined;
  }

  /**
   * @returns a view of the mapping, which `close` empties; or else a copy
   * @throws WhtError `ERR_WHT_WEIGHTS` if the file has changed since it was opened; `ERR_WHT_DISPOSED` after `close`
   */
  bytes(begin: number, length: number): Uint8Array {
    this.checkUnchanged();
    return this.#mapping === undefined ? this.#readBytes(begin, length) : new Uint8Array(this.#mapping, begin, length);
  }

  /** @throws as `bytes` */
  checkUnchanged(): void {
    const now = fstatSync(this.#open());
    if (now.size !== this.size) throw this.#changed(`${this.size} bytes`, `${now.size}`);
    if (now.mtimeMs !== this.#opened.mtimeMs) throw this.#changed('as it was when it was opened', 'one that has been written to');
  }

  /** What was looked at no longer counts as this process's memory; views show it still, read anew. */
  forget(): void {
    if (this.#mapping !== undefined) native().forgetPages(this.#mapping);
  }

  /** Unmaps the file and closes it. Calling it again does nothing. */
  close(): void {
    if (this.#descriptor === undefined) return;
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
    if (this.#mapping !== undefined) native().unmapFile(this.#mapping);
    this.#mapping = undefined;
  }

  #open(): number {
    if (this.#descriptor === undefined) throw new WhtError('ERR_WHT_DISPOSED', `Expected ${this.path} to be open, got it closed`);
    return this.#descriptor;
  }

  #readBytes(begin: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const count = this.#read(bytes, filled, begin + filled);
      if (count === 0) throw this.#changed(`${this.size} bytes`, `${begin + filled}`);
      filled += count;
    }
    return bytes;
  }

  #read(bytes: Uint8Array, filled: number, position: number): number {
    try {
      // Node refuses more than 2 GiB at a time.
      return readSync(this.#open(), bytes, filled, Math.min(bytes.length - filled, 2 ** 30), position);
    } catch (error) {
      throw unreadable(this.path, error);
    }
  }

  #changed(what: string, got: string): WhtError {
    return expected(`${this.path} to stay ${what} while it is read`, got, 'ERR_WHT_WEIGHTS');
  }
}

function open(path: string): number {
  try {
    // Without O_NONBLOCK, opening a pipe would wait for somebody to write to it.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): WhtError {
  return new WhtError('ERR_WHT_WEIGHTS', `Expected ${path} to be a file that can be read, got ${(error as Error).message}`, {
    cause: error,
  });
}
