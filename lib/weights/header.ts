import { type HeaderEntry, type HeaderError, parseHeaderJson } from './header-json';
import { keyInWords, shapeInWords } from './words';

/** The format's limit on a header. */
export const MAX_HEADER_BYTES = 100_000_000;

/** Every dtype of the format, with the bits of one element. */
const DTYPE_BITS: ReadonlyMap<string, number> = new Map([
  ...['F4'].map((name) => [name, 4] as const),
  ...['F6_E2M3', 'F6_E3M2'].map((name) => [name, 6] as const),
  ...['BOOL', 'U8', 'I8', 'F8_E5M2', 'F8_E4M3', 'F8_E8M0', 'F8_E4M3FNUZ', 'F8_E5M2FNUZ'].map((name) => [name, 8] as const),
  ...['I16', 'U16', 'F16', 'BF16'].map((name) => [name, 16] as const),
  ...['I32', 'U32', 'F32'].map((name) => [name, 32] as const),
  ...['C64', 'F64', 'I64', 'U64'].map((name) => [name, 64] as const),
]);

/** A tensor of a file whose header has been checked. */
export interface StoredTensor {
  /** The format's name: F32, F16, I64, … */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly byteLength: number;
  /** Bytes from the start of the data. */
  readonly begin: number;
}

export interface Header {
  tensors: Map<string, StoredTensor>;
  metadata: Map<string, string>;
}

/**
 * Reads and checks a header: each tensor's bytes are what its dtype and shape need, and together the tensors are the data, without overlap, hole or
 * rest.
 *
 * @param dataLength bytes after the header
 */
export function parseHeader(bytes: Uint8Array, dataLength: number, error: HeaderError): Header {
  const { entries, metadata } = parseHeaderJson(decode(bytes, error), error);
  const tensors = new Map<string, StoredTensor>();
  for (const entry of entries) tensors.set(entry.key, checkEntry(entry, dataLength, error));
  checkThatTheyTile(entries, dataLength, error);
  return { tensors, metadata };
}

function decode(bytes: Uint8Array, error: HeaderError): string {
  try {
    // A byte order mark is kept, to be refused: it is no brace.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw error('the header to be UTF-8', 'bytes that are not');
  }
}

function checkEntry({ key, dtype, shape, begin, end }: HeaderEntry, dataLength: number, error: HeaderError): StoredTensor {
  const words = keyInWords(key);
  const bits = DTYPE_BITS.get(dtype);
  if (bits === undefined) throw error(`dtype of ${words} to be one of ${[...DTYPE_BITS.keys()].join(', ')}`, keyInWords(dtype));
  if (end < begin) throw error(`data_offsets of ${words} to be in order`, `[${begin}, ${end}]`);
  if (end > dataLength) throw error(`data_offsets of ${words} to lie in the file's ${dataLength} bytes of data`, `[${begin}, ${end}]`);
  const needed = bytesOf(shape, bits);
  const described = `${dtype} of ${shapeInWords(shape)}`;
  if (needed === undefined) throw error(`shape of ${words} to come to whole bytes, fewer than 2^53`, described);
  if (needed !== end - begin) throw error(`data_offsets of ${words} to span ${needed} bytes (${described})`, String(end - begin));
  return { dtype, shape: Object.freeze(shape), byteLength: needed, begin };
}

/** Undefined for a shape whose size in bits is not exact in a double, or that ends within a byte. */
function bytesOf(shape: readonly number[], bits: number): number | undefined {
  let total = bits;
  for (const dimension of shape) {
    total *= dimension;
    // On the way too, as a zero to come would hide it.
    if (!Number.isSafeInteger(total)) return undefined;
  }
  return total % 8 === 0 ? total / 8 : undefined;
}

function checkThatTheyTile(entries: readonly HeaderEntry[], dataLength: number, error: HeaderError): void {
  const ordered = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let end = 0;
  let before = 'the start of the data';
  for (const entry of ordered) {
    const words = keyInWords(entry.key);
    if (entry.begin !== end) {
      const trouble = entry.begin < end ? 'an overlap' : 'a gap';
      throw error(`data of ${words} to begin at byte ${end}, ${before}`, `byte ${entry.begin}: ${trouble}`);
    }
    end = entry.end;
    before = `the end of ${words}`;
  }
  if (end !== dataLength) throw error(`the tensors to fill the file's ${dataLength} bytes of data`, `${end}`);
}
