/** The figures that most readers come for. */
import { figure } from '../../figures';
import { energyPair } from '../energy-pair';
import type { ComparisonResult, JetsonRun, MeasuredRow, WorkloadId } from '../schema';
import { type Html, html, type Part } from './html';
import { peakComparison } from './memory-accounts';
import { bytesText, change, count, intervalText, isMeasured, sideTitle, times, variant } from './words';

/** The paper's own. */
const HEADLINE: WorkloadId = '2d-8x8-vs-conv3x3';

interface Tile {
  title: string;
  value: Part;
  /** What it is to be compared with. */
  beside?: string;
  text: Part;
}

export function tiles(run: JetsonRun): Html {
  return html`
<section aria-labelledby="headline"><h2 id="headline">Headline figures</h2>
${run.environment.emulated ? html`<p class="empty">None: a run with an emulated GPU shows that the benchmark works, not how fast anything is.</p>` : tileList(run)}
</section>`;
}

function tileList(run: JetsonRun): Html {
  const all = [paperTile(run), memoryTile(run), throughputTile(run), ...energyTile(run)];
  return html`<ul class="tiles">${all.map(
    ({ title, value, beside, text }) => html`
<li><h3>${title}</h3><p class="value">${value}</p><p class="beside">${beside}</p><p>${text}</p></li>`,
  )}
</ul>`;
}

function paperTile(run: JetsonRun): Tile {
  const title = '2D layer for a 3×3 convolution, the paper’s protocol';
  const beside = 'Paper: 24×';
  const rows = run.comparisons.filter(({ id, protocol }) => id === HEADLINE && protocol === 'paper');
  const row = rows.find(isMeasured);
  if (row === undefined) return { title, value: failedOrMissing(rows), beside, text: reason(rows) };
  const { speedRatioInterval, baseline, subject } = row;
  const sure = speedRatioInterval ? `Between ${intervalText(speedRatioInterval, times, ' and ')} with 95 % confidence. ` : '';
  return {
    title,
    value: times(row.speedRatio),
    beside,
    text: `${sure}${figure(subject.medianMs)} ms an image against ${figure(baseline.medianMs)} ms (${baseline.implementation}). CPU, one thread, copies timed.`,
  };
}

function memoryTile(run: JetsonRun): Tile {
  const title = 'Memory of the process, the paper’s protocol';
  const beside = 'Paper: −19.51 %';
  const memory = run.memory.find(({ id, protocol }) => id === HEADLINE && protocol === 'paper');
  const peaks = memory && peakComparison(memory, run);
  if (peaks === undefined) {
    const why = memory && 'error' in memory.subject ? memory.subject.error : undefined;
    return { title, value: why === undefined ? 'not measured' : 'failed', beside, text: why ?? 'Memory was not measured in this run.' };
  }
  const { subject, baseline } = peaks;
  return {
    title,
    value: change(peaks.change),
    beside,
    text:
      `Peak ${bytesText(subject.peakBytes)} against ${bytesText(baseline.peakBytes)} (${sideTitle(baseline)}). This is the account that matches the paper’s: the ` +
      'convolution’s kernel of 37.75 MB is 19.51 % of 193 MB, the resident set of one process with its libraries.',
  };
}

function throughputTile(run: JetsonRun): Tile {
  const rows = run.comparisons.filter(({ id, protocol, dtype }) => id === HEADLINE && protocol === 'throughput' && dtype === 'float32');
  const gpu = rows.filter(({ device }) => device === 'cuda');
  const tried = gpu.length > 0 ? gpu : rows.filter(({ device }) => device === 'cpu');
  const title = `2D layer on the ${gpu.length > 0 ? 'GPU' : 'CPU'}, the whole batch in one call`;
  const [row] = tried.filter(isMeasured).sort((a, b) => b.subject.imagesPerSecond - a.subject.imagesPerSecond);
  if (row === undefined) return { title, value: failedOrMissing(tried), text: reason(tried) };
  return {
    title,
    value: html`${count(row.subject.imagesPerSecond)} <span class="unit">images/s</span>`,
    beside: `${times(row.speedRatio)} the baseline’s`,
    text: throughputText(row, run),
  };
}

function throughputText(row: MeasuredRow, run: JetsonRun): string {
  const absent = run.unavailable.find(({ device }) => device === 'cuda');
  const why = row.device === 'cpu' && absent !== undefined ? ` No GPU: ${absent.reason}` : '';
  const { baseline, subject } = row;
  return `${figure(subject.medianMs)} ms a batch against ${figure(baseline.medianMs)} ms (${baseline.implementation}). ${row.dtype} ${row.layout}.${why}`;
}

function energyTile(run: JetsonRun): Tile[] {
  const rows = run.comparisons.filter(isMeasured).filter((row) => energyPair(row));
  const row =
    rows.find(({ id, protocol, device }) => id === HEADLINE && protocol === 'throughput' && device === 'cuda') ??
    rows.find(({ id }) => id === HEADLINE) ??
    rows[0];
  const pair = row && energyPair(row);
  if (row === undefined || pair === undefined) return [];
  const { subject, baseline } = pair;
  return [
    {
      title: `Energy of an image, ${variant(row, run)}`,
      value: html`${times(baseline.energy.perImageMj / subject.energy.perImageMj)} <span class="unit">less</span>`,
      beside: `${figure(subject.energy.perImageMj)} mJ against ${figure(baseline.energy.perImageMj)} mJ`,
      text: `Against ${baseline.implementation}. Of the whole board (${subject.energy.rail}), ${row.protocol === 'paper' ? 'the paper’s protocol' : row.protocol}.`,
    },
  ];
}

function failedOrMissing(rows: readonly ComparisonResult[]): string {
  return rows.length > 0 ? 'failed' : 'not measured';
}

function reason(rows: readonly ComparisonResult[]): string {
  const [failed] = rows.flatMap((row) => ('error' in row ? [row.error] : []));
  return failed ?? 'This run had no such row.';
}
