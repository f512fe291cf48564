import { writeFileSync } from 'node:fs';

/** Where memory runs out, Linux ends this process before the harness that started it, which then says so in one row. Any process may ask for that. */
export function becomeOomVictim(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Not Linux, or not allowed: the kernel chooses.
  }
}
