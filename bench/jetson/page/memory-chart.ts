/** What each implementation takes, by each account. */
import type { Unavailable } from '../../schema';
import type { JetsonRun, MemoryAccounts, MemoryComparison } from '../schema';
import type { Group, MemoryRow, Panel, Role } from './chart-data';
import { chartFigure } from './chart-figure';
import { type Html, html, type Part } from './html';
import { ACCOUNT_NAMES, ACCOUNTS, type Account, isTold, noiseOf } from './memory-accounts';
import { failure, table } from './table';
import { bytesText, change, deviceTitle, NOT_MEASURED, PROTOCOL_TITLES, shapeText, sideTitle, workloadTitle } from './words';

export type MemoryPanel = Panel<MemoryRow> & { note?: Part };

export function memoryPanels(run: JetsonRun): MemoryPanel[] {
  return run.memory.flatMap((memory, at) => {
    const groups = ACCOUNT_NAMES.flatMap((account) => accountGroup(account, memory));
    if (groups.length === 0) return [];
    const failed = failures(memory);
    return [
      {
        id: `plot-memory-${at}`,
        title: workloadTitle(memory.id),
        explanation: comparisonText(memory, run),
        groups,
        ...(failed && { note: failed }),
      },
    ];
  });
}

function accountGroup(account: Account, { subject, baselines, paper }: MemoryComparison): Group<MemoryRow>[] {
  const rows = [
    ...memoryRow('subject', subject, 'WHT layer', account, undefined),
    ...baselines.flatMap((baseline) => memoryRow('baseline', baseline, labelAmong(baselines, baseline), account, paper?.memoryReduction)),
  ];
  return rows.length === 0 ? [] : [{ title: ACCOUNTS[account].title, rows }];
}

/** The implementation, and what tells its layer from others that it has, e.g. "onnxruntime 1.30.0 (Gemm)" beside "onnxruntime 1.30.0". */
function labelAmong(baselines: MemoryComparison['baselines'], { layer, implementation }: MemoryAccounts | Unavailable): string {
  const names = baselines.filter((each) => each.implementation === implementation).map((each) => each.layer.split(' '));
  const words = layer.split(' ');
  const common = words.findIndex((word, at) => names.some((other) => other[at] !== word));
  return common < 0 ? implementation : [implementation, ...words.slice(common)].join(' ');
}

function memoryRow(
  role: Role,
  side: MemoryAccounts | Unavailable,
  label: string,
  account: Account,
  reduction: number | undefined,
): MemoryRow[] {
  if (!isTold(side)) return [];
  const bytes = side[account];
  if (bytes === undefined) return [];
  const peak = account === 'peakBytes';
  const noise = noiseOf(account, bytes);
  return [
    {
      role,
      label,
      name: sideTitle(side),
      bytes,
      ...(noise !== undefined && { noise }),
      ...(peak && side.nvMapBytes !== undefined && { gpuBytes: side.nvMapBytes }),
      ...(peak && reduction !== undefined && { paperBytes: bytes * (1 - reduction) }),
    },
  ];
}

function comparisonText({ protocol, device, shape }: MemoryComparison, run: JetsonRun): string {
  return `${PROTOCOL_TITLES[protocol]}, ${deviceTitle(device, run)}, ${shapeText(shape)}`;
}

function failures({ subject, baselines }: MemoryComparison): Html | undefined {
  const failed = [subject, ...baselines].flatMap((side) => (isTold(side) ? [] : [side]));
  if (failed.length === 0) return undefined;
  return html`<ul class="failures">${failed.map((side) => html`<li>${sideTitle(side)} failed: ${side.error}</li>`)}</ul>`;
}

export function memoryChart(run: JetsonRun): Html {
  const panels = memoryPanels(run);
  const rows = panels.flatMap((panel) => panel.groups.flatMap((group) => group.rows));
  const separate = run.memory.some(({ device }) => device === 'cuda') && !run.environment.board.jetson && !run.environment.emulated;
  return chartFigure({
    id: 'memory',
    question: 'How much memory does each implementation take?',
    explanation:
      'Each in fresh processes. The peak is the headline: the process’s resident set, and on a Jetson what its GPU has, with the same libraries loaded ' +
      'in every process, so that processes differ by the layer alone. With only its own libraries a process without cuDNN or onnxruntime wins by that alone. ' +
      `The system’s available memory changes by some ten MB for other reasons.${separate ? ' What a GPU with memory of its own has there is in no peak.' : ''}`,
    legend: [
      { mark: 'subject', text: 'WHT layer' },
      { mark: 'baseline', text: 'baselines' },
      ...(rows.some(({ gpuBytes }) => gpuBytes !== undefined) ? [{ mark: 'gpu', text: 'of which the GPU’s (NvMap)' }] : []),
      ...(rows.some(({ paperBytes }) => paperBytes !== undefined)
        ? [{ mark: 'tick', text: 'the paper’s −19.51 % of this baseline, on the account that is inferred to be the paper’s' }]
        : []),
    ],
    panels,
    empty: run.memory.length === 0 ? 'Memory was not measured in this run.' : html`No process told its memory. ${run.memory.map(failures)}`,
    table: table(
      'Memory by account',
      [
        { title: 'Workload' },
        { title: 'Layer', text: true },
        ...ACCOUNT_NAMES.map((account) => ({ title: ACCOUNTS[account].short })),
        { title: 'NvMap' },
        { title: 'Peak against baseline' },
      ],
      run.memory.flatMap((memory) => memoryLines(memory, run)),
    ),
  });
}

function memoryLines(memory: MemoryComparison, run: JetsonRun): Part[][] {
  const { subject, baselines } = memory;
  const peak = isTold(subject) ? subject.peakBytes : undefined;
  const shown = (bytes: number | undefined) => (bytes === undefined ? NOT_MEASURED : bytesText(bytes));
  return [subject, ...baselines].map((side) => {
    const heading = html`${workloadTitle(memory.id)}<small>${comparisonText(memory, run)}</small>`;
    if (!isTold(side))
      return [heading, sideTitle(side), failure(side.error), ...ACCOUNT_NAMES.slice(1).map(() => NOT_MEASURED), NOT_MEASURED, NOT_MEASURED];
    const accounts = ACCOUNT_NAMES.map((account) => {
      const bytes = side[account];
      const noise = bytes === undefined ? undefined : noiseOf(account, bytes);
      return noise === undefined ? shown(bytes) : html`<span class="noise">${noise}</span>`;
    });
    const less = side === subject || peak === undefined || side.peakBytes === undefined ? NOT_MEASURED : change(peak / side.peakBytes - 1);
    return [heading, [sideTitle(side), librariesText(side)], ...accounts, shown(side.nvMapBytes), less];
  });
}

/** What the processes really had loaded. */
function librariesText({ libraries }: MemoryAccounts): Html | undefined {
  if (libraries === undefined) return undefined;
  const listed = (names: readonly string[]) => (names.length === 0 ? 'none' : names.join(', '));
  const own = libraries.own === undefined ? '' : `; own: ${listed(libraries.own)}`;
  return html`<small>libraries: ${listed(libraries.shared)}${own}</small>`;
}
