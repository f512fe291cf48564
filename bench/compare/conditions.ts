/** Under what conditions a run was made, and which of them two runs must share for their figures to be set against each other. */
import type { JetsonEnvironment, JetsonRun } from '../jetson/schema';
import type { Difference } from './schema';

interface Condition {
  what: string;
  /** In words; undefined where the run does not say. */
  of(run: JetsonRun): string | undefined;
}

export const UNKNOWN = 'unknown';
const NONE = 'none';

const yesNo = (value: boolean | undefined) => (value === undefined ? undefined : value ? 'yes' : 'no');
const megahertz = (hertz: number | undefined) => (hertz === undefined ? undefined : `${Math.round(hertz / 1e6)} MHz`);
const condition = (what: string, of: (environment: JetsonEnvironment, run: JetsonRun) => string | undefined): Condition => ({
  what,
  of: (run) => of(run.environment, run),
});

/**
 * Of these, figures depend. Where a run could not find one out ("unknown"), nothing is known to differ, which is noted; what a machine does not have
 * is "none".
 */
const DECIDING: readonly Condition[] = [
  condition('board', ({ board }) => board.model ?? (board.jetson ? `a Jetson${board.chip === undefined ? '' : ` (${board.chip})`}` : NONE)),
  condition('recorded board', ({ recorded }) => yesNo(recorded !== undefined)),
  condition('L4T', ({ board }) => board.l4t),
  condition('JetPack', ({ board }) => board.jetpack),
  condition('CPU', ({ cpu }) => cpu),
  condition('SIMD', ({ simd }) => simd ?? NONE),
  condition('threads', ({ threads }) => String(threads)),
  condition('GPU', ({ gpu }) => gpu ?? NONE),
  condition('compute capability', ({ computeCapability }) => computeCapability ?? NONE),
  condition('emulated GPU', ({ emulated }) => yesNo(emulated === true)),
  condition('power mode', ({ powerMode }) => powerMode?.name ?? powerMode?.id?.toString()),
  condition('locked clocks', ({ clocks }) => yesNo(clocks.locked)),
  condition('highest clock of the CPU', ({ clocks: { cpus } }) => {
    const highest = Math.max(...cpus.map(({ maxHz }) => maxHz ?? 0));
    return highest > 0 ? megahertz(highest) : undefined;
  }),
  condition('CPU cores online', ({ clocks: { cpus } }) => (cpus.length === 0 ? undefined : String(cpus.length))),
  condition('highest clock of the GPU', ({ clocks }) => megahertz(clocks.gpu?.maxHz)),
  condition('highest clock of the memory', ({ clocks }) => megahertz(clocks.emc?.maxHz)),
  condition('Node.js', ({ node }) => major(node)),
  condition('quick', (_, { quick }) => yesNo(quick)),
];

/** These change from run to run, or are what one compares. */
const NOTED: readonly Condition[] = [
  condition('wht-layers', ({ versions }) => versions[SUBJECT]),
  condition('Node.js', ({ node }) => node),
  condition('tree of the recorded board', ({ recorded }) => recorded ?? NONE),
  condition('memory', ({ memoryTotalBytes }) => `${(memoryTotalBytes / 1e9).toFixed(1)} GB`),
  condition('load before', ({ loadAverage }) => loadAverage.toFixed(1)),
  condition('hottest zone before', hottest),
  condition('interrupted', (_, { interrupted }) => yesNo(interrupted === true)),
  condition('not measured', (_, { unavailable }) => unavailable.map(({ device, reason }) => `${device} (${reason})`).join(', ') || NONE),
];

/** The version that is measured may differ: that is what runs are compared for. */
const SUBJECT = 'wht-layers';

export function differences(a: JetsonRun, b: JetsonRun): { unlike: Difference[]; noted: Difference[] } {
  const deciding = [...DECIDING, ...libraries(a, b)].flatMap((each) => difference(each, a, b));
  const known = ({ a, b }: Difference) => a !== UNKNOWN && b !== UNKNOWN;
  const unlike = deciding.filter(known);
  const noted = NOTED.filter(({ what }) => !unlike.some((each) => each.what === what)).flatMap((each) => difference(each, a, b));
  return { unlike, noted: [...noted, ...deciding.filter((each) => !known(each))] };
}

function libraries(a: JetsonRun, b: JetsonRun): Condition[] {
  const names = new Set([a, b].flatMap(({ environment }) => Object.keys(environment.versions)));
  names.delete(SUBJECT);
  return [...names].map((name) => condition(name, ({ versions }) => versions[name] ?? NONE));
}

function difference({ what, of }: Condition, a: JetsonRun, b: JetsonRun): Difference[] {
  const [ofA = UNKNOWN, ofB = UNKNOWN] = [of(a), of(b)];
  return ofA === ofB ? [] : [{ what, a: ofA, b: ofB }];
}

const major = (version: string) => version.replace(/^v/, '').split('.')[0];

function hottest({ before }: JetsonEnvironment): string | undefined {
  const [highest] = [...(before?.temperatures ?? [])].sort((a, b) => b.celsius - a.celsius);
  return highest === undefined ? undefined : `${highest.celsius.toFixed(0)} °C (${highest.zone})`;
}
