/** One line for each implementation of each row, for spreadsheets. */
import type { ComparisonResult, JetsonRun, Side } from './schema';

const COLUMNS = [
  ...['id', 'protocol', 'device', 'threads', 'dtype', 'layout', 'shape', 'role', 'layer', 'implementation', 'implementation_layout'],
  ...['median_ms', 'median_low_ms', 'median_high_ms', 'p90_ms', 'p99_ms', 'samples', 'images_per_second', 'energy_mj_per_image'],
  ...['speed_ratio', 'speed_ratio_low', 'speed_ratio_high', 'copy_ms', 'paper_speed_ratio', 'flags', 'error'],
] as const;
type Column = (typeof COLUMNS)[number];
type Cells = Partial<Record<Column, string | number | undefined>>;

export function csv({ comparisons }: Pick<JetsonRun, 'comparisons'>): string {
  return [COLUMNS.join(','), ...comparisons.flatMap(lines)].join('\r\n').concat('\r\n');
}

function lines(result: ComparisonResult): string[] {
  const { id, protocol, device, threads, dtype, layout, shape, paper } = result;
  const header = { ...{ id, protocol, device, threads, dtype, layout }, shape: shape.join('x'), paper_speed_ratio: paper?.speedRatio };
  if ('error' in result) return [line({ ...header, role: 'subject', error: `failed: ${result.error}` })];
  const { subject, baseline, others, speedRatio, speedRatioInterval, copyMs, flags } = result;
  return [
    line({
      ...header,
      ...sideCells('subject', subject),
      ...{ speed_ratio: speedRatio, speed_ratio_low: speedRatioInterval?.[0], speed_ratio_high: speedRatioInterval?.[1], copy_ms: copyMs },
      flags: flags.join('; '),
    }),
    line({ ...header, ...sideCells('baseline', baseline) }),
    ...others.map((other) => {
      if (!('error' in other)) return line({ ...header, ...sideCells('other', other) });
      return line({ ...header, role: 'other', layer: other.layer, implementation: other.implementation, error: `failed: ${other.error}` });
    }),
  ];
}

function sideCells(role: string, side: Side): Cells {
  const { layer, implementation, layout, medianMs, medianInterval, distribution, imagesPerSecond, energy } = side;
  return {
    ...{ role, layer, implementation, implementation_layout: layout, median_ms: medianMs },
    ...{ median_low_ms: medianInterval?.[0], median_high_ms: medianInterval?.[1], p90_ms: distribution?.p90, p99_ms: distribution?.p99 },
    ...{ samples: distribution?.samples, images_per_second: imagesPerSecond, energy_mj_per_image: energy?.perImageMj },
  };
}

function line(cells: Cells): string {
  return COLUMNS.map((column) => quoted(cells[column])).join(',');
}

/** As RFC 4180 has it: absent figures are empty cells. More than six digits of a measured figure are noise. */
function quoted(value: string | number | undefined): string {
  const text = value === undefined ? '' : String(typeof value === 'number' ? Number(value.toPrecision(6)) : value);
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
