/** The name, in the folder `tools` of a recorded tree, of what a tool printed: `nvpmodel_-q.txt`, or `jetson_clocks_--show.failed.txt` for its complaint. */
export function toolFile(command: string, args: readonly string[], failed = false): string {
  return `${[command, ...args].join('_').replace(/\//g, '-')}${failed ? '.failed' : ''}.txt`;
}
