/** What users type to run the harness: npm's scripts in a clone, `npx wht-layers` where it is installed, which says so in WHT_COMMAND. */

const SCRIPTS = { bench: 'bench:jetson', compare: 'bench:compare' } as const;

/** @param args e.g. "--json FILE", in the form in which they reach the command */
export function command(name: keyof typeof SCRIPTS, args?: string): string {
  // It names the command that runs, which may speak of the other one.
  const launcher = process.env.WHT_COMMAND?.replace(/ \S+$/, '') ?? '';
  if (launcher !== '') return [launcher, name, ...(args === undefined ? [] : [args])].join(' ');
  return `npm run ${SCRIPTS[name]}${args === undefined ? '' : ` -- ${args}`}`;
}
