import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A folder for a test file's own files, removed after its tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wht-weights-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a file with a new name in `folder`. */
export function temporaryFile(folder: string, content: Uint8Array): string {
  const path = join(folder, `${count++}.safetensors`);
  writeFileSync(path, content);
  return path;
}

let count = 0;
