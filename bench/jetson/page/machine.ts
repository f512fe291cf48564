/** The machine that was measured and how it was set; what was read of a recorded board stands apart. */
import { figure } from '../../figures';
import type { Clocks, Snapshot } from '../../probes/schema';
import type { JetsonEnvironment, JetsonRun } from '../schema';
import { type Html, html, type Part } from './html';
import { table } from './table';
import { bytesText, deviceTitle, gibibytesText, hertzText, NOT_MEASURED } from './words';

export function machineSection(run: JetsonRun): Html {
  const { environment } = run;
  const { recorded } = environment;
  const board = boardFacts(environment);
  const limitations = list('Limitations', environment.limitations);
  if (recorded === undefined) {
    return html`
<section aria-labelledby="machine"><h2 id="machine">The machine</h2>
<dl class="facts">${board}${measuredFacts(run)}${limitations}</dl>
${stateTable(environment)}
</section>`;
  }
  return html`
<section aria-labelledby="machine"><h2 id="machine">The machine and the recorded board</h2>
<p>They are two: what ran the layers, and what the probes read.</p>
<h3>Measured on</h3>
<dl class="facts">${measuredFacts(run)}</dl>
<h3>Read from the recorded tree ${recorded}</h3>
<dl class="facts">${board}${limitations}</dl>
${stateTable(environment)}
</section>`;
}

/** What ran the layers. */
function measuredFacts(run: JetsonRun): (Html | undefined)[] {
  const { environment, unavailable, withoutOnnxruntime, remarks = [] } = run;
  const { board, recorded, cpu, simd, threads, gpu, computeCapability, node, versions, loadAverage, memoryTotalBytes } = environment;
  const capability = computeCapability ?? (recorded === undefined ? board.computeCapability : undefined);
  return [
    fact('CPU', [cpu, ...(simd === undefined ? [] : [simd]), `${threads} ${threads === 1 ? 'thread' : 'threads'}`].join(', ')),
    fact('GPU', gpu && (capability === undefined ? gpu : `${gpu}, compute capability ${capability}`)),
    fact('Memory', gibibytesText(memoryTotalBytes)),
    fact('Load average before the run', loadAverage.toFixed(2)),
    fact('Versions', [...Object.entries(versions), ['Node', node]].map((version) => version.join(' ')).join(', ')),
    ...unavailable.map(({ device, reason }) => fact(`${deviceTitle(device, run)} not measured`, reason)),
    fact('onnxruntime not measured', withoutOnnxruntime),
    list('Remarks', remarks),
  ];
}

/** What the probes read. Of a machine that is no Jetson only what is known. */
function boardFacts(environment: JetsonEnvironment): (Html | undefined)[] {
  const { board, recorded, clocks } = environment;
  const unknown = board.jetson ? 'unknown' : undefined;
  return [
    fact('Board', recorded === undefined ? undefined : (board.model ?? unknown)),
    fact('JetPack', board.jetpack ?? unknown),
    fact('L4T', board.l4t ?? unknown),
    fact('Chip', board.chip),
    fact('Power mode', powerModeText(environment) ?? unknown),
    fact('Clocks', clocksText(clocks, board.jetson)),
    fact('Temperatures', temperaturesText(environment) ?? unknown),
  ];
}

function list(name: string, items: readonly string[]): Html | undefined {
  return items.length === 0
    ? undefined
    : html`<div class="whole"><dt>${name}</dt><dd><ul>${items.map((item) => html`<li>${item}</li>`)}</ul></dd></div>`;
}

function fact(name: string, value: Part): Html | undefined {
  return value === undefined ? undefined : html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function powerModeText({ powerMode }: JetsonEnvironment): string | undefined {
  const { name, id } = powerMode ?? {};
  if (name === undefined) return id === undefined ? undefined : `number ${id}`;
  return id === undefined ? name : `${name} (${id})`;
}

/** @param jetson whether the clocks can be locked, so that it matters where that is unknown */
function clocksText({ locked, gpu, emc, cpus }: Clocks, jetson: boolean): string | undefined {
  const parts = [
    ...(locked === undefined ? (jetson ? ['unknown whether locked'] : []) : [locked ? 'locked' : 'not locked']),
    ...(gpu?.maxHz === undefined ? [] : [`GPU up to ${hertzText(gpu.maxHz)}`]),
    ...(cpus.some(({ maxHz }) => maxHz !== undefined) ? [`CPU up to ${hertzText(Math.max(...cpus.map(({ maxHz }) => maxHz ?? 0)))}`] : []),
    ...(emc?.maxHz === undefined ? [] : [`memory up to ${hertzText(emc.maxHz)}`]),
  ];
  return parts.length === 0 ? undefined : parts.join(', ');
}

function temperaturesText({ before, after }: JetsonEnvironment): string | undefined {
  const zones = [...new Set([...(before?.temperatures ?? []), ...(after?.temperatures ?? [])].map(({ zone }) => zone))];
  if (zones.length === 0) return undefined;
  return zones.map((zone) => `${zone} ${celsius(before, zone)} → ${celsius(after, zone)} °C`).join(', ');
}

function celsius(snapshot: Snapshot | undefined, zone: string): string {
  return snapshot?.temperatures.find((temperature) => temperature.zone === zone)?.celsius.toFixed(1) ?? NOT_MEASURED;
}

/** Whatever was read before the first row and after the last. */
function stateTable({ before, after, recorded }: JetsonEnvironment): Html | undefined {
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
    ['Available memory', ...value(({ memory }) => memory.availableBytes, gibibytesText)],
    ['Swap used', ...value(({ memory }) => memory.swapUsedBytes, bytesText)],
    ['NvMap', ...value(({ memory }) => memory.nvMapUsedBytes, bytesText)],
  ].filter(([, ...cells]) => cells.some((cell) => cell !== NOT_MEASURED && cell !== ''));
  if (rows.length === 0) return undefined;
  const whose = recorded === undefined ? 'The machine’s' : 'The recorded board’s';
  const columns = [{ title: recorded === undefined ? 'Machine' : 'Board' }, { title: 'before the first row' }, { title: 'after the last' }];
  return html`<details><summary>${whose} state before and after</summary>${table(`${whose} state`, columns, rows)}</details>`;
}

function coresText(hertz: readonly number[]): string {
  if (hertz.length === 0) return NOT_MEASURED;
  const [low, high] = [Math.min(...hertz), Math.max(...hertz)];
  return `${hertz.length} × ${low === high ? hertzText(low) : `${hertzText(low)} to ${hertzText(high)}`}`;
}
