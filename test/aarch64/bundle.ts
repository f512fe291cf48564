/** Puts a test file and all that it imports into one CommonJS file, so that the emulated process has nothing to compile. */
import { readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { PACKAGE_FOLDER } from './installed-package';

const LIB = resolve('lib');

/** Sources see their own folder as they do unbundled; the package's see that of an installed one. */
const ownFolder: Plugin = {
  name: 'own-folder',
  setup({ onLoad }) {
    onLoad({ filter: /\/(lib|test)\/.*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (!text.includes('__dirname')) return undefined;
      const folder = dirname(path);
      const inLib = folder === LIB || folder.startsWith(LIB + sep);
      const seen = inLib ? join(PACKAGE_FOLDER, 'dist', relative(LIB, folder)) : folder;
      return { contents: `const __dirname = ${JSON.stringify(seen)};\n${text}`, loader: 'ts' };
    });
  },
};

/** @returns the file to run, whose messages run-file.ts describes */
export async function bundle(testFile: string): Promise<string> {
  const outfile = join('build', 'aarch64', basename(testFile).replace(/\.ts$/, '.js'));
  await build({
    stdin: {
      contents: `
        import { runFile } from './test/aarch64/run-file';
        runFile(${JSON.stringify(testFile)}, () => require(${JSON.stringify(testFile)}));
      `,
      resolveDir: process.cwd(),
      loader: 'ts',
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node16',
    sourcemap: 'inline',
    alias: { vitest: resolve('test/aarch64/vitest-stand-in.ts') },
    plugins: [ownFolder],
    logLevel: 'warning',
  });
  return outfile;
}
