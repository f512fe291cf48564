/** What a reader needs to understand the tables of a comparison. */
import { ROUGH_BYTES } from '../jetson/memory-change';
import { PROTOCOLS } from '../jetson/schema';
import { placeOf, rowName } from './compare';
import type { ComparedMemory, ComparedRow, FailedPair, RunComparison } from './schema';
import { isMeasured } from './summary';
import { MARGINS, SIZE_MARGIN, SYSTEM_MARGIN_BYTES } from './verdict';

interface Shown {
  rows: readonly (ComparedRow | FailedPair)[];
  memory: readonly ComparedMemory[];
}

export function comparisonNotes({ a, b, rows, memory, onlyA, onlyB }: RunComparison, shown: Shown): string[] {
  const measured = rows.filter(isMeasured);
  const judged = measured.flatMap(({ subject, baseline, speedRatio }) => [subject.verdict, baseline.verdict, speedRatio.verdict]);
  return [
    ...(shown.rows.some(isMeasured)
      ? [
          'ms: medians of one call, with the interval that holds the true one with 95 % confidence. Speed-up: baseline over WHT layer. ' +
            'B/A: B over A, so that times below 1 are faster.',
        ]
      : []),
    ...(measured.length > 0
      ? [
          `B differs where the intervals lie apart and the figure changed by more than runs of the same code did (on an x86 CPU): ${margins()}, whose new arrays land on ` +
            'fresh pages or not. Intervals hold what varies within one run, not between runs: believe a difference only when it repeats.',
        ]
      : []),
    ...(judged.includes('not known')
      ? [
          `not known: fewer than six rounds, too few for an interval; runs without --quick have enough${a.emulated || b.emulated ? ', those of an emulated GPU never' : ''}.`,
        ]
      : []),
    ...otherBaselines(measured),
    ...flags('A', measured, 'flagsA'),
    ...flags('B', measured, 'flagsB'),
    ...(measured.some(({ subjectEnergy, baselineEnergy }) => subjectEnergy ?? baselineEnergy)
      ? ["mJ: the whole rail's millijoule an image; there is no interval, so that the change alone tells whether B differs."]
      : []),
    ...(memory.length > 0 ? [memoryNote(shown.memory.length > 0)] : []),
    ...(onlyA.rows.length > 0 && onlyB.rows.length > 0
      ? ['Rows of both runs are one where comparison, protocol, device, threads, type, layout and shape are the same.']
      : []),
  ];
}

/** E.g. "15 % (paper, throughput), ...". */
function margins(): string {
  const factors = [...new Set(PROTOCOLS.map((protocol) => MARGINS[protocol]))].sort((a, b) => a - b);
  return factors
    .map((factor) => `${changeOf(factor)} (${PROTOCOLS.filter((protocol) => MARGINS[protocol] === factor).join(', ')})`)
    .join(', ');
}

const changeOf = (factor: number) => (factor < 2 ? `${((factor - 1) * 100).toFixed(0)} %` : `a factor of ${factor}`);

function memoryNote(tableShown: boolean): string {
  const rule =
    `Memory differs where (a) changed at all, (b) by more than ${changeOf(SIZE_MARGIN)}, PSS or (c), which depend on what else runs, by more than ${SYSTEM_MARGIN_BYTES / 1e6} MB: ` +
    'runs of the same code stayed below that.';
  const accounts =
    'MB: 10^6 bytes, each layer in a fresh process. (a) parameters, input, output and workspace. (b) peak of the process, with every library loaded; own: with those ' +
    "that the layer needs; NvMap: the GPU's part on a Jetson. PSS: the process's size at the end, pages that it shares with other processes counted in part. " +
    `(c) fall of the system's MemAvailable; below ${ROUGH_BYTES / 1e6} MB it is noise, and has no B/A.`;
  return tableShown ? `${accounts} ${rule}` : rule;
}

function otherBaselines(rows: readonly ComparedRow[]): string[] {
  const others = rows.filter(({ baseline }) => baseline.verdict === 'other baseline');
  if (others.length === 0) return [];
  const groups = grouped(others, ({ id, baseline, ...row }) =>
    [id, placeOf(row), baseline.implementationA, baseline.implementationB].join('\n'),
  );
  const where = [...groups.values()].flatMap((rows) =>
    rows.slice(0, 1).map((row) => {
      const types = rows.map(({ dtype, layout }) => `${dtype} ${layout}`).join(', ');
      return `${row.id}, ${placeOf(row)}, ${types}: A ${row.baseline.implementationA}, B ${row.baseline.implementationB}`;
    }),
  );
  return [
    `other baseline: not the same implementation was the fastest, so that only the WHT layer's times can be compared. ${where.join('; ')}.`,
  ];
}

function flags(name: string, rows: readonly ComparedRow[], field: 'flagsA' | 'flagsB'): string[] {
  const spoiled = rows.flatMap((row) => (row[field].length > 0 ? [row] : []));
  return [...grouped(spoiled, (row) => row[field].join('; '))].map(
    ([flags, rows]) => `SPOILED in ${name}: ${rows.map(rowName).join('; ')}: ${flags}.`,
  );
}

function grouped<T>(items: readonly T[], nameOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(nameOf(item), [...(groups.get(nameOf(item)) ?? []), item]);
  return groups;
}
