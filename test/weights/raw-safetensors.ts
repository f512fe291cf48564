/** A safetensors file byte by byte, whatever the header says: `{ "a": … }` as an object, or any text or bytes. */
export function rawSafetensors(header: object | string | Uint8Array, data: Uint8Array | number = 0): Buffer {
  const json =
    header instanceof Uint8Array ? Buffer.from(header) : Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  return Buffer.concat([headerLength(json.length), json, typeof data === 'number' ? Buffer.alloc(data) : data]);
}

export function headerLength(length: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(length));
  return bytes;
}

/** A header entry for a tensor of float32. */
export function float32Entry(shape: unknown, ...offsets: unknown[]) {
  return { dtype: 'F32', shape, data_offsets: offsets };
}

export function bytesOf(...values: number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}
