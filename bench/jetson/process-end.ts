/** How a process ended, in words. */
export function endOf(code: number | null, signal: NodeJS.Signals | null, said: string): string {
  const last = said.trim() === '' ? '' : `: ${said.trim().split('\n').slice(-3).join(' ')}`;
  if (signal === 'SIGKILL') return `its process was killed (SIGKILL), as Linux does where memory runs out${last}`;
  return `its process ended with ${signal ?? `exit code ${code}`}${last}`;
}
