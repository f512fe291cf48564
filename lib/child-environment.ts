/**
 * The environment for a process that tries something out: this one's, without what would make the two meet, such as a debugger's port or the file
 * of a profile. Other options stay: package managers such as Yarn find modules through NODE_OPTIONS.
 */
export function childEnvironment(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const { NODE_OPTIONS, ...others } = environment;
  const options = (NODE_OPTIONS ?? '').replace(/(^|\s)--(inspect|cpu-prof|heap-prof|prof)\S*/g, '').trim();
  return options === '' ? others : { ...others, NODE_OPTIONS: options };
}
