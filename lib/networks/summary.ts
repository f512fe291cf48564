import type { ParameterCount } from '../layers/layer';
import type { NetworkMemory } from './network';

/** One layer of a network. */
export interface SummaryRow {
  /** Its parameters' keys begin so. */
  name: string;
  /** What it is. */
  layer: string;
  outputShape: readonly number[];
  /** All of them, statistics of batch norms included. */
  parameters: number;
  /** Multiplications, or multiply-adds. */
  macs: number;
  /** Of the output. */
  bytes: number;
}

/** The table that `network.summary()` gives. */
export function summaryTable(title: string, rows: readonly SummaryRow[], count: ParameterCount, memory: NetworkMemory): string {
  // Here, since only who asks for a table needs it.
  const Table = require('cli-table3') as typeof import('cli-table3');
  const number = (value: number) => value.toLocaleString('en-US');
  const table = new Table({
    head: [title, 'layer', 'output shape', 'parameters', 'MACs', 'output bytes'],
    colAligns: ['left', 'left', 'left', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, layer, outputShape, parameters, macs, bytes } of rows) {
    table.push([name, layer, outputShape.join('x'), number(parameters), number(macs), number(bytes)]);
  }
  const macs = rows.reduce((sum, row) => sum + row.macs, 0);
  return [
    table.toString(),
    `Parameters: ${number(count.trainable)} trainable, ${number(count.total)} in all (${number(memory.parameters)} bytes)`,
    `MACs: ${number(macs)}`,
    `Maps: ${number(memory.maps)} bytes beside the input; ${number(memory.widestPoint)} at the widest point with it`,
  ].join('\n');
}
