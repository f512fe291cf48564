import type { WorkloadId } from '../schema';
import type { Group } from './chart-data';
import { workloadTitle } from './words';

/** Rows below the names of their workloads, in the order in which these first occur. */
export function groups<Row extends { id: WorkloadId }, Drawn>(rows: readonly Row[], drawn: (row: Row) => Drawn): Group<Drawn>[] {
  return [...new Set(rows.map(({ id }) => id))].map((id) => ({
    title: workloadTitle(id),
    rows: rows.filter((row) => row.id === id).map(drawn),
  }));
}
