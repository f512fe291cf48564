#!/usr/bin/env node
/**
 * Puts beside the compiled harness what its page carries: the style sheet, and the libraries that draw the charts with the licences of all that is in
 * them. An installed package has neither the sources nor these libraries' packages. Part of `npm run build:ts`.
 */

const { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } = require('node:fs');
const { basename, dirname, join } = require('node:path');

const ROOT = dirname(__dirname);
const STYLE = join('bench', 'jetson', 'page', 'page.css');
const BUILT = join(ROOT, 'dist', 'bench', 'jetson', 'page');

/** Made for scripts without modules; the packages name these files for that, but do not export them. */
const LIBRARIES = { d3: join('dist', 'd3.min.js'), '@observablehq/plot': join('dist', 'plot.umd.min.js') };

/** Dependencies of d3-dsv's commands, which no page has. */
const ELSEWHERE = ['commander', 'iconv-lite', 'rw'];

/** The folder of a package as seen from another's, where packages lie as npm lays them. */
function folderOf(name, from) {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name);
    try {
      readFileSync(join(found, 'package.json'));
      return found;
    } catch (error) {
      if (folder === dirname(folder)) throw new Error(`Expected ${name} to be installed: run "npm ci" (${error.message})`);
    }
  }
}

/** Of the packages that are in the libraries. */
function licences() {
  const folders = new Map();
  const add = (name, from) => {
    if (folders.has(name) || ELSEWHERE.includes(name)) return;
    const folder = folderOf(name, from);
    folders.set(name, folder);
    for (const dependency of Object.keys(manifest(folder).dependencies ?? {})) add(dependency, folder);
  };
  for (const name of Object.keys(LIBRARIES)) add(name, ROOT);
  const namesOf = new Map();
  for (const [name, folder] of folders) {
    const text = licence(name, folder);
    namesOf.set(text, [...(namesOf.get(text) ?? []), `${name} ${manifest(folder).version}`]);
  }
  return [...namesOf].map(([text, names]) => `${names.join(', ')}:\n\n${text}\n`).join('\n----\n\n');
}

function manifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

function licence(name, folder) {
  const file = readdirSync(folder).find((each) => /^(licen[cs]e|copying)\b/i.test(each));
  if (file === undefined) throw new Error(`Expected ${name} to have a licence file in ${folder}, got none`);
  const text = readFileSync(join(folder, file), 'utf8').trim();
  // It stands in a comment of the page's script.
  if (/\*\/|<\/script/i.test(text)) throw new Error(`Expected the licence of ${name} to fit into a comment, got "*/" or "</script" in it`);
  return text;
}

mkdirSync(join(BUILT, 'libraries'), { recursive: true });
copyFileSync(join(ROOT, STYLE), join(BUILT, 'page.css'));
for (const [name, file] of Object.entries(LIBRARIES)) {
  copyFileSync(join(folderOf(name, ROOT), file), join(BUILT, 'libraries', basename(file)));
}
writeFileSync(join(BUILT, 'libraries', 'licences.txt'), licences());
