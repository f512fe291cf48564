import { percent } from '../figures';
import { ruled, ruledTable } from '../ruled-table';
import { ACCOUNTS, type Account, baselineAccounts, memoryChange } from './memory-change';
import type { JetsonRun, MemoryAccounts, MemoryComparison } from './schema';
import { DEVICE_NAMES, TITLES } from './titles';

const HEAD = ['', 'Leanest baseline', '(a) layer', '(b) peak', 'paper', '(b) own', '(c) system'];
const WIDTHS = [30, 19, 9, 9, 7, 9, 10];
const NOT_MEASURED = '–';
/** The paper's figure is of processes with their libraries; see run-notes.ts. */
const PAPERS: Account = 'peakBytes';

/** Changes, and megabytes of both below. */
export function memoryTable(memory: JetsonRun['memory']): string {
  const table = ruledTable(HEAD, WIDTHS, 2);
  for (const each of memory) {
    const { id, device, subject } = each;
    const baseline = baselineAccounts(each);
    const title = `${TITLES[id]}\n  ${DEVICE_NAMES[device]}, ${each.shape.join('x')}`;
    if ('error' in subject || baseline === undefined) {
      const [reason = 'no baseline was measured'] = [subject, ...each.baselines].flatMap((side) => ('error' in side ? [side.error] : []));
      table.push([title, { colSpan: HEAD.length - 1, content: `failed: ${reason}` }]);
      continue;
    }
    table.push([
      title,
      `${baseline.layer}\n${baseline.implementation}`,
      ...ACCOUNTS.flatMap((account) => {
        const own = cell(each, account, subject, baseline);
        return account === PAPERS ? [own, each.paper?.memoryReduction === undefined ? '' : percent(-each.paper.memoryReduction)] : [own];
      }),
    ]);
  }
  return ruled(table, WIDTHS);
}

function cell(comparison: MemoryComparison, account: Account, subject: MemoryAccounts, baseline: MemoryAccounts): string {
  const [own, other] = [subject[account], baseline[account]];
  const change = memoryChange(comparison, account);
  if (own === undefined || other === undefined || change === undefined) return NOT_MEASURED;
  return `${percent(change)}\n${megabytes(own)}/${megabytes(other)}`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0);
}
