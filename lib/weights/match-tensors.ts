import { expected, sameShape } from '../validate';
import type { StoredTensor } from './header';
import type { SafetensorsFile } from './safetensors';
import { keyInWords, shapeInWords } from './words';

/** A tensor that a network needs. */
export interface ExpectedTensor {
  /** The network's own name for it. */
  key: string;
  shape: readonly number[];
  /** Other names, under which published checkpoints have it. */
  aliases?: readonly string[];
}

const PARALLEL_PREFIX = 'module.';
/** How many of each kind of trouble a message names. */
const NAMED = 5;

/**
 * Finds each tensor of a network in a file: under its key, or else the first of its aliases that is there. Where all of the file's keys begin with
 * `module.` (PyTorch's DataParallel puts it there) that is not taken for part of them.
 *
 * @param ignored for the file's keys (without `module.`) that may be there and are not needed, whatever their dtype
 * @returns by the network's keys the file's, for `file.read`
 * @throws WhtError `ERR_WHT_WEIGHTS` that lists what is missing, what is there beyond the network, and what has another dtype or shape
 */
export function matchTensors(
  file: SafetensorsFile,
  tensors: Iterable<ExpectedTensor>,
  ignored: (key: string) => boolean = () => false,
): Map<string, string> {
  const prefix = [...file.tensors.keys()].every((key) => key.startsWith(PARALLEL_PREFIX)) ? PARALLEL_PREFIX : '';
  const found = new Map<string, string>();
  const used = new Set<string>();
  const missing: string[] = [];
  const different: string[] = [];
  for (const { key, shape, aliases = [] } of tensors) {
    const stored = [key, ...aliases].map((name) => prefix + name).find((name) => file.tensors.has(name) && !used.has(name));
    const tensor = stored === undefined ? undefined : file.tensors.get(stored);
    if (stored === undefined || tensor === undefined) {
      missing.push(key);
      continue;
    }
    used.add(stored);
    found.set(key, stored);
    if (tensor.dtype !== 'F32' || !sameShape(tensor.shape, shape)) {
      const alias = stored === prefix + key ? '' : ` under ${keyInWords(stored)}`;
      different.push(`${difference(key, shape, tensor)}${alias}`);
    }
  }
  const extra = [...file.tensors.keys()].filter((key) => !used.has(key) && !ignored(key.slice(prefix.length)));
  if (missing.length + different.length + extra.length > 0) throw misfit(file.path, missing, extra, different);
  return found;
}

function difference(key: string, shape: readonly number[], got: StoredTensor): string {
  return `Expected ${key} to be F32 of ${shapeInWords(shape)}, got ${got.dtype} of ${shapeInWords(got.shape)}`;
}

function misfit(path: string, missing: string[], extra: string[], different: string[]) {
  const counts = [
    [missing.length, 'missing'],
    [extra.length, 'extra'],
    [different.length, 'of another dtype or shape'],
  ] as const;
  const got = counts.flatMap(([count, what]) => (count > 0 ? [`${count} ${what}`] : [])).join(', ');
  const lines = [
    ...(missing.length > 0 ? [`Missing: ${first(missing.map(keyInWords), ', ')}`] : []),
    ...(extra.length > 0 ? [`Extra: ${first(extra.map(keyInWords), ', ')}`] : []),
    ...(different.length > 0 ? [first(different, '\n')] : []),
  ];
  return expected(`${path} to hold the network's tensors and no others`, `${got}\n${lines.join('\n')}`, 'ERR_WHT_WEIGHTS');
}

function first(items: readonly string[], separator: string): string {
  const named = items.slice(0, NAMED).join(separator);
  return items.length > NAMED ? `${named}${separator}and ${items.length - NAMED} more` : named;
}
