/** What a reader needs to believe the tables. */
import { figure } from '../figures';
import type { Snapshot } from '../probes/schema';
import { headlineRow } from './headline';
import { type ComparisonResult, isMeasured, type JetsonRun, type MeasuredRow } from './schema';
import { DEVICE_NAMES, titleOf } from './titles';

export function runNotes(run: JetsonRun): string[] {
  const { comparisons, environment, memory, copies, remarks = [] } = run;
  const measured = comparisons.filter(isMeasured);
  const has = (protocol: MeasuredRow['protocol']) => measured.some((each) => each.protocol === protocol);
  const hasEnergy = measured.some(({ subject }) => subject.energy !== undefined);
  return [
    ...(measured.length === 0
      ? []
      : [
          'Each layer ran in processes of its own, which took turns in rounds. Times are medians of the rounds; speed-up is the median of the ' +
            "rounds' ratios, baseline over WHT layer. 95 %: the interval that holds it with that confidence within this run; other runs differ more. A dash: too few rounds or " +
            'samples. ?: the interval holds 1. !: spoiled, see below. Images/s are of the WHT layer. p99 and slower baselines: --json, --csv, --html.',
        ]),
    ...(measured.some(({ copyMs, protocol }) => copyMs !== undefined && protocol !== 'paper')
      ? [
          'x copy: the WHT layer over a copy of the same tensor by the same protocol, within the cache where it fits. x floor: over what its bytes would take at ' +
            'the rate of copying a tensor that no cache holds; a tensor that a cache holds may be faster.',
        ]
      : []),
    ...(has('copies')
      ? [
          'Rows with copies make a new JavaScript array for each output, whose pages are new to the process or not: they vary by twice and more between runs.',
        ]
      : []),
    ...(run.quick ? ['--quick leaves out float16, NCHW and host-visible memory, and takes fewer samples.'] : []),
    ...(has('paper')
      ? [
          "Paper: the authors' figures (arXiv 2201.02711; 1D: 2104.07085) were measured on the CPU of a Jetson Nano with TensorFlow Lite, ten images after each other without a " +
            "warm-up: they answer only what the paper's protocol asks. On another processor, and after a warm-up, setting the input and getting the output cost less beside the convolution, and the ratio is larger.",
        ]
      : []),
    ...(memory.length > 0 ? [memoryNote(memory)] : []),
    ...copies.map(
      ({ device, threads, bytes, gigabytesPerSecond }) =>
        `Physical limit: a copy on the ${DEVICE_NAMES[device]}${threads === undefined ? '' : ` (${threads} threads)`} reads and writes ${figure(gigabytesPerSecond)} GB/s (${(bytes / 1e6).toFixed(0)} MB a call, the faster of two measurements).`,
    ),
    ...(measured.length === 0 || hasEnergy ? [] : ['Energy was not measured: no power rail could be read on this machine.']),
    ...(environment.recorded === undefined ? stateNotes(environment) : []),
    ...flagNotes(measured),
    ...otherNotes(comparisons),
    ...remarks,
    ...environment.limitations.map((each) => (environment.recorded === undefined ? each : `Recorded board: ${each}`)),
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
  const fastest = ({ clocks }: Snapshot) => {
    const known = clocks.cpus.flatMap(({ currentHz }) => currentHz ?? []);
    return known.length === 0 ? undefined : Math.max(...known);
  };
  const pairs = [
    ['hottest', hottest(before), hottest(after)],
    ['GPU', megahertz(before.clocks.gpu?.currentHz), megahertz(after.clocks.gpu?.currentHz)],
    ['CPU', megahertz(fastest(before)), megahertz(fastest(after))],
  ].flatMap(([name, from, to]) => (from === undefined || to === undefined ? [] : [`${name} ${from} and ${to}`]));
  return pairs.length === 0 ? [] : [`Before the run and after, at rest: ${pairs.join(', ')}.`];
}

function memoryNote(memory: JetsonRun['memory']): string {
  const accounts = memory.flatMap(({ subject }) => ('error' in subject ? [] : [subject]));
  const nvMap = accounts.some(({ nvMapBytes }) => nvMapBytes !== undefined);
  const hostOnly = !nvMap && memory.some(({ device }) => device === 'cuda');
  return (
    '(a) parameters, input, output and workspace; of our own baseline where onnxruntime is the leanest, which does not tell. (b) peak of the process ' +
    `(VmHWM${nvMap ? ' and NvMap' : ''}): every process loads and starts every library, or, "own", each its own alone.${
      hostOnly ? " The GPU's own memory is not in it." : ''
    } (c) fall of MemAvailable; below 32 MB it is noise. The paper's -19.51 % stands beside (b): ` +
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
  const row = headlineRow(comparisons);
  const slower = row?.others.flatMap((other) => ('error' in other ? [] : [other])) ?? [];
  const reasons = comparisons.flatMap((each) =>
    'error' in each
      ? []
      : each.others.flatMap((other) => ('error' in other ? [`${other.implementation} could not be tried: ${other.error}`] : [])),
  );
  return [
    ...(row === undefined || slower.length === 0
      ? []
      : [
          `Also tried for the first row: ${slower.map(({ layer, implementation, medianMs }) => `${layer} (${implementation}) ${figure(medianMs)} ms`).join('; ')}.`,
        ]),
    ...new Set(reasons),
  ];
}
