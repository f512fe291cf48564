/** Reads the results of a run. Whatever else a file holds, the message says what. */
import { readFileSync } from 'node:fs';
import { ArgumentError } from '../command-line';
import { command } from '../commands';
import type { JetsonRun } from '../jetson/schema';
import { FormError, isObject } from './checks';
import { runForm } from './run-form';

/** The newest that this version reads. */
const SCHEMA = 1;

/** @throws ArgumentError that names the file, what was expected in it and what is there */
export function readRun(path: string): JetsonRun {
  const value = parsed(path, contents(path));
  const other = otherOrigin(value);
  if (other !== undefined) throw new ArgumentError(`Expected ${path} to hold results of ${command('bench')}, got ${other}`);
  const { schema } = value as { schema: unknown };
  if (typeof schema === 'number' && schema > SCHEMA) {
    throw new ArgumentError(
      `Expected ${path} to have schema ${SCHEMA}, got ${schema}: a newer version of wht-layers wrote it, and that version compares it`,
    );
  }
  if (schema !== SCHEMA) throw new ArgumentError(`Expected ${path} to have schema ${SCHEMA}, got ${JSON.stringify(schema) ?? 'none'}`);
  try {
    return runForm(value, '');
  } catch (error) {
    if (!(error instanceof FormError)) throw error;
    throw new ArgumentError(`${path} is not what ${command('bench')} writes: ${error.message}`);
  }
}

const CAUSES: Record<string, string> = { ENOENT: 'no such file', EISDIR: 'a folder', EACCES: 'a file that may not be read' };

function contents(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new ArgumentError(`Expected ${path} to be a file that can be read, got ${CAUSES[code] ?? message}`);
  }
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ArgumentError(`Expected ${path} to hold JSON, got ${whatIsNoJson(text.trimStart())}`);
  }
}

function whatIsNoJson(text: string): string {
  if (text === '') return 'an empty file';
  if (text.startsWith('{') && breaksOff(text)) return 'a part of it, which breaks off: was its writing stopped?';
  const kind = /^<(!doctype\s+html|html)\b/i.test(text) ? 'a page' : /^\w+(,\w+){3,}\r?\n/.test(text) ? 'CSV' : 'other text';
  return `${kind}: what is compared is the file that ${command('bench')} writes with --json`;
}

/** Whether only the end is missing: closing what is open would make JSON of it, but for a word or a number in its midst. */
function breaksOff(text: string): boolean {
  const open: string[] = [];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*("|$)|[[\]{}]/gs)) {
    if (token.startsWith('"')) {
      if (token.length === 1 || !token.endsWith('"')) return true;
    } else if (token === '{' || token === '[') {
      open.push(token);
    } else if (open.pop() !== (token === '}' ? '{' : '[')) {
      return false;
    }
  }
  return open.length > 0;
}

/** What a file is that is not of bench:jetson; undefined where it is, or might be. */
function otherOrigin(value: unknown): string | undefined {
  if (!isObject(value)) return Array.isArray(value) ? 'a list' : `${JSON.stringify(value)}`;
  const { harness } = value;
  if (harness === 'jetson') return undefined;
  if (harness === 'jetson-comparison') return `a comparison that ${command('compare')} wrote`;
  if (harness === 'networks') return 'those of npm run bench -- --networks';
  if (harness !== undefined) return `those of another harness, ${JSON.stringify(harness)}`;
  const has = (...fields: string[]) => fields.every((field) => field in value);
  if (has('kernels', 'comparisons', 'latency')) return 'those of npm run bench:gpu';
  if (has('environment', 'comparisons')) return 'those of npm run bench';
  if (has('architectures', 'problems')) return 'the report of npm run kernels:report';
  return 'an object without "harness": "jetson"';
}
