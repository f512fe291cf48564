import { BUSY } from '../busy';
import { figure } from '../figures';
import { wrapped } from '../notes';
import type { Environment } from '../schema';
import { byKind } from './profile';
import { nameOf } from './report';
import type { MeasuredNetwork, NetworkRow } from './schema';

/** Fewer samples have no 95th percentile to speak of: it is nearly the largest of them. */
const ENOUGH_SAMPLES = 20;

/** Medians that differ by less are not told apart. */
const SAME = 0.03;

/** Times and profiles are taken one after the other, and others may use the processor during either. */
const DISAGREES = ', which disagrees with the times: believe neither before a quiet run';

/** What a reader needs to understand the tables, and what follows from them; lines of at most `columns` characters. */
export function networkNotes(environment: Environment, measured: readonly MeasuredNetwork[], columns: number): string[] {
  if (measured.length === 0) return [];
  const rows = measured.flatMap((comparison) => comparison.rows);
  const profiled = rows.some(({ profile }) => profile !== undefined);
  return [
    ...(environment.loadAverage > BUSY
      ? [`The machine was busy when the run began (load average ${environment.loadAverage}): repeat it on an idle one.`]
      : []),
    ...measured.flatMap(verdicts),
    'Times are medians of one forward pass, p95 the 95th percentile, of sides that took turns in one run, input and output in place, float32. Speed: our ' +
      "baseline's time over the row's; above 1x the row is faster. Weights are random; the baseline's are the same on each side, and the outputs of the two are checked to agree.",
    ...(rows.some(({ samples }) => samples < ENOUGH_SAMPLES)
      ? [`Where there were fewer than ${ENOUGH_SAMPLES} samples, p95 is nearly the slowest one.`]
      : []),
    'Parameters are the trained ones; MACs those of one image. onnxruntime runs the baseline, folds its batch norms, and takes it as NCHW, the input rearranged beforehand.',
    'Memory: the peak resident set of a process of its own, onnxruntime and wht-layers loaded in each, weights mapped from files. less empty: without that of a process with no ' +
      "network. Device: what wht-layers' device itself counts at its peak, and after forward passes (held). Plan: parameters and the widest point. onnxruntime tells no account of its own.",
    ...(profiled
      ? [
          'Layers are timed while the network runs, on the device\'s own clock; in brackets how many there are. Batch norms and activations are part of the convolutions before them; "BatchNorm2d" stands where there is none.',
        ]
      : ['Where the time goes: --profile.']),
    ...failures(measured),
    ...unavailableNotes(measured),
  ].flatMap((note) => wrapped(note, columns));
}

/** Who is faster, in words. */
function verdicts(comparison: MeasuredNetwork): string[] {
  const { network, batch, rows } = comparison;
  const [baseline, ...others] = rows as [NetworkRow, ...NetworkRow[]];
  const sentences = others.map((row) => `${nameOf(row)} is ${compared(row.medianMs, baseline.medianMs)} our baseline`);
  const peer = others.find((row) => nameOf(row) === 'onnxruntime');
  const fastest = others.filter((row) => row !== peer).sort((a, b) => a.medianMs - b.medianMs)[0];
  const beside = peer && fastest ? [`${nameOf(fastest)} is ${compared(fastest.medianMs, peer.medianMs)} onnxruntime's baseline`] : [];
  return [
    `${network}, batch ${batch}: ${[...sentences, ...beside].join('; ')}.`,
    ...others.flatMap((row) => reason(comparison, baseline, row)),
  ];
}

function compared(own: number, other: number): string {
  const ratio = other / own;
  if (Math.abs(ratio - 1) < SAME) return 'as fast (within 3 %) as';
  return ratio > 1 ? `${figure(ratio)} times as fast as` : `slower, taking ${figure(own / other)} times the time of`;
}

/** What a variant that is not faster than its baseline spends its time on. */
function reason({ network, batch }: MeasuredNetwork, baseline: NetworkRow, row: NetworkRow): string[] {
  if (row.speedRatio >= 1 + SAME || row.profile === undefined || baseline.profile === undefined) return [];
  const before = new Map(byKind(baseline.profile).map(({ kind, milliseconds }) => [kind, milliseconds]));
  const after = new Map(byKind(row.profile).map(({ kind, milliseconds }) => [kind, milliseconds]));
  const changes = [...new Set([...before.keys(), ...after.keys()])]
    .map((kind) => ({ kind, change: (after.get(kind) ?? 0) - (before.get(kind) ?? 0) }))
    .sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
  const sum = changes.reduce((total, { change }) => total + change, 0);
  const largest = changes.slice(0, 4).map(({ kind, change }) => `${kind} ${signed(change)} ms`);
  return [
    `${network}, batch ${batch}, ${nameOf(row)} by its profile: ${largest.join(', ')}; ${signed(sum)} ms in all${sum < 0 && row.speedRatio <= 1 - SAME ? DISAGREES : ''}.`,
  ];
}

function signed(change: number): string {
  return `${change > 0 ? '+' : '-'}${figure(Math.abs(change))}`;
}

/** A memory that could not be measured, once for each reason. */
function failures(measured: readonly MeasuredNetwork[]): string[] {
  const all = measured.flatMap(({ network, batch, rows }) =>
    rows.flatMap((row) => ('error' in row.memory ? [{ who: `${network}, batch ${batch}, ${nameOf(row)}`, why: row.memory.error }] : [])),
  );
  return [...new Set(all.map(({ why }) => why))].map((why) => {
    const who = all.filter((each) => each.why === why).map((each) => each.who);
    return `Memory not measured of ${who.join('; ')}: ${why}`;
  });
}

/** Each reason once: it is the same in every comparison. */
function unavailableNotes(measured: readonly MeasuredNetwork[]): string[] {
  return [
    ...new Set(
      measured.flatMap(({ unavailable }) =>
        unavailable.map(({ implementation, error }) => `${implementation} could not be tried: ${error}`),
      ),
    ),
  ];
}
