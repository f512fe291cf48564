/** What was measured, on what, and what to beware of. */
import { figure } from '../../figures';
import type { Clocks, Snapshot } from '../../probes/schema';
import type { JetsonEnvironment, JetsonRun } from '../schema';
import { type Html, html, type Part } from './html';
import { table } from './table';
import { bytesText, deviceTitle, hertzText, NOT_MEASURED } from './words';

/** From here on, others use so much of the processor that figures suffer. */
const BUSY = 0.7;

export function boardTitle({ board, cpu, gpu }: JetsonEnvironment): string {
  if (!board.jetson) return `Not a Jetson: ${gpu === undefined ? cpu : `${gpu}, ${cpu}`}`;
  return board.model ?? (board.chip === undefined ? 'A Jetson of unknown model' : `A Jetson (${board.chip})`);
}

export function header(run: JetsonRun): Html {
  const { environment, started, seconds } = run;
  const recorded = environment.recorded === undefined ? undefined : html` <small>(recorded)</small>`;
  return html`
<header>
<h1>${boardTitle(environment)}${recorded}</h1>
<p class="lead">Walsh-Hadamard layers against the layers they replace, measured by <code>npm run bench:jetson</code> on ${dateText(started)} in ${durationText(seconds)}.</p>
${warnings(run)}
<dl class="facts">${facts(run)}</dl>
${machineTable(environment)}
</header>`;
}

function warnings({ environment, quick, interrupted }: JetsonRun): (Html | undefined)[] {
  const { recorded, emulated, loadAverage, cpu } = environment;
  const grown = swapGrowth(environment);
  return [
    warning(
      recorded !== undefined,
      'Recorded board',
      `What is said of the board was read from ${recorded}. Every time is of this machine (${cpu}), and says nothing about that board.`,
    ),
    warning(emulated === true, 'Emulated GPU', 'The CUDA backend ran on the CPU: its times say nothing about any GPU.'),
    warning(interrupted === true, 'Interrupted', 'The run was ended early: some rows are missing.'),
    warning(quick, 'Quick run', 'Fewer repetitions, float32 only: rougher figures than a full run’s.'),
    warning(grown > 0, 'Swap grew', `By ${bytesText(grown)} during the run: close other programs and repeat it.`),
    warning(
      loadAverage > BUSY,
      'Busy machine',
      `Others were using the processor when the run began (load average ${loadAverage.toFixed(2)}): repeat it on an idle one.`,
    ),
  ];
}

function warning(holds: boolean, title: string, text: string): Html | undefined {
  return holds ? html`<p class="warning" role="note"><strong>${title}.</strong> ${text}</p>` : undefined;
}

/** In bytes; 0 where it is not known. */
function swapGrowth({ before, after }: JetsonEnvironment): number {
  const [first, last] = [before?.memory.swapUsedBytes, after?.memory.swapUsedBytes];
  return first === undefined || last === undefined ? 0 : Math.max(0, last - first);
}

function facts(run: JetsonRun): (Html | undefined)[] {
  const { environment, unavailable } = run;
  const { board, cpu, simd, threads, gpu, computeCapability, node, versions, loadAverage, memoryTotalBytes, limitations } = environment;
  const capability = computeCapability ?? board.computeCapability;
  return [
    ...(board.jetson ? [fact('JetPack', board.jetpack ?? 'unknown'), fact('L4T', board.l4t ?? 'unknown')] : []),
    fact('Chip', board.chip),
    fact('CPU', [cpu, ...(simd === undefined ? [] : [simd]), `${threads} ${threads === 1 ? 'thread' : 'threads'}`].join(', ')),
    fact('GPU', gpu && (capability === undefined ? gpu : `${gpu}, compute capability ${capability}`)),
    fact('Memory', bytesText(memoryTotalBytes)),
    fact('Power mode', powerModeText(environment)),
    fact('Clocks', clocksText(environment.clocks)),
    fact('Temperatures', temperaturesText(environment)),
    fact('Load average before the run', loadAverage.toFixed(2)),
    fact('Versions', [...Object.entries(versions), ['Node', node]].map((version) => version.join(' ')).join(', ')),
    ...unavailable.map(({ device, reason }) => fact(`${deviceTitle(device, run)} not measured`, reason)),
    fact(
      'Limitations',
      limitations.length === 0 ? undefined : html`<ul>${limitations.map((limitation) => html`<li>${limitation}</li>`)}</ul>`,
    ),
  ];
}

function fact(name: string, value: Part): Html | undefined {
  return value === undefined ? undefined : html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function powerModeText({ powerMode }: JetsonEnvironment): string {
  const { name, id } = powerMode ?? {};
  if (name === undefined) return id === undefined ? 'unknown' : `number ${id}`;
  return id === undefined ? name : `${name} (${id})`;
}

function clocksText({ locked, gpu, emc, cpus }: Clocks): string {
  const parts = [
    locked === undefined ? 'unknown whether locked' : locked ? 'locked' : 'not locked',
    ...(gpu?.maxHz === undefined ? [] : [`GPU up to ${hertzText(gpu.maxHz)}`]),
    ...(cpus.some(({ maxHz }) => maxHz !== undefined) ? [`CPU up to ${hertzText(Math.max(...cpus.map(({ maxHz }) => maxHz ?? 0)))}`] : []),
    ...(emc?.maxHz === undefined ? [] : [`memory up to ${hertzText(emc.maxHz)}`]),
  ];
  return parts.join(', ');
}

function temperaturesText({ before, after }: JetsonEnvironment): string {
  const zones = [...new Set([...(before?.temperatures ?? []), ...(after?.temperatures ?? [])].map(({ zone }) => zone))];
  if (zones.length === 0) return 'unknown';
  return zones.map((zone) => `${zone} ${celsius(before, zone)} → ${celsius(after, zone)} °C`).join(', ');
}

function celsius(snapshot: Snapshot | undefined, zone: string): string {
  return snapshot?.temperatures.find((temperature) => temperature.zone === zone)?.celsius.toFixed(1) ?? NOT_MEASURED;
}

/** Whatever was read before the first row and after the last. */
function machineTable({ before, after }: JetsonEnvironment): Html | undefined {
  if (before === undefined && after === undefined) return undefined;
  const value = <T>(read: (snapshot: Snapshot) => T | undefined, text: (value: T) => string) =>
    [before, after].map((snapshot) => {
      const found = snapshot === undefined ? undefined : read(snapshot);
      return found === undefined ? NOT_MEASURED : text(found);
    });
  const rails = [...new Set([before, after].flatMap((snapshot) => snapshot?.rails.map(({ name }) => name) ?? []))];
  const rows: string[][] = [
    ['GPU clock', ...value(({ clocks }) => clocks.gpu?.currentHz, hertzText)],
    ['CPU clocks', ...value(({ clocks }) => clocks.cpus.flatMap(({ currentHz }) => currentHz ?? []), coresText)],
    [
      'CPU governors',
      ...value(
        ({ clocks }) => [...new Set(clocks.cpus.flatMap(({ governor }) => governor ?? []))],
        (all) => all.join(', '),
      ),
    ],
    ['Memory clock', ...value(({ clocks }) => clocks.emc?.currentHz, hertzText)],
    [
      'GPU load',
      ...value(
        ({ gpuLoad }) => gpuLoad,
        (load) => `${(load * 100).toFixed(0)} %`,
      ),
    ],
    ...rails.map((name) => [
      `Power, ${name}`,
      ...value(
        ({ rails: all }) => all.find((rail) => rail.name === name)?.milliwatts,
        (milliwatts) => `${figure(milliwatts / 1000)} W`,
      ),
    ]),
    ['Available memory', ...value(({ memory }) => memory.availableBytes, bytesText)],
    ['Swap used', ...value(({ memory }) => memory.swapUsedBytes, bytesText)],
    ['NvMap', ...value(({ memory }) => memory.nvMapUsedBytes, bytesText)],
  ].filter(([, ...cells]) => cells.some((cell) => cell !== NOT_MEASURED && cell !== ''));
  if (rows.length === 0) return undefined;
  const columns = [{ title: 'Machine' }, { title: 'before the first row' }, { title: 'after the last' }];
  return html`<details><summary>The machine’s state before and after</summary>${table('The machine’s state', columns, rows)}</details>`;
}

function coresText(hertz: readonly number[]): string {
  if (hertz.length === 0) return NOT_MEASURED;
  const [low, high] = [Math.min(...hertz), Math.max(...hertz)];
  return `${hertz.length} × ${low === high ? hertzText(low) : `${hertzText(low)} to ${hertzText(high)}`}`;
}

/** "2025-11-24 09:25 UTC"; whatever is no date is shown as it is. */
function dateText(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function durationText(seconds: number): string {
  return seconds < 120 ? `${seconds.toFixed(0)} seconds` : `${(seconds / 60).toFixed(0)} minutes`;
}
