/** What a reader needs to believe the tables. */
import { figure } from '../figures';
import type { Snapshot } from '../probes/schema';
import { isHeadline } from './headline';
import type { ComparisonResult, JetsonRun, MeasuredRow } from './schema';
import { titleOf } from './titles';

/** From here on, others use so much of the processor that figures suffer. */
const BUSY = 0.7;

export function runNotes(run: JetsonRun): string[] {
  const { comparisons, environment, memory, copies } = run;
  const measured = comparisons.filter((each): each is MeasuredRow => !('error' in each));
  const has = (protocol: MeasuredRow['protocol']) => measured.some((each) => each.protocol === protocol);
  return [
    ...(run.interrupted === true ? ['Interrupted: what had been measured until then is above, and rows are missing.'] : []),
    ...(environment.loadAverage > BUSY
      ? [`The machine was busy when the run began (load average ${environment.loadAverage}): repeat it on an idle one.`]
      : []),
    ...(measured.length === 0
      ? []
      : [
          'Times are medians; each layer ran in processes of its own, which took turns. Speed-up: baseline over WHT layer. 95 %: the interval that holds the ' +
            'true ratio with that confidence, from the ratios of the rounds; a dash where there were too few rounds. p90, and images/s, of the WHT layer. x copy: the WHT layer over ' +
            'a copy of the same tensor by the same protocol, the least it can take. p99 and all baselines: --json, --csv, --html.',
        ]),
    ...(run.quick ? ['--quick leaves out float16, NCHW and host-visible memory, and takes fewer samples.'] : []),
    ...(has('paper')
      ? [
          "Paper: the authors' figures (arXiv 2201.02711; 1D: 2104.07085) were measured on the CPU of a Jetson Nano with TensorFlow Lite: they answer only what the paper's protocol asks, and another " +
            'processor and another convolution give other ratios.',
        ]
      : []),
    ...(memory.length > 0 ? [memoryNote(run)] : []),
    ...copies.map(
      ({ device, threads, bytes, gigabytesPerSecond }) =>
        `Physical limit: a copy on the ${device === 'cuda' ? 'GPU' : `CPU (${threads} threads)`} reads and writes ${figure(gigabytesPerSecond)} GB/s (${(bytes / 1e6).toFixed(0)} MB a call).`,
    ),
    ...stateNotes(environment),
    ...flagNotes(measured),
    ...otherNotes(comparisons),
    ...environment.limitations,
  ];
}

/** The machine's state at both ends of the run. */
function stateNotes({ before, after }: JetsonRun['environment']): string[] {
  if (before === undefined || after === undefined) return [];
  const megahertz = (hertz: number | undefined) => (hertz === undefined ? undefined : `${(hertz / 1e6).toFixed(0)} MHz`);
  const hottest = ({ temperatures }: Snapshot) => {
    const [zone] = [...temperatures].sort((a, b) => b.celsius - a.celsius);
    return zone === undefined ? undefined : `${zone.celsius.toFixed(0)} °C (${zone.zone})`;
  };
  const fastest = ({ clocks }: Snapshot) =>
    clocks.cpus.reduce<number | undefined>((most, { currentHz }) => Math.max(most ?? 0, currentHz ?? 0) || undefined, undefined);
  const pairs = [
    ['hottest', hottest(before), hottest(after)],
    ['GPU', megahertz(before.clocks.gpu?.currentHz), megahertz(after.clocks.gpu?.currentHz)],
    ['CPU', megahertz(fastest(before)), megahertz(fastest(after))],
  ].flatMap(([name, from, to]) => (from === undefined || to === undefined ? [] : [`${name} ${from} and ${to}`]));
  return pairs.length === 0 ? [] : [`Before the run and after: ${pairs.join(', ')}.`];
}

function memoryNote({ environment }: JetsonRun): string {
  const nvMap = environment.board.jetson ? ' and NvMap' : '';
  return (
    '(a) parameters, input, output and workspace; of our own baseline where onnxruntime is the fastest, which does not tell. (b) peak of the process ' +
    `(VmHWM${nvMap}): every process loads every library, or, "own", each its own alone. (c) fall of MemAvailable, rough by some ten MB on new kernels, which keep freed pages for each core. The paper's -19.51 % stands beside (b): ` +
    'its convolution has 37.75 MB of parameters, which are 19.51 % of 193 MB, the size of a process with its libraries and not of a layer (an inference: the paper does not say).'
  );
}

/** Each flag once, with the rows that it spoils. */
function flagNotes(rows: readonly MeasuredRow[]): string[] {
  const spoiled = new Map<string, string[]>();
  for (const each of rows) {
    for (const flag of each.flags) {
      const name = `${titleOf(each)}, ${each.protocol}`;
      const names = spoiled.get(flag) ?? [];
      if (!names.includes(name)) names.push(name);
      spoiled.set(flag, names);
    }
  }
  return [...spoiled].map(([flag, names]) => `! ${flag}: ${names.length > 2 ? `${names.length} kinds of rows` : names.join('; ')}.`);
}

/** The headline's other baselines, and each reason why one could not be tried once. */
function otherNotes(comparisons: readonly ComparisonResult[]): string[] {
  const headline = comparisons.find(isHeadline);
  const measured = headline === undefined || 'error' in headline ? undefined : headline;
  const slower = measured?.others.flatMap((other) => ('error' in other ? [] : [other])) ?? [];
  const reasons = comparisons.flatMap((each) =>
    'error' in each
      ? []
      : each.others.flatMap((other) => ('error' in other ? [`${other.implementation} could not be tried: ${other.error}`] : [])),
  );
  return [
    ...(measured?.subject.firstCallMs === undefined || measured.baseline.firstCallMs === undefined
      ? []
      : [
          `The first call of a process, in no median, which the paper's loop had: ${figure(measured.baseline.firstCallMs)} ms for the convolution, ` +
            `${figure(measured.subject.firstCallMs)} ms for the 2D layer.`,
        ]),
    ...(slower.length === 0
      ? []
      : [
          `Also tried by the paper's protocol: ${slower.map(({ layer, implementation, medianMs }) => `${layer} (${implementation}) ${figure(medianMs)} ms`).join('; ')}.`,
        ]),
    ...new Set(reasons),
  ];
}
