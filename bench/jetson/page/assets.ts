/** What the page carries with it: style, libraries, and the script that draws. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../package-root';

/** What scripts/page-assets.js and the compiler put there. An installed package has nothing else of the page. */
const BUILT = join(packageRoot(), 'dist', 'bench', 'jetson', 'page');

/** In this order: later ones use what earlier ones define. */
const SCRIPTS = ['scales', 'row-layout', 'speed', 'latency', 'memory', 'roofline', 'energy', 'redraw', 'main'];

export function styleSheet(): string {
  return read('page.css');
}

/** In this order. Whoever passes a page on passes their licences on with it. */
export function libraries(): string[] {
  const licences = `/*\n${read('libraries', 'licences.txt')}*/\n`;
  return [licences + read('libraries', 'd3.min.js'), read('libraries', 'plot.umd.min.js')];
}

/** One function, so that nothing of it is global. */
export function drawingScript(): string {
  const code = SCRIPTS.map((name) => read('browser', `${name}.js`).replace(/^"use strict";\n/, ''));
  return `(() => {\n"use strict";\n${code.join('')}})();`;
}

function read(...path: string[]): string {
  return readFileSync(join(BUILT, ...path), 'utf8');
}
