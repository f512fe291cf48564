import { readdirSync } from 'node:fs';

/** How many threads this process has (Linux). */
export function processThreads(): number {
  return readdirSync('/proc/self/task').length;
}
