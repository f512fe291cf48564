/** The README's first example as its reader would copy it, in both forms that it names, and what it says that it prints. */
import { readFileSync } from 'node:fs';

export interface ReadmeExample {
  commonJs: string;
  esModule: string;
  prints: string;
}

const REQUIRE = /^const (\{[^}]*\}) = (require\('wht-layers'\)) \/\/ or: import \{ … \} from 'wht-layers'$/m;

export function readmeExample(readme = readFileSync('README.md', 'utf8')): ReadmeExample {
  const blocks = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code = '']) => code);
  const commonJs = blocks.find((code) => REQUIRE.test(code));
  if (commonJs === undefined)
    throw new Error(`Expected README.md to have an example with a line like ${REQUIRE}, got ${blocks.length} without`);
  const prints = /^ *console\.log\(.*\) \/\/ (.*)$/m.exec(commonJs)?.[1];
  if (prints === undefined) throw new Error(`Expected README.md's example to say in a comment what it prints, got:\n${commonJs}`);
  return { commonJs, esModule: commonJs.replace(REQUIRE, "import $1 from 'wht-layers'"), prints };
}

/** A script that runs another one in a worker thread, and fails with it. */
export function inWorkerThread(file: string): string {
  return `new (require('node:worker_threads').Worker)(${JSON.stringify(`./${file}`)});\n`;
}

/** The names that the README's table of the interface lists: of functions and classes, and of members. */
export function readmeNames(readme = readFileSync('README.md', 'utf8')): string[] {
  const table = /^\| name \| what it is \|\n((?:\|.*\n)+)/m.exec(readme)?.[1] ?? '';
  const cells = table.split('\n').map((row) => row.split(' | ')[0] ?? '');
  const code = cells.flatMap((cell) => [...cell.matchAll(/`([^`]*)`/g)].map(([, text = '']) => text));
  // Of "new BlockWht1d(device, { … })", "await tensor.read()" and ".readSync()", the name before the parenthesis; of ".parameters" the whole.
  return code.flatMap((text) => {
    const [, name] = /^(?:await |new )?(?:\w*\.)?(\w+)(?:\(|$)/.exec(text) ?? [];
    return name === undefined ? [] : [name];
  });
}
