import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';

export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  /** Of stdout and stderr, as they came. */
  output: string;
  milliseconds: number;
}

export interface CommandOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Milliseconds; one that takes longer is killed, and has a signal then. */
  timeout: number;
}

/** Waits without holding up the test's process, which has to answer vitest. */
export function runCommand(command: string, args: readonly string[], { cwd, env, timeout }: CommandOptions): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(command, args, { cwd, env, timeout, killSignal: 'SIGKILL', stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
      output += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, output, milliseconds: performance.now() - start }));
  });
}

/** @throws with all that the command said, where it did not end with the exit code */
export function expectExit(outcome: Outcome, expected: number, what: string): Outcome {
  if (outcome.code !== expected) {
    const ended = outcome.signal ?? `exit code ${outcome.code}`;
    throw new Error(
      `Expected ${what} to end with exit code ${expected}, got ${ended} after ${(outcome.milliseconds / 1000).toFixed(1)} s:\n${outcome.output}`,
    );
  }
  return outcome;
}
