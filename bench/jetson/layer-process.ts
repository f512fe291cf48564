import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { endOf } from './process-end';
import type { Answers, LayerTask, Message, Reply, Request } from './task';

/** Far more than a slow board takes for its first convolution, with every algorithm of cuDNN's tried. */
const PATIENCE_MS = 300_000;

/** The process that was to answer has ended, or was ended because it did not. */
export class ProcessEnded extends Error {}

/** What others need of one. */
export type LayerHost = Pick<LayerProcess, 'task' | 'generation' | 'running' | 'ask' | 'restart'>;

/**
 * A child process with one layer. It is started by the first request, and anew by the first one after it has ended, which is told by `generation`.
 */
export class LayerProcess {
  readonly task: LayerTask;
  /** How many processes there have been. */
  generation = 0;
  readonly #signal: AbortSignal;
  readonly #patienceMs: number;
  readonly #script: string;
  #child: ChildProcess | undefined;
  #complaint = '';
  #requests = 0;
  /** An end that met nobody who waited for an answer: told to the next one who asks. */
  #unreported: string | undefined;

  /** @param signal aborting it ends the process */
  constructor(task: LayerTask, signal: AbortSignal, patienceMs = PATIENCE_MS, script = join(__dirname, 'child', 'main.js')) {
    this.task = task;
    this.#signal = signal;
    this.#patienceMs = patienceMs;
    this.#script = script;
  }

  get running(): boolean {
    return this.#child !== undefined || this.#unreported !== undefined;
  }

  /**
   * One request at a time.
   *
   * @throws ProcessEnded; Error with the child's message, which then lives on
   */
  ask<K extends Request['kind']>(request: Request & { kind: K }): Promise<Answers[K]> {
    const unreported = this.#unreported;
    this.#unreported = undefined;
    if (unreported !== undefined) return Promise.reject(new ProcessEnded(unreported));
    const child = this.#running();
    const id = ++this.#requests;
    return new Promise((resolve, reject) => {
      const onMessage = (reply: Reply) => {
        if (reply.id !== id) return;
        finish();
        if ('error' in reply) reject(new Error(reply.error));
        else resolve(reply.value as Answers[K]);
      };
      const onEnd = (code: number | null, signal: NodeJS.Signals | null) => {
        finish();
        this.#unreported = undefined;
        reject(new ProcessEnded(endOf(code, signal, this.#complaint)));
      };
      const onError = (error: Error) => {
        finish();
        reject(new ProcessEnded(error.message));
      };
      const timer = setTimeout(() => {
        finish();
        this.restart();
        reject(new ProcessEnded(`its process gave no answer in ${this.#patienceMs / 1000} s`));
      }, this.#patienceMs);
      const finish = () => {
        clearTimeout(timer);
        child.off('message', onMessage).off('close', onEnd).off('error', onError);
      };
      child.on('message', onMessage).once('close', onEnd).once('error', onError);
      child.send({ ...request, id } as Message);
    });
  }

  /** Ends the process; the next request starts another. */
  restart(): void {
    const child = this.#child;
    this.#child = undefined;
    this.#unreported = undefined;
    // Not disconnect: one that hangs would stay.
    child?.kill('SIGKILL');
  }

  #running(): ChildProcess {
    if (this.#child !== undefined) return this.#child;
    this.generation++;
    this.#complaint = '';
    const child = fork(this.#script, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'], signal: this.#signal });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-2000);
    });
    child.once('exit', (code, signal) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#unreported = endOf(code, signal, this.#complaint);
    });
    // Also while nothing is asked; whoever asks hears of it by listeners of their own.
    child.on('error', () => {});
    child.send({ kind: 'open', task: this.task } satisfies Message);
    this.#child = child;
    return child;
  }
}
