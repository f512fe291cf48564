/** The doctor's page: 80 columns, and on a machine where all is well less than a screen. */
import type { DoctorReport, Finding } from './schema';

const WIDTH = 80;
const LABEL = 15;
const MARKS = { ok: '✓', note: '·', problem: '✗' } as const;

/** @param kind what is to be seen at a glance */
export type Style = (kind: 'ok' | 'note' | 'problem' | 'heading' | 'cure', text: string) => string;

export const PLAIN: Style = (_, text) => text;

const CODES = { ok: 32, note: 33, problem: 31, heading: 1, cure: 36 } as const;
export const COLOURED: Style = (kind, text) => `\u001b[${CODES[kind]}m${text}\u001b[0m`;

export function render({ backend, findings }: DoctorReport, style: Style = PLAIN): string {
  const { because } = backend;
  const rows = findings.flatMap((finding) => row(finding, because?.cure, style));
  return `${[style('heading', 'wht-layers doctor'), '', ...rows, '', '─'.repeat(WIDTH), ...verdict({ backend }, style)].join('\n')}\n`;
}

/** @param later the cure that the end of the page has */
function row({ subject, state, text, cure = [] }: Finding, later: readonly string[] | undefined, style: Style): string[] {
  const [first = '', ...more] = wrapped(text, WIDTH - LABEL - 2);
  const indent = ' '.repeat(LABEL + 2);
  const lines = [`${style(state, MARKS[state])} ${subject.padEnd(LABEL)}${first}`, ...more.map((line) => indent + line)];
  const said = later !== undefined && cure.every((line) => later.includes(line));
  return [...lines, ...(said ? [] : cure.map((line) => `${indent}  ${style('cure', line)}`))];
}

function verdict({ backend }: Pick<DoctorReport, 'backend'>, style: Style): string[] {
  const { kind, supposed, text, because } = backend;
  const gives = supposed ? (kind === 'cuda' ? 'openDevice() can give' : 'openDevice() would give') : 'openDevice() gives';
  const lines = wrapped(`${gives} ${text}`, WIDTH).map((line) => style('heading', line));
  if (because === undefined) return lines;
  const start = { cpu: `Not CUDA: ${because.text}`, cuda: capitalised(because.text), none: capitalised(because.text) }[kind];
  const reason = wrapped(`${start}${because.cure?.length ? ':' : '.'}`, WIDTH);
  return [...lines, ...reason, ...(because.cure ?? []).map((line) => `  ${style('cure', line)}`)];
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Lines of at most that many characters; a word that is longer has one for itself. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
