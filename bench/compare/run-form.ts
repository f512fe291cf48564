/** The form of a run's file, as far as a comparison relies on it. Fields that later versions add do no harm. */
import {
  type Energy,
  type FailedRow,
  type JetsonEnvironment,
  type JetsonRun,
  type MeasuredRow,
  type MemoryAccounts,
  type MemoryComparison,
  PROTOCOLS,
  type Side,
  WORKLOAD_IDS,
} from '../jetson/schema';
import type { Board, Clock, Clocks, PowerMode, Snapshot, Temperature } from '../probes/schema';
import type { MapShape, Unavailable } from '../schema';
import { type Check, flag, list, number, numbers, object, oneOf, optional, positive, record, text, unlessField } from './checks';
import { ACCOUNTS, type Account } from './schema';

const clock = object<Clock>({ maxHz: optional(number) });
const clocks = object<Clocks>({
  cpus: list(object<Clocks['cpus'][number]>({ maxHz: optional(number) })),
  gpu: optional(clock),
  emc: optional(object<NonNullable<Clocks['emc']>>({ maxHz: optional(number) })),
  locked: optional(flag),
});

const environment = object<JetsonEnvironment>({
  board: object<Board>({
    jetson: flag,
    model: optional(text),
    chip: optional(text),
    l4t: optional(text),
    jetpack: optional(text),
  }),
  recorded: optional(text),
  powerMode: optional(object<PowerMode>({ name: optional(text), id: optional(number) })),
  clocks,
  cpu: text,
  simd: optional(text),
  gpu: optional(text),
  computeCapability: optional(text),
  emulated: optional(oneOf(true)),
  node: text,
  threads: positive,
  memoryTotalBytes: positive,
  loadAverage: number,
  versions: record(text),
  before: optional(object<Snapshot>({ temperatures: list(object<Temperature>({ zone: text, celsius: number })) })),
});

const shape = numbers<MapShape>(4);
const interval = numbers<readonly [number, number]>(2);

const header = {
  id: oneOf(...WORKLOAD_IDS),
  protocol: oneOf(...PROTOCOLS),
  device: oneOf('cpu', 'cuda'),
  threads: optional(positive),
  dtype: oneOf('float32', 'float16'),
  layout: oneOf('NHWC', 'NCHW'),
  shape,
};

const side = object<Side>({
  layer: text,
  implementation: text,
  medianMs: positive,
  medianInterval: optional(interval),
  energy: optional(object<Energy>({ perImageMj: number, rail: text })),
});

const row = unlessField(
  object<MeasuredRow>({
    ...header,
    baseline: side,
    subject: side,
    speedRatio: positive,
    speedRatioInterval: optional(interval),
    flags: list(text),
  }),
  'error',
  object<FailedRow>({ ...header, error: text }),
);

const accounts = unlessField(
  object<MemoryAccounts>({
    layer: text,
    implementation: text,
    ...(Object.fromEntries(ACCOUNTS.map((account) => [account, optional(number)])) as Record<Account, Check<number | undefined>>),
  }),
  'error',
  object<Unavailable>({ layer: text, implementation: text, error: text }),
);

const memory = object<MemoryComparison>({
  id: header.id,
  protocol: oneOf('copies', 'paper'),
  device: header.device,
  shape,
  subject: accounts,
  baselines: list(accounts),
});

/** Whose `schema` and `harness` are known to fit. */
export const runForm = object<JetsonRun>({
  quick: flag,
  started: text,
  seconds: number,
  interrupted: optional(oneOf(true)),
  environment,
  unavailable: list(object<JetsonRun['unavailable'][number]>({ device: header.device, reason: text })),
  comparisons: list(row),
  memory: list(memory),
});
