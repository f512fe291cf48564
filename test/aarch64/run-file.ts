/** In the emulated process: collects and runs one test file with vitest's runner, and tells the pool of it in messages. */
import { type File, startTests, type TaskResultPack, type VitestRunner, type VitestRunnerConfig } from '@vitest/runner';

/** From the pool: begins. */
export type Start = VitestRunnerConfig;

/** To the pool: each of these as vitest's own processes tell it. */
export type Message = { collected: File[] } | { update: TaskResultPack[] } | { finished: true };

function send(message: Message): Promise<void> {
  return new Promise((resolve, reject) => {
    if (process.send === undefined) reject(new Error('Expected to be started by the pool, which listens'));
    else process.send(message, (error: Error | null) => (error === null ? resolve() : reject(error)));
  });
}

/** An error that nothing handles ends the process, as Node.js has it, and the pool sees its exit code. */
export function runFile(path: string, load: () => void): void {
  process.once('message', async (config: Start) => {
    const runner: VitestRunner = {
      config,
      pool: 'aarch64',
      importFile: load,
      onCollected: (collected) => send({ collected }),
      onTaskUpdate: (update) => send({ update }),
    };
    await startTests([path], runner);
    await send({ finished: true });
    process.disconnect();
  });
}
