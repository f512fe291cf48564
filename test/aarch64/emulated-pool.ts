/** A vitest pool whose processes are arm64 Node.js in an emulator: the same tests, reports and exit code, on another processor. */
import { type ChildProcess, fork } from 'node:child_process';
import { cpus } from 'node:os';
import { type File, processError } from '@vitest/runner';
import { createFileTask, getTests } from '@vitest/runner/utils';
import type { ProcessPool, TestSpecification, Vitest } from 'vitest/node';
import { bundle } from './bundle';
import { emulatedNode } from './emulator';
import type { Message } from './run-file';
import { fullName, testsCollectedHere } from './tests-collected-here';

export default function emulatedPool(vitest: Vitest, { env }: { env: NodeJS.ProcessEnv }): ProcessPool {
  const running = new Set<ChildProcess>();

  /** Rejects where the process did not get to its end. */
  async function runInEmulator({ project, moduleId }: TestSpecification): Promise<void> {
    const { command, args } = emulatedNode('node20');
    const file = await bundle(moduleId);
    const execArgv = [...args, '--expose-gc', '--enable-source-maps'];
    await new Promise<void>((resolve, reject) => {
      const child = fork(file, { execPath: command, execArgv, env, serialization: 'advanced' });
      running.add(child);
      let finished = false;
      child.on('message', (message: Message) => {
        if ('finished' in message) finished = true;
        else if ('collected' in message) {
          vitest.state.collectFiles(project.workspaceProject, message.collected);
          void vitest.report('onCollected', message.collected);
        } else {
          vitest.state.updateTasks(message.update);
          void vitest.report('onTaskUpdate', message.update);
        }
      });
      child.on('error', reject);
      child.on('close', (code, signal) => {
        running.delete(child);
        if (finished && code === 0) resolve();
        else reject(new Error(`Expected the emulated process to finish its tests, but it ended with ${signal ?? `exit code ${code}`}`));
      });
      child.send(project.serializedConfig);
    });
  }

  function fail({ project, moduleId }: TestSpecification, error: unknown): void {
    const [collected] = vitest.state.getFiles([moduleId]);
    const file: File = collected ?? createFileTask(moduleId, project.config.root, project.name, 'aarch64');
    file.result = { state: 'fail', errors: [...(file.result?.errors ?? []), processError(error)] };
    vitest.state.collectFiles(project.workspaceProject, [file]);
    void vitest.report('onCollected', [file]);
  }

  async function runTests(specifications: TestSpecification[]): Promise<void> {
    const wanted = vitest.config.testNamePattern === undefined ? testsCollectedHere(env) : undefined;
    const queue = [...specifications];
    const worker = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        try {
          await runInEmulator(next);
          const [file] = vitest.state.getFiles([next.moduleId]);
          if (file === undefined) throw new Error('Expected the emulated process to collect the file');
          // One that failed as a whole has said why.
          if (file.result?.errors !== undefined) continue;
          const ran = getTests(file).filter(({ mode }) => mode === 'run');
          wanted?.checkNoneLeftOut(next.moduleId, ran.map(fullName));
        } catch (error) {
          fail(next, error);
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(2, cpus().length) }, worker));
  }

  return {
    name: 'aarch64',
    runTests,
    collectTests: () => Promise.reject(new Error('Expected "vitest run": the tests are those that "vitest list test/conformance" lists')),
    close: async () => {
      for (const child of running) child.kill('SIGKILL');
    },
  };
}
