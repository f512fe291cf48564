import { keyInWords, quoted } from './words';

/** A tensor as the header states it. Nothing is checked but that the numbers are whole and exact. */
export interface HeaderEntry {
  key: string;
  dtype: string;
  shape: number[];
  begin: number;
  end: number;
}

export interface HeaderContent {
  /** In the header's order. */
  entries: HeaderEntry[];
  metadata: Map<string, string>;
}

/** Makes the error for a header that is not what was expected there. */
export type HeaderError = (what: string, got: string) => Error;

const METADATA = '__metadata__';
const WHITESPACE: readonly number[] = [0x20, 0x09, 0x0a, 0x0d];
const ZERO = 0x30;
const NINE = 0x39;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIELDS = ['dtype', 'shape', 'data_offsets'];

/**
 * Reads the JSON of a safetensors header:
 *
 *     { "KEY": { "dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24] }, …, "__metadata__": { "NAME": "TEXT", … } }
 *
 * Not with JSON.parse, which keeps the last of duplicate keys without a word, takes `__proto__` for more than a name, and rounds large numbers. The
 * grammar has no recursion, so that deep nesting is no more than an unexpected bracket.
 */
export function parseHeaderJson(text: string, error: HeaderError): HeaderContent {
  const reader = new JsonReader(text, error);
  const entries: HeaderEntry[] = [];
  let metadata = new Map<string, string>();
  // The format wants the brace first: whitespace may only follow.
  if (!text.startsWith('{')) throw error('the header to begin with {', reader.next());
  reader.object('the header', (key) => {
    if (key === METADATA) metadata = parseMetadata(reader);
    else entries.push(parseEntry(reader, key));
  });
  reader.end();
  return { entries, metadata };
}

function parseMetadata(reader: JsonReader): Map<string, string> {
  const metadata = new Map<string, string>();
  reader.object(METADATA, (name) => metadata.set(name, reader.string(`${keyInWords(name)} of ${METADATA} to be a string`)));
  return metadata;
}

function parseEntry(reader: JsonReader, key: string): HeaderEntry {
  const words = keyInWords(key);
  const missing = new Set(FIELDS);
  const entry: HeaderEntry = { key, dtype: '', shape: [], begin: 0, end: 0 };
  reader.object(words, (field) => {
    missing.delete(field);
    const name = `${field} of ${words}`;
    if (field === 'dtype') {
      entry.dtype = reader.string(`${name} to be a string`);
    } else if (field === 'shape') {
      entry.shape = reader.wholeNumbers(name);
    } else if (field === 'data_offsets') {
      const offsets = reader.wholeNumbers(name);
      if (offsets.length !== 2) throw reader.error(`${name} to hold 2 numbers`, String(offsets.length));
      [entry.begin, entry.end] = offsets as [number, number];
    } else {
      throw reader.error(`${words} to hold ${FIELDS.join(', ')} and nothing else`, keyInWords(field));
    }
  });
  for (const field of missing) throw reader.error(`${words} to have ${field}`, 'none');
  return entry;
}

class JsonReader {
  readonly error: HeaderError;
  // Not #text: compiled for ES2021 that is a WeakMap, several times as slow, and it is read for every character.
  private readonly text: string;
  private at = 0;

  constructor(text: string, error: HeaderError) {
    this.text = text;
    this.error = error;
  }

  /** What comes next, for a message. */
  next(): string {
    const character = this.text[this.at];
    if (character === undefined) return 'the end of the header';
    return `${quoted(this.text.slice(this.at, this.at + 12))} at character ${this.at}`;
  }

  /** An object; `value` reads what a key stands for. Every key may come once, however it is escaped. */
  object(name: string, value: (key: string) => void): void {
    this.take('{', `${name} to be an object`);
    const seen = new Set<string>();
    if (this.skip('}')) return;
    do {
      const key = this.string(`a key in ${name}`);
      if (seen.has(key)) throw this.error(`every key in ${name} to come once`, `${keyInWords(key)} again`);
      seen.add(key);
      this.take(':', `a colon after ${keyInWords(key)}`);
      value(key);
    } while (this.skip(','));
    this.take('}', `a comma or } in ${name}`);
  }

  string(what: string): string {
    this.whitespace();
    if (this.text[this.at] !== '"') throw this.error(what, this.next());
    // Only the token's end is found here; what may stand in it is JSON.parse's to say. No regular expression: its stack has an end, a header may have
    // 100 MB.
    let end = this.at + 1;
    for (let code = this.text.charCodeAt(end); code !== QUOTE && end < this.text.length; code = this.text.charCodeAt(end)) {
      end += code === BACKSLASH ? 2 : 1;
    }
    const token = this.text.slice(this.at, end + 1);
    try {
      const parsed = JSON.parse(token) as string;
      this.at += token.length;
      return parsed;
    } catch {
      throw this.error(what, `no JSON string: ${this.next()}`);
    }
  }

  wholeNumbers(name: string): number[] {
    this.take('[', `${name} to be an array`);
    const numbers: number[] = [];
    if (this.skip(']')) return numbers;
    do numbers.push(this.wholeNumber(name));
    while (this.skip(','));
    this.take(']', `a comma or ] in ${name}`);
    return numbers;
  }

  end(): void {
    this.whitespace();
    if (this.at < this.text.length) throw this.error('nothing but spaces after the header', this.next());
  }

  private wholeNumber(name: string): number {
    this.whitespace();
    let number = 0;
    let end = this.at;
    for (let code = this.text.charCodeAt(end); code >= ZERO && code <= NINE; code = this.text.charCodeAt(++end)) {
      number = number * 10 + (code - ZERO);
    }
    const leadingZero = end > this.at + 1 && this.text.charCodeAt(this.at) === ZERO;
    // A sign, a fraction or an exponent makes another number of it.
    if (end === this.at || leadingZero || /[-+.\w]/.test(this.text.charAt(end)))
      throw this.error(`${name} to hold whole numbers`, this.next());
    if (!Number.isSafeInteger(number)) throw this.error(`${name} to hold numbers below 2^53`, this.next());
    this.at = end;
    return number;
  }

  private whitespace(): void {
    for (let code = this.text.charCodeAt(this.at); WHITESPACE.includes(code); code = this.text.charCodeAt(this.at)) this.at++;
  }

  private skip(character: string): boolean {
    this.whitespace();
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private take(character: string, what: string): void {
    if (!this.skip(character)) throw this.error(what, this.next());
  }
}
