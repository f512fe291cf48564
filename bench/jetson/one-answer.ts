/** A child process that gets one task, gives one answer and ends. */
import { fork } from 'node:child_process';
import { resolve as resolvePath } from 'node:path';
import { endOf } from './process-end';

/** Far more than a slow board takes. */
const PATIENCE_MS = 300_000;

/**
 * @param script in the folder child, or an absolute path
 * @throws Error with what the process said, or how it ended
 */
export function oneAnswer<Answer>(script: string, task: object, signal: AbortSignal, patienceMs = PATIENCE_MS): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = fork(resolvePath(__dirname, 'child', script), {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      signal,
    });
    let answer: { value: Answer } | undefined;
    let said = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, patienceMs);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2000);
    });
    child.once('message', (value: Answer) => {
      answer = { value };
    });
    child.once('error', reject);
    child.once('close', (code, killedBy) => {
      clearTimeout(timer);
      if (late) reject(new Error(`its process gave no answer in ${patienceMs / 1000} s`));
      else if (answer !== undefined && code === 0) resolve(answer.value);
      // A process that fails says why; one that is ended can't.
      else reject(new Error(killedBy === null && said.trim() !== '' ? said.trim() : endOf(code, killedBy, said)));
    });
    child.send(task);
  });
}
