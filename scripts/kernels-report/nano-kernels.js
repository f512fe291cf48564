/**
 * What `npm run bench:jetson -- --project nano` computes with: instructions and slots of the kernels that run its workloads, kept in a file because
 * those who project have no compiler for sm_53. Run by itself, with the path of a report as `--json` wrote it, it writes that file anew.
 */

const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { ReportError } = require('./report-error.js');

const NAME = 'bench/jetson/projection/nano-kernels.json';
const FILE = join(__dirname, '..', '..', NAME);
const COMMAND =
  'npm run kernels:report -- --arch 53 --json build/kernels.json && node scripts/kernels-report/nano-kernels.js build/kernels.json';
const ARCHITECTURE = 53;

/** The workloads have blocks of 64, 256 and 1024 points, all of them whole. A test sees that the layers launch these kernels. */
const KERNELS = ['float', 'half'].flatMap((type) => [
  `contiguous_dense<${type}, 64, smooth>`,
  `contiguous_exchange<${type}, 256, dense, smooth>`,
  `contiguous_exchange<${type}, 1024, dense, smooth>`,
  `strided_registers<${type}, 64, inner 1, 1 lane, smooth>`,
  `strided_exchange<${type}, 256, paired, smooth>`,
  `strided_exchange<${type}, 1024, paired, smooth>`,
]);

const nanoPart = ({ architectures }) => architectures.find(({ architecture }) => architecture === ARCHITECTURE);

/**
 * The file's contents.
 * @param {{architectures: object[]}} report as `npm run kernels:report` makes it
 * @throws ReportError where the report lacks a kernel or its counts
 */
function nanoKernels(report) {
  const part = nanoPart(report);
  if (part === undefined) throw new ReportError(`Expected a report of sm_${ARCHITECTURE}, got one without`);
  const kernels = KERNELS.map((name) => {
    const { instructions, slots } = part.kernels.find(({ kernel }) => kernel === name) ?? {};
    if (instructions === undefined || slots === undefined) {
      throw new ReportError(`Expected the report to count the instructions of ${name}, got ${instructions ?? 'no such kernel'}`);
    }
    return { kernel: name, instructions, slots };
  });
  return { schema: 1, command: COMMAND, architecture: ARCHITECTURE, cuda: part.release, kernels };
}

/**
 * Where the kept counts are not those of a report. Another release of the compiler counts otherwise and is not compared; nor are kernels that the
 * report lacks or did not count.
 * @returns {{compared: boolean, problems: string[]}}
 */
function compareKept(report, kept = JSON.parse(readFileSync(FILE, 'utf8'))) {
  const part = nanoPart(report);
  if (part === undefined || part.release !== kept.cuda) return { compared: false, problems: [] };
  const found = new Map(part.kernels.map((row) => [row.kernel, row]));
  const problems = kept.kernels.flatMap(({ kernel, instructions, slots }) => {
    const row = found.get(kernel);
    if (row?.instructions === undefined || (row.instructions === instructions && row.slots === slots)) return [];
    const counts = (of) => `${of.instructions} instructions and ${of.slots} slots an element`;
    return [`sm_${ARCHITECTURE} ${kernel}: Expected ${NAME} to say ${counts(row)}, got ${counts({ instructions, slots })}: run ${COMMAND}`];
  });
  return { compared: true, problems };
}

if (require.main === module) {
  try {
    const [path] = process.argv.slice(2);
    if (path === undefined) throw new ReportError(`Expected the path of a report, got none: run ${COMMAND}`);
    writeFileSync(FILE, `${JSON.stringify(nanoKernels(JSON.parse(readFileSync(path, 'utf8'))), null, 2)}\n`);
    console.log(`${NAME} is written.`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = error.exitCode ?? 2;
  }
}

module.exports = { FILE, KERNELS, NAME, compareKept, nanoKernels };
