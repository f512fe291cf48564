/** How much differs, in a few lines. */
import type { Amount, ComparedMemory, ComparedRow, FailedPair, RunComparison, Verdict } from './schema';

type Judged = { verdict: Verdict | Amount['verdict'] };

export const isMeasured = (row: ComparedRow | FailedPair): row is ComparedRow => 'subject' in row;
export const isSpoiled = ({ flagsA, flagsB }: ComparedRow) => flagsA.length + flagsB.length > 0;

/** Whether something in it differs, failed, or can't be trusted. */
export function isWorthShowing(item: ComparedRow | FailedPair | ComparedMemory): boolean {
  if ('accounts' in item) return hasFailed(item) || Object.values(item.accounts).some(differs);
  return !isMeasured(item) || isSpoiled(item) || [...times(item), ...energies(item)].some(differs);
}

export function summaryLines({ rows, memory }: RunComparison, all: boolean): string[] {
  const measured = rows.filter(isMeasured);
  const amounts = memory.flatMap(({ accounts }) => Object.values(accounts));
  const failures = rows.length - measured.length;
  const spoiled = measured.filter(isSpoiled).length;
  const failedLayers = memory.filter(hasFailed).length;
  const hidden = [...rows, ...memory].some((item) => !isWorthShowing(item));
  return [
    ...(rows.length === 0 ? ['The runs have no row in common.'] : []),
    ...counts('Times and speed-ups', measured.flatMap(times)),
    ...direction(measured),
    ...counts('Energy', measured.flatMap(energies)),
    ...counts('Memory', amounts),
    ...(failures > 0 ? [`${failures} ${failures === 1 ? 'row' : 'rows'} failed.`] : []),
    ...(spoiled > 0 ? [`${spoiled} ${spoiled === 1 ? 'row is' : 'rows are'} spoiled: see SPOILED below.`] : []),
    ...(failedLayers > 0 ? [`The memory of ${failedLayers} ${failedLayers === 1 ? 'layer' : 'layers'} could not be measured.`] : []),
    ...(hidden && !all ? ['Only what differs, failed or is spoiled is shown in full; --all shows every row.'] : []),
  ];
}

const hasFailed = ({ errorA, errorB }: ComparedMemory) => errorA !== undefined || errorB !== undefined;
const times = ({ subject, baseline, speedRatio }: ComparedRow): Judged[] => [subject, baseline, speedRatio];
const energies = ({ subjectEnergy, baselineEnergy }: ComparedRow): Judged[] =>
  [subjectEnergy, baselineEnergy].flatMap((each) => (each === undefined ? [] : [each]));

const isComparable = ({ verdict }: Judged) => verdict !== 'not known' && verdict !== 'other baseline';
const differs = (figure: Judged) => isComparable(figure) && figure.verdict !== 'same';

function counts(name: string, figures: readonly Judged[]): string[] {
  if (figures.length === 0) return [];
  const different = figures.filter(differs).length;
  const incomparable = figures.filter((each) => !isComparable(each)).length;
  return [
    `${name}, ${figures.length} ${figures.length === 1 ? 'figure' : 'figures'}: ${[
      `${figures.length - different - incomparable} the same`,
      `${different} ${different === 1 ? 'differs' : 'differ'}`,
      ...(incomparable > 0 ? [`${incomparable} not comparable`] : []),
    ].join(', ')}.`,
  ];
}

/** What most want to know. */
function direction(rows: readonly ComparedRow[]): string[] {
  const count = (verdict: Verdict) => rows.filter(({ subject }) => subject.verdict === verdict).length;
  const [faster, slower] = [count('faster'), count('slower')];
  return faster + slower === 0 ? [] : [`The WHT layer in B: faster in ${faster}, slower in ${slower} of ${rows.length} rows.`];
}
