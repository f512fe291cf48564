import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ResultFiles } from '../../../bench/jetson/result-files';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wht-results-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('writes a file, and replaces what was there', () => {
  const files = new ResultFiles();
  for (const text of ['first', 'second']) files.write(join(folder, 'a.json'), () => text);
  expect(readFileSync(join(folder, 'a.json'), 'utf8')).toBe('second');
  expect([readdirSync(folder), files.complaints]).toEqual([['a.json'], []]);
});

it('writes nothing where no file is wanted', () => {
  new ResultFiles().write(undefined, () => {
    throw new Error('Expected nobody to ask for it');
  });
});

it('keeps what was there where the new text can not be made or written, says so, and goes on', () => {
  const files = new ResultFiles();
  writeFileSync(join(folder, 'a.json'), 'before');
  mkdirSync(join(folder, 'a.json.part'));
  files.write(join(folder, 'a.json'), () => 'after');
  files.write(join(folder, 'b.html'), () => {
    throw new Error('Plot is not installed');
  });
  files.write(join(folder, 'c.csv'), () => 'written');
  expect(readFileSync(join(folder, 'a.json'), 'utf8')).toBe('before');
  expect(readFileSync(join(folder, 'c.csv'), 'utf8')).toBe('written');
  expect(files.complaints).toEqual([
    expect.stringMatching(/a\.json could not be written: /),
    expect.stringContaining('Plot is not installed'),
  ]);
});

it('forgets a complaint once the file could be written', () => {
  const files = new ResultFiles();
  mkdirSync(join(folder, 'a.json.part'));
  files.write(join(folder, 'a.json'), () => 'x');
  rmSync(join(folder, 'a.json.part'), { recursive: true });
  files.write(join(folder, 'a.json'), () => 'x');
  expect(files.complaints).toEqual([]);
});

it('follows a link, and leaves it one', () => {
  writeFileSync(join(folder, 'target.json'), 'before');
  symlinkSync('target.json', join(folder, 'link.json'));
  new ResultFiles().write(join(folder, 'link.json'), () => 'after');
  expect(readFileSync(join(folder, 'target.json'), 'utf8')).toBe('after');
  expect(lstatSync(join(folder, 'link.json')).isSymbolicLink()).toBe(true);
});
