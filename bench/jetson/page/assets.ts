/** What the page carries with it: style, libraries, and the script that draws. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../package-root';

/** In this order: later ones use what earlier ones define. */
const SCRIPTS = ['scales', 'row-layout', 'speed', 'latency', 'memory', 'roofline', 'energy', 'redraw', 'main'];

export function styleSheet(): string {
  return readFileSync(join(packageRoot(), 'bench', 'jetson', 'page', 'page.css'), 'utf8');
}

/** Made for scripts without modules; their packages name these files for that, but do not export them. */
export function libraries(): string[] {
  const d3 = join(dirname(require.resolve('d3')), '..', 'dist', 'd3.min.js');
  const plot = join(dirname(require.resolve('@observablehq/plot')), '..', 'dist', 'plot.umd.min.js');
  return [d3, plot].map((file) => readFileSync(file, 'utf8'));
}

/** One function, so that nothing of it is global. */
export function drawingScript(): string {
  const folder = join(packageRoot(), 'dist', 'bench', 'jetson', 'page', 'browser');
  const code = SCRIPTS.map((name) => readFileSync(join(folder, `${name}.js`), 'utf8').replace(/^"use strict";\n/, ''));
  return `(() => {\n"use strict";\n${code.join('')}})();`;
}
