import { disposable } from '../disposable';
import type { WhtError } from '../errors';
import { elements, expected, MAX_ELEMENTS, show } from '../validate';
import { MAX_HEADER_BYTES, parseHeader, type StoredTensor } from './header';
import { MappedFile } from './mapped-file';
import { keyInWords } from './words';

const PREFIX_BYTES = 8;

/** An open safetensors file, whose header has been read and found sound. To be closed. */
export class SafetensorsFile {
  /** As it was given to `openSafetensors`. */
  readonly path: string;
  /** By key, in the header's order. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** What the header holds under `__metadata__`. */
  readonly metadata: ReadonlyMap<string, string>;
  readonly #file: MappedFile;
  readonly #dataBegin: number;

  /** Takes over `file`; `openSafetensors` is the way to make one. */
  constructor(file: MappedFile) {
    this.path = file.path;
    this.#file = file;
    const { header, dataBegin } = readHeader(file);
    this.tensors = header.tensors;
    this.metadata = header.metadata;
    this.#dataBegin = dataBegin;
  }

  /**
   * A tensor's values, row-major.
   *
   * @returns a view of the mapped file where the data is aligned, else a copy. Valid until `close()`, which empties it; writing to it changes nothing else, and is undone by `forget`.
   * @throws WhtError `ERR_WHT_WEIGHTS` if there is no such tensor, it is not F32, or the file has changed since it was opened
   */
  read(key: string): Float32Array {
    const tensor = this.tensors.get(key);
    const words = `${keyInWords(key)} in ${this.path}`;
    if (tensor === undefined) throw expected(`${words} to be a tensor`, 'none', 'ERR_WHT_WEIGHTS');
    if (tensor.dtype !== 'F32') throw expected(`${words} to be F32`, tensor.dtype, 'ERR_WHT_WEIGHTS');
    const count = elements(tensor.shape);
    if (count > MAX_ELEMENTS) throw expected(`${words} to have at most ${MAX_ELEMENTS} elements`, `${count}`, 'ERR_WHT_WEIGHTS');
    const bytes = this.#file.bytes(this.#dataBegin + tensor.begin, tensor.byteLength);
    if (bytes.byteOffset % Float32Array.BYTES_PER_ELEMENT === 0) return new Float32Array(bytes.buffer, bytes.byteOffset, count);
    return new Float32Array(bytes.slice().buffer);
  }

  /**
   * To be called when all that was read has been used, and before anything is made of it: a file written to meanwhile may have shown some of the old
   * and some of the new.
   *
   * @throws WhtError `ERR_WHT_WEIGHTS` if the file has changed since it was opened
   */
  checkUnchanged(): void {
    this.#file.checkUnchanged();
  }

  /** To be called when what was read has been used: until then it counts as the process's memory, in the end the whole file beside what was made of it. */
  forget(): void {
    this.#file.forget();
  }

  /** Unmaps and closes the file. Calling it again does nothing. */
  close(): void {
    this.#file.close();
  }
}

disposable(SafetensorsFile.prototype, function close(this: SafetensorsFile) {
  this.close();
});

/**
 * Opens a safetensors file: memory-maps it, and reads and checks the whole header.
 *
 * @param options.mapped false: reads from the file what is asked for, as where it can't be mapped
 * @throws WhtError `ERR_WHT_WEIGHTS` if it can't be read or is not such a file in every detail: with the file, the key and the reason
 */
export function openSafetensors(path: string, { mapped = true }: { mapped?: boolean } = {}): SafetensorsFile {
  if (typeof path !== 'string') throw expected('the file of weights to be a path', show(path));
  const file = new MappedFile(path, mapped);
  try {
    return new SafetensorsFile(file);
  } catch (error) {
    file.close();
    throw error;
  }
}

function readHeader(file: MappedFile) {
  const error = (what: string, got: string): WhtError => expected(what, `${got} in ${file.path}`, 'ERR_WHT_WEIGHTS');
  if (file.size < PREFIX_BYTES) throw expected(`${file.path} to be a safetensors file`, `${file.size} bytes`, 'ERR_WHT_WEIGHTS');
  const prefix = file.bytes(0, PREFIX_BYTES);
  const stated = new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true);
  if (stated > BigInt(MAX_HEADER_BYTES)) throw error(`a header of at most ${MAX_HEADER_BYTES} bytes`, `${stated}`);
  const length = Number(stated);
  const dataBegin = PREFIX_BYTES + length;
  if (dataBegin > file.size) throw error(`a header that ends within the ${file.size} bytes`, `one of ${length} bytes`);
  return { header: parseHeader(file.bytes(PREFIX_BYTES, length), file.size - dataBegin, error), dataBegin };
}
