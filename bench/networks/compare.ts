/** One network and batch: our baseline, its variants and the peer, in turns. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Device, type Network, openDevice } from 'wht-layers';
import { expectAgreement } from '../agreement';
import type { Candidate } from '../candidate';
import { interleave, type Sampling } from '../interleave';
import type { OnnxModel } from '../onnx-models';
import { loadOnnxRuntime, type OnnxCandidate, type OnnxRuntime, onnxCandidate } from '../onnx-runtime';
import { uniform } from '../random';
import type { Unavailable } from '../schema';
import { median, percentile, relativeError } from '../statistics';
import type { NetworkContest } from './contests';
import { memoryOf, writeIdentity, writeOptimized } from './memory';
import type { MemoryTask } from './memory-task';
import { networkCandidate } from './network-candidate';
import { onnxNetwork } from './onnx-network';
import { type ProfiledSide, type ProfileEffort, Profiler, profileInTurns } from './profile';
import type { MeasuredNetwork, NetworkRow, RowMemory, Variant } from './schema';

export interface NetworkEffort {
  sampling: Sampling;
  /** For each row whose memory is told. */
  memoryProcesses: number;
  profile: ProfileEffort;
}

export interface NetworkSession {
  threads: number;
  effort: NetworkEffort;
  /** Whether to tell where the time goes. */
  profile: boolean;
  signal: AbortSignal;
  /** Told the part of the comparison that is over; throws once the user has interrupted. */
  advance(part: number): void;
}

/** Above what float32 gives over some fifty layers summed in different orders (measured: 1.7e-6 at most), far below what a wrong weight gives. */
const TOLERANCE = 1e-4;

/** Parts of a comparison, of its time. */
const TIMED = 0.75;
const PROFILED = 0.85;

type Figures = Pick<MeasuredNetwork, 'rows' | 'unavailable' | 'peerDifference' | 'emptyProcessBytes'>;

interface Ours {
  variant: Variant;
  network: Network;
  candidate: Candidate;
}

interface Peer {
  runtime: OnnxRuntime;
  model: OnnxModel;
  candidate: OnnxCandidate;
}

export async function compareNetwork(contest: NetworkContest, images: number, session: NetworkSession): Promise<Figures> {
  const { threads, effort, advance } = session;
  const input = uniform(images * contest.inputSize ** 2 * 3, 1);
  const devices: Device[] = [];
  const unavailable: Unavailable[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'wht-networks-'));
  let peer: Peer | undefined;
  try {
    const ours: Ours[] = [];
    for (const { name, make } of contest.variants) {
      advance(0);
      const device = openDevice('cpu', { threads });
      devices.push(device);
      const network = await make(device);
      ours.push({ variant: name, network, candidate: networkCandidate(name, network, input, images) });
    }
    const [baseline] = ours as [Ours];
    const made = await makePeer(baseline.network, input, images, threads);
    if (made instanceof Error) unavailable.push({ layer: 'baseline', implementation: 'onnxruntime', error: made.message });
    else peer = made;
    const peerDifference = peer && (await difference(peer.candidate, baseline.candidate));
    for (const { variant, candidate } of ours.slice(1)) await expectFinite(variant, candidate);

    const sides = [...ours.map(({ candidate }) => candidate), ...(peer ? [peer.candidate] : [])];
    const samples = await interleave(sides, effort.sampling, (part) => advance(part * TIMED));
    const rows = timedRows(ours, peer, samples, images);

    const weights = ours.map((_, at) => join(folder, `${at}.safetensors`));
    for (const [at, { network }] of ours.entries()) await network.save(weights[at] as string);
    if (session.profile) {
      const profiled: ProfiledSide[] = [];
      for (const [at, { network, candidate }] of ours.entries()) {
        profiled.push({ profiler: await Profiler.of(network, weights[at] as string), candidate });
      }
      const onPass = (part: number) => advance(TIMED + (PROFILED - TIMED) * part);
      for (const [at, profile] of (await profileInTurns(profiled, effort.profile, onPass)).entries()) {
        (rows[at] as NetworkRow).profile = profile;
      }
    }
    const emptyProcessBytes = await addMemory(contest, rows, weights, peer, images, folder, session);
    return {
      rows,
      unavailable,
      ...(peerDifference !== undefined && { peerDifference }),
      ...(emptyProcessBytes !== undefined && { emptyProcessBytes }),
    };
  } finally {
    await peer?.candidate.release();
    for (const device of devices) device.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function makePeer(network: Network, input: Float32Array, images: number, threads: number): Promise<Peer | Error> {
  const runtime = loadOnnxRuntime();
  if (runtime instanceof Error) return runtime;
  const model = onnxNetwork(network, images);
  const { inputSize, classes } = network;
  const shape = [images, inputSize, inputSize, 3] as const;
  const candidate = await onnxCandidate('baseline', runtime, model, threads, input, shape, [images, 1, 1, classes]);
  return { runtime, model, candidate };
}

/** @throws Error unless both compute the same */
async function difference(peer: Candidate, baseline: Candidate): Promise<number> {
  await peer.run(1);
  await baseline.run(1);
  const [output, expected] = [await peer.output(), await baseline.output()];
  expectAgreement(peer, output, baseline, expected, TOLERANCE);
  return relativeError(output, expected);
}

/** Of what has no peer: NaN and infinity are computed at other speeds than numbers. */
async function expectFinite(variant: string, candidate: Candidate): Promise<void> {
  await candidate.run(1);
  const output = await candidate.output();
  const at = output.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw new Error(`Expected ${variant} to give finite logits, got ${output[at]}`);
}

function timedRows(ours: readonly Ours[], peer: Peer | undefined, samples: readonly number[][], images: number): NetworkRow[] {
  const [{ network: baseline }] = ours as [Ours];
  const baselineMs = median(samples[0] as number[]);
  const row = ({ layer, implementation }: Candidate, network: Network, own: readonly number[]): NetworkRow => {
    const medianMs = median(own);
    return {
      variant: layer as Variant,
      implementation,
      medianMs,
      p95Ms: percentile(own, 0.95),
      samples: own.length,
      imagesPerSecond: (images * 1000) / medianMs,
      speedRatio: baselineMs / medianMs,
      parameters: network.parameterCount,
      macsPerImage: network.layers().reduce((sum, { macs }) => sum + macs, 0),
      memory: { error: 'not measured' },
    };
  };
  return [
    ...ours.map(({ candidate, network }, at) => row(candidate, network, samples[at] as number[])),
    ...(peer ? [row(peer.candidate, baseline, samples[ours.length] as number[])] : []),
  ];
}

/** @returns the peak of a process without a network, where that could be measured */
async function addMemory(
  contest: NetworkContest,
  rows: readonly NetworkRow[],
  weights: readonly string[],
  peer: Peer | undefined,
  images: number,
  folder: string,
  { threads, effort, signal, advance }: NetworkSession,
): Promise<number | undefined> {
  const { inputSize, id } = contest;
  const alike = { threads, ...(peer && { identity: writeIdentity(folder) }) };
  const measured = async (subject: () => Promise<MemoryTask['subject']>): Promise<RowMemory | { error: string }> => {
    try {
      const given = await subject();
      return await memoryOf({ ...alike, ...(given && { subject: given }) }, effort.memoryProcesses, signal);
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  };
  const at = (number: number) => advance(PROFILED + ((1 - PROFILED) * number) / (rows.length + 1));
  at(0);
  const empty = await measured(async () => undefined);
  for (const [number, row] of rows.entries()) {
    at(number + 1);
    const file = weights[number];
    row.memory = await measured(async () =>
      file !== undefined
        ? { kind: 'network', network: id, variant: number, weights: file, images, inputSize }
        : { ...(await writeOptimized((peer as Peer).model, (peer as Peer).runtime, folder, 'peer')), images, inputSize },
    );
  }
  // What was cut short is not a failure to be told of.
  advance(1);
  return 'error' in empty ? undefined : empty.peakResidentBytes;
}
