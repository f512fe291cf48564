import { afterAll } from 'vitest';
import { Consumer, type Tools } from './consumer';

const started: Consumer[] = [];

// Of the file that imports this, each of which has a process and so a list of its own.
afterAll(() => {
  for (const consumer of started) consumer.remove();
});

/** A project that is removed after all tests of the file. */
export function startConsumer(tools: Tools = NODE_20): Consumer {
  const consumer = new Consumer(tools);
  started.push(consumer);
  return consumer;
}

/** For what does not depend on the release. */
export const NODE_20: Tools = { node: 'node20', manager: 'npm10' };
