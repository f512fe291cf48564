/** What was measured, on what, and what to beware of. */
import { BUSY } from '../../busy';
import { command } from '../../commands';
import type { JetsonEnvironment, JetsonRun } from '../schema';
import { type Html, html } from './html';
import { bytesText } from './words';

/** Of the browser's tab. */
export function pageTitle(environment: JetsonEnvironment): string {
  const { recorded } = environment;
  return recorded === undefined
    ? machineTitle(environment)
    : `${machineTitle(environment)} (beside a recorded board: ${boardTitle(environment)})`;
}

/** Of what ran the layers, which is not the board where that is a recorded one. */
function machineTitle(environment: JetsonEnvironment): string {
  const { board, cpu, gpu, recorded } = environment;
  const machine = gpu === undefined ? cpu : `${gpu}, ${cpu}`;
  if (recorded !== undefined) return machine;
  return board.jetson ? boardTitle(environment) : `Not a Jetson: ${machine}`;
}

function boardTitle({ board: { jetson, model, chip } }: JetsonEnvironment): string {
  if (model !== undefined) return model;
  return `${jetson ? 'a Jetson' : 'not a Jetson'}${chip === undefined ? '' : ` (${chip})`}`;
}

export function header(run: JetsonRun): Html {
  const { environment, started, seconds } = run;
  const recorded =
    environment.recorded === undefined ? undefined : html` <small>beside a recorded board: ${boardTitle(environment)}</small>`;
  return html`
<header>
<h1>${machineTitle(environment)}${recorded}</h1>
<p class="lead">Walsh-Hadamard layers against the layers they replace, measured by <code>${command('bench')}</code> on ${dateText(started)} in ${durationText(seconds)}.</p>
${warnings(run)}
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
      `Something used the processor when the run began (load average ${loadAverage.toFixed(1)}; it may have been your own last command): wait a minute and repeat.`,
    ),
  ];
}

function warning(holds: boolean, title: string, text: string): Html | undefined {
  return holds ? html`<p class="warning" role="note"><strong>${title}.</strong> ${text}</p>` : undefined;
}

/** In bytes; 0 where it is not known, or of a recorded board. */
function swapGrowth({ before, after, recorded }: JetsonEnvironment): number {
  const [first, last] = [before?.memory.swapUsedBytes, after?.memory.swapUsedBytes];
  return first === undefined || last === undefined || recorded !== undefined ? 0 : Math.max(0, last - first);
}

/** "2025-11-24 09:25 UTC"; whatever is no date is shown as it is. */
function dateText(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function durationText(seconds: number): string {
  return seconds < 120 ? `${seconds.toFixed(0)} seconds` : `${(seconds / 60).toFixed(0)} minutes`;
}
