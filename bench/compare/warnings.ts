/** What stands in the way of believing any difference. */
import { BUSY } from '../busy';
import type { RunComparison } from './schema';

/** Load averages that differ by less are alike. */
const ALIKE = 0.3;

export interface Warning {
  /** The noted difference that it says more of. */
  what: string;
  text: string;
}

export function warnings({ a, b }: Pick<RunComparison, 'a' | 'b'>): Warning[] {
  const interrupted = [...(a.interrupted ? ['A'] : []), ...(b.interrupted ? ['B'] : [])].join(' and ');
  const [loadA, loadB] = [a.loadAverage, b.loadAverage];
  const suspect = Math.max(loadA, loadB) > BUSY || Math.abs(loadA - loadB) >= ALIKE;
  return [
    ...(interrupted === '' ? [] : [{ what: 'interrupted', text: `INTERRUPTED: ${interrupted} ended early: rows are missing.` }]),
    ...(suspect
      ? [
          {
            what: 'load before',
            text: `LOAD before the run: A ${loadA.toFixed(2)}, B ${loadB.toFixed(2)}. This alone may explain differences: repeat both on an idle machine.`,
          },
        ]
      : []),
  ];
}
