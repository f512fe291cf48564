/** The report as text. */

const { BUDGETS, MAX_BUDGETED_POINTS } = require('./kernels.js');
const { NANO, spills } = require('./assess.js');

const COLUMNS = {
  kernel: (row) => row.kernel,
  threads: (row) => row.threads ?? '-',
  registers: (row) => row.registers,
  spills: (row) => (spills(row) || row.stack > 0 ? `${row.spillLoads}/${row.spillStores} B, stack ${row.stack}` : '0'),
  shared: (row) => row.shared,
  occupancy: (row) => (row.occupancy === undefined ? '-' : `${Math.round(100 * row.occupancy)} % ${row.occupancyLimit}`),
  'instr/element': (row) => row.instructions?.toFixed(1) ?? '-',
  'slots/element': (row) => row.slots?.toFixed(2) ?? '-',
};
const BUDGET_COLUMNS = {
  budget: (row) => (row.budget ? `${row.budget} ${BUDGETS[row.budget].instructions} / ${BUDGETS[row.budget].slots}` : '-'),
  verdict: (row) => row.verdict ?? '-',
};

/** @param {{architecture: number, release: string, nvcc: string, disassembled: boolean, kernels: object[]}} part of the report, for one architecture */
function formatArchitecture({ architecture, release, nvcc, disassembled, kernels }) {
  const nano = architecture === NANO;
  const columns = nano ? { ...COLUMNS, ...BUDGET_COLUMNS } : COLUMNS;
  const cells = [Object.keys(columns), ...kernels.map((row) => Object.values(columns).map((cell) => String(cell(row))))];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  // Words to the left, figures to the right.
  const line = (row) => row.map((cell, i) => (i === 0 || i > 7 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ');
  return [
    `sm_${architecture}, compiled by CUDA ${release} (${nvcc})${disassembled ? '' : '; there is no nvdisasm of that release to count instructions'}`,
    '',
    line(cells[0]),
    line(widths.map((width) => '-'.repeat(width))),
    ...cells.slice(1).map((row) => line(row).trimEnd()),
    '',
    ...(nano ? legend() : []),
    summary(kernels, nano),
  ].join('\n');
}

function legend() {
  const figures = Object.entries(BUDGETS).map(([name, { instructions, slots, why }]) => `  ${name}  ${instructions} / ${slots}  ${why}.`);
  return [
    'Budgets of a Jetson Nano, in instructions and in slots of loads, stores and shuffles for each element:',
    ...figures,
    `  -  above ${MAX_BUDGETED_POINTS} points, and for kernels that are not block transforms: none, but they must not spill.`,
    '',
  ];
}

function summary(kernels, nano) {
  const count = (condition) => kernels.filter(condition).length;
  const parts = [`${kernels.length} kernels`, `${count(spills)} spill`];
  if (nano) {
    parts.push(
      `${count((row) => row.verdict === 'ok')} within their budgets`,
      `${count((row) => row.verdict?.startsWith('over ') ?? false)} within "edges" but over ${BUDGETS.whole.instructions}`,
      `${count((row) => row.verdict === 'over' && BUDGETS[row.budget].enforced)} over`,
      `${count((row) => row.verdict === 'over' && !BUDGETS[row.budget].enforced)} over a budget that is not enforced`,
    );
  }
  return `${parts.join(', ')}.`;
}

module.exports = { formatArchitecture };
