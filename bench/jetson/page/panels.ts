import { PROTOCOLS, type Protocol, type WorkloadId } from '../schema';
import type { Panel } from './chart-data';
import { groups } from './groups';
import { PROTOCOL_MEANINGS, PROTOCOL_TITLES } from './words';

/**
 * A chart's panel for each protocol that has rows.
 *
 * @param alone the protocol whose panel is short and without a partner, and has a row of its own
 */
export function protocolPanels<Row extends { id: WorkloadId; protocol: Protocol }, Drawn>(
  chart: string,
  rows: readonly Row[],
  drawn: (row: Row) => Drawn,
  alone?: Protocol,
): Panel<Drawn>[] {
  return PROTOCOLS.flatMap((protocol) => {
    const ofProtocol = rows.filter((row) => row.protocol === protocol);
    if (ofProtocol.length === 0) return [];
    return [
      {
        id: `plot-${chart}-${protocol}`,
        title: PROTOCOL_TITLES[protocol],
        explanation: PROTOCOL_MEANINGS[protocol],
        ...(protocol === alone && { whole: true }),
        groups: groups(ofProtocol, drawn),
      },
    ];
  });
}
