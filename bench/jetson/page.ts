/** A run as one page that needs nothing else: `npm run bench:jetson -- --html FILE`. */
import { drawingScript, libraries, styleSheet } from './page/assets';
import type { ChartData } from './page/chart-data';
import { energyChart, energyPanels } from './page/energy-chart';
import { header, pageTitle } from './page/header';
import { Html, html, jsonScript, script } from './page/html';
import { latencyChart, latencyPanels } from './page/latency-chart';
import { machineSection } from './page/machine';
import { memoryChart, memoryPanels } from './page/memory-chart';
import { projectionSection } from './page/projections';
import { reading } from './page/reading';
import { roofline, rooflinePanels } from './page/roofline';
import { speedChart, speedPanels } from './page/speed-chart';
import { tables } from './page/tables';
import { tiles } from './page/tiles';
import type { JetsonRun } from './schema';

/** Whatever a run's texts hold, the page loads nothing. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** A complete HTML document. Its tables are there without JavaScript; charts are drawn by the browser, to fit its width. */
export function page(run: JetsonRun): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${pageTitle(run.environment)} – wht-layers</title>
<link rel="icon" href="data:,">
<style>${new Html(styleSheet())}</style>
</head>
<body>
${header(run)}
${contents(run)}
<main>
${tiles(run)}
${machineSection(run)}
${speedChart(run)}
${latencyChart(run)}
${memoryChart(run)}
${roofline(run)}
${energyChart(run)}
${projectionSection(run)}
${tables(run)}
${reading()}
</main>
<footer><p>Charts are drawn by Observable Plot and D3 (ISC licence), which this page holds. It loads nothing.</p></footer>
${jsonScript('chart-data', chartData(run))}
${[...libraries(), drawingScript()].map(script)}
</body>
</html>
`.text;
}

const CHAPTERS = {
  headline: 'Headline figures',
  machine: 'Machine',
  speed: 'Speed-up',
  latency: 'Latency',
  memory: 'Memory',
  roofline: 'Roofline',
  energy: 'Energy',
  projections: 'Projections',
  tables: 'All figures',
  reading: 'Notes',
};

function contents({ projections = [] }: JetsonRun): Html {
  const chapters = Object.entries(CHAPTERS).filter(([id]) => id !== 'projections' || projections.length > 0);
  return html`<nav aria-label="On this page"><ul class="contents">${chapters.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>`;
}

function chartData(run: JetsonRun): ChartData {
  return {
    speed: speedPanels(run),
    latency: latencyPanels(run),
    // Notes are in the page already.
    memory: memoryPanels(run).map(({ note: _, ...drawn }) => drawn),
    roofline: rooflinePanels(run),
    energy: energyPanels(run),
  };
}
