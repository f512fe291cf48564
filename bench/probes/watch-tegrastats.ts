import { spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import type { BoardRoot } from './board-root';
import { parseTegrastats, type TegrastatsReading } from './tegrastats';

export interface TegrastatsWatch {
  /** No reading comes after it. */
  stop(): void;
}

/** How long it may take to end by itself. */
const GRACE_MS = 500;

/**
 * Starts a fresh tegrastats, for its averages are since it began, and reads its lines until `stop`. In a recorded tree its lines come one an interval,
 * over and over.
 *
 * @param onFailure is told why no readings come, or come no more
 */
export function watchTegrastats(
  root: BoardRoot,
  intervalMs: number,
  onReading: (reading: TegrastatsReading, line: string) => void,
  onFailure: (reason: string) => void = () => {},
): TegrastatsWatch {
  const onLine = (line: string) => {
    if (line.trim() !== '') onReading(parseTegrastats(line), line);
  };
  return root.recorded === undefined
    ? watchProcess(root.find('tegrastats'), intervalMs, onLine, onFailure)
    : replay(root, intervalMs, onLine, onFailure);
}

function watchProcess(
  file: string | undefined,
  intervalMs: number,
  onLine: (line: string) => void,
  onFailure: (reason: string) => void,
): TegrastatsWatch {
  if (file === undefined) return failed('tegrastats was not found', onFailure);
  const child = spawn(file, ['--interval', String(intervalMs)], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, LC_ALL: 'C' },
  });
  // If this process is killed, its pipe closes, and tegrastats ends with the next line it writes. If it exits, that must not wait for a line.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  let stopped = false;
  const fail = (reason: string) => {
    if (!stopped) onFailure(reason);
    stopped = true;
  };
  child.once('error', ({ message }) => fail(`tegrastats could not be started (${message})`));
  child.once('close', (code, signal) => {
    process.removeListener('exit', kill);
    fail(`tegrastats ended with ${signal ?? `exit code ${code}`}`);
  });
  const decoder = new StringDecoder('utf8');
  let rest = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (!stopped) onLine(line);
  });
  return {
    stop() {
      if (stopped) return;
      stopped = true;
      child.stdout.destroy();
      child.kill('SIGTERM');
      const timer = setTimeout(kill, GRACE_MS);
      timer.unref();
      child.once('close', () => clearTimeout(timer));
    },
  };
}

function replay(root: BoardRoot, intervalMs: number, onLine: (line: string) => void, onFailure: (reason: string) => void): TegrastatsWatch {
  const answer = root.tool('tegrastats', []);
  const lines = answer.ok ? answer.stdout.split('\n').filter((line) => line.trim() !== '') : [];
  if (lines.length === 0) return failed(`tegrastats ${answer.ok ? 'printed nothing' : `was ${answer.reason}`}`, onFailure);
  let next = 0;
  const timer = setInterval(() => onLine(lines[next++ % lines.length] ?? ''), intervalMs);
  return { stop: () => clearInterval(timer) };
}

/** Later, as a failure of a process would come. */
function failed(reason: string, onFailure: (reason: string) => void): TegrastatsWatch {
  let stopped = false;
  setImmediate(() => {
    if (!stopped) onFailure(reason);
  });
  return {
    stop() {
      stopped = true;
    },
  };
}
