import { becomeOomVictim } from './oom-victim';

/** The other half of ../one-answer.ts: does the task that comes, answers, and ends; what goes wrong is said in a line. */
export function answerOnce<Task, Answer>(work: (task: Task) => Promise<Answer>): void {
  becomeOomVictim();
  // Ctrl-C in a terminal reaches the harness and its children alike: it decides, and ends them.
  process.on('SIGINT', () => {});
  process.once('message', (task: Task) => {
    work(task)
      .then((answer) => process.send?.(answer, () => process.disconnect()))
      .catch((error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
        process.exit(1);
      });
  });
}
