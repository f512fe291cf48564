/** The figures that most readers come for. */
import { figure } from '../../figures';
import { energyPair } from '../energy-pair';
import { type ComparisonResult, isMeasured, type JetsonRun, type MeasuredRow, type WorkloadId } from '../schema';
import { type Html, html, type Part } from './html';
import { peakComparison } from './memory-accounts';
import {
  bytesText,
  count,
  deviceTitle,
  intervalText,
  lower,
  PROTOCOL_TITLES,
  paperTimes,
  sideTitle,
  times,
  variant,
  workloadTitle,
} from './words';

/** The paper's own. */
const HEADLINE: WorkloadId = '2d-8x8-vs-conv3x3';

interface Tile {
  title: string;
  value: Part;
  /** What it is to be compared with. */
  beside?: string | undefined;
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

/** Of the paper's own workload, or of the first that was measured where that was not asked for. */
function mostWanted<Row extends { id: WorkloadId }>(rows: readonly Row[], measured: (row: Row) => boolean): Row | undefined {
  const own = rows.filter(({ id }) => id === HEADLINE);
  return own.find(measured) ?? own[0] ?? rows.find(measured) ?? rows[0];
}

function paperTile(run: JetsonRun): Tile {
  const row = mostWanted(
    run.comparisons.filter(({ protocol }) => protocol === 'paper'),
    isMeasured,
  );
  const title = `${workloadTitle(row?.id ?? HEADLINE)}, the paper’s protocol`;
  const beside = row?.paper && `Paper: ${paperTimes(row.paper)}`;
  if (row === undefined || !isMeasured(row)) return { title, value: failedOrMissing(row), beside, text: reason(row) };
  const { speedRatioInterval, baseline, subject } = row;
  const sure = speedRatioInterval ? `Between ${intervalText(speedRatioInterval, times, ' and ')} with 95 % confidence. ` : '';
  return {
    title,
    value: times(row.speedRatio),
    beside,
    text:
      `${sure}${figure(subject.medianMs)} ms an image against ${figure(baseline.medianMs)} ms (${baseline.implementation}). CPU, one thread, copies timed.` +
      firstCallText(row),
  };
}

function firstCallText({ subject, baseline, paper }: MeasuredRow): string {
  if (subject.firstCallMs === undefined || baseline.firstCallMs === undefined) return '';
  const counted = paper === undefined ? '' : ', which the authors’ loop counted';
  const ratio = times(baseline.firstCallMs / subject.firstCallMs);
  return ` The first call of a process${counted}: ${figure(subject.firstCallMs)} ms against ${figure(baseline.firstCallMs)} ms, ${ratio}.`;
}

function memoryTile(run: JetsonRun): Tile {
  const ofPaper = run.memory.filter(({ protocol }) => protocol === 'paper');
  const memory = mostWanted(ofPaper.length > 0 ? ofPaper : run.memory, (each) => peakComparison(each) !== undefined);
  const title = `${workloadTitle(memory?.id ?? HEADLINE)}, memory of the process`;
  const reduction = memory?.paper?.memoryReduction;
  const beside = reduction === undefined ? undefined : `Paper: ${lower(reduction, 2).join(' ')}`;
  const peaks = memory && peakComparison(memory);
  if (memory === undefined || peaks === undefined) {
    const why = memory && [memory.subject, ...memory.baselines].flatMap((side) => ('error' in side ? [side.error] : []))[0];
    return { title, value: why === undefined ? 'not measured' : 'failed', beside, text: why ?? 'Memory was not measured in this run.' };
  }
  const { subject, baseline } = peaks;
  const [size, direction] = lower(-peaks.change);
  const inferred =
    reduction === undefined
      ? ''
      : ' That the paper’s figure is of this account is inferred: the convolution’s kernel of 37.75 MB is 19.51 % of 193 MB, about the resident set of one process with its libraries.';
  return {
    title,
    value: html`${size} <span class="unit">${direction}</span>`,
    beside,
    text:
      `Peak ${bytesText(subject.peakBytes)} against ${bytesText(baseline.peakBytes)} (${sideTitle(baseline)}). ` +
      `${PROTOCOL_TITLES[memory.protocol]}, ${deviceTitle(memory.device, run)}.${inferred}`,
  };
}

function throughputTile(run: JetsonRun): Tile {
  const rows = run.comparisons.filter(({ protocol, dtype }) => protocol === 'throughput' && dtype === 'float32');
  const gpu = rows.filter(({ device }) => device === 'cuda');
  const tried = [...(gpu.length > 0 ? gpu : rows)].sort((a, b) => imagesPerSecond(b) - imagesPerSecond(a));
  // Of each workload the fastest, workloads in the order of the run.
  const ordered = rows.flatMap(({ id }) => tried.find((row) => row.id === id) ?? []);
  const row = mostWanted(ordered, isMeasured);
  const title = `${workloadTitle(row?.id ?? HEADLINE)} on the ${gpu.length > 0 ? 'GPU' : 'CPU'}, the whole batch in one call`;
  if (row === undefined || !isMeasured(row)) return { title, value: failedOrMissing(row), text: reason(row) };
  return {
    title,
    value: html`${count(row.subject.imagesPerSecond)} <span class="unit">images/s</span>`,
    beside: `${times(row.speedRatio)} the baseline’s`,
    text: throughputText(row, run),
  };
}

/** 0 where it failed. */
function imagesPerSecond(row: ComparisonResult): number {
  return isMeasured(row) ? row.subject.imagesPerSecond : 0;
}

function throughputText(row: MeasuredRow, run: JetsonRun): string {
  const absent = row.device === 'cpu' && run.unavailable.some(({ device }) => device === 'cuda') ? ' GPU not measured.' : '';
  const { baseline, subject } = row;
  return `${figure(subject.medianMs)} ms a batch against ${figure(baseline.medianMs)} ms (${baseline.implementation}). ${row.dtype} ${row.layout}.${absent}`;
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
      title: `${workloadTitle(row.id)}, energy of an image`,
      value: html`${times(baseline.energy.perImageMj / subject.energy.perImageMj)} <span class="unit">less</span>`,
      beside: `${figure(subject.energy.perImageMj)} mJ against ${figure(baseline.energy.perImageMj)} mJ`,
      text: `Against ${baseline.implementation}. Of the whole board (${subject.energy.rail}). ${PROTOCOL_TITLES[row.protocol]}, ${variant(row, run)}.`,
    },
  ];
}

function failedOrMissing(row: ComparisonResult | undefined): string {
  return row === undefined ? 'not measured' : 'failed';
}

function reason(row: ComparisonResult | undefined): string {
  return row !== undefined && 'error' in row ? row.error : 'This run had no such row.';
}
