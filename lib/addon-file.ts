/** Which file the native addon is loaded from: the one built on this machine, else the prebuild for its kind. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { WhtError } from './errors';
import type { NativeAddon } from './native';
import { BUILD_COMMAND, IN_PACKAGE, PACKAGE_ROOT } from './package-root';

/** A file that could not be used. */
export interface Tried {
  file: string;
  reason: string;
}

export interface AddonSearch {
  loaded?: NativeAddon;
  /** The file it was loaded from. */
  file?: string;
  tried: Tried[];
}

interface NodeGypBuild {
  resolve(folder: string): string;
  parseTags(name: string): object | undefined;
  matchTags(runtime: string, abi: string): (tags: object | undefined) => boolean;
  compareTags(runtime: string): (a: object, b: object) => number;
}

export function loadAddon(): AddonSearch {
  const tried: Tried[] = [];
  for (const file of addonFiles()) {
    try {
      return { loaded: require(file) as NativeAddon, file, tried };
    } catch (error) {
      const reason = firstLine(error);
      // The file is there, since it was found in its folder.
      const foreign = reason.startsWith(`${file}: cannot open shared object file`);
      tried.push({ file, reason: foreign ? `${reason} (so the system says of a file for another processor)` : reason });
    }
  }
  return { tried };
}

/** In the order in which they are tried. */
function addonFiles(): string[] {
  const find = require('node-gyp-build') as NodeGypBuild;
  const files: string[] = [];
  try {
    files.push(find.resolve(PACKAGE_ROOT));
  } catch {
    // Nothing fits this machine; what there is for others is told by addonError.
  }
  // node-gyp-build stops at a build of this machine's own, though one from before an upgrade of the system may not load.
  const folder = join(PACKAGE_ROOT, 'prebuilds', `${process.platform}-${process.arch}`);
  const fitting = namesIn(folder)
    .map(find.parseTags)
    .filter((tags): tags is { file: string } => find.matchTags('node', process.versions.modules)(tags))
    .sort(find.compareTags('node'));
  files.push(...fitting.map(({ file }) => join(folder, file)));
  return [...new Set(files)];
}

/** What was tried, why it failed, and what to do. */
export function addonError(tried: readonly Tried[]): WhtError {
  const machine = `${process.platform}-${process.arch}${libc()}, Node.js ${process.versions.node}`;
  const others = namesIn(join(PACKAGE_ROOT, 'prebuilds')).filter((name) => /^\w+-\w+$/.test(name));
  if (!IN_PACKAGE) {
    return new WhtError(
      'ERR_WHT_DEVICE',
      `The native addon of wht-layers could not be loaded: this code runs from ${__dirname}, in which the package does not lie, so it was bundled. ` +
        "A native addon is loaded from its own folder: list wht-layers as external in the bundler's settings.",
    );
  }
  const files = tried.map(({ file, reason }) => `\n- ${file}: ${reason}`).join('');
  const found =
    files !== ''
      ? `Tried:${files}`
      : `It was not built in ${PACKAGE_ROOT}, and there is no prebuild for this machine there (${others.length > 0 ? `there is for ${others.join(', ')}` : 'nor for any other'}).`;
  return new WhtError('ERR_WHT_DEVICE', `The native addon of wht-layers could not be loaded on ${machine}. ${found}\n${cure(tried)}`);
}

function cure(tried: readonly Tried[]): string {
  if (tried.some(({ reason }) => /loading addons is disabled/.test(reason))) {
    return "Node.js's permission model forbids native addons: --allow-addons allows them.";
  }
  if (process.platform !== 'linux')
    return 'wht-layers runs on Linux (x86-64 and aarch64); elsewhere use a Linux container or virtual machine.';
  const damaged = tried.some(({ reason }) => /invalid ELF header|file too short|cannot read file data|another processor/i.test(reason));
  return (
    (damaged ? 'A file that is damaged, or came from another machine, is mended by installing anew ("npm ci"). Else: ' : '') +
    `Build it on this machine with "${BUILD_COMMAND}", which needs CMake 3.10 or newer and a C++17 compiler (Debian, Ubuntu, JetPack: ` +
    'sudo apt-get install cmake g++ make). "npx wht-layers doctor" says what is missing.'
  );
}

function libc(): string {
  const report = process.platform === 'linux' ? (process.report?.getReport() as unknown as Report | undefined) : undefined;
  const glibc = report?.header?.glibcVersionRuntime;
  return report === undefined ? '' : glibc === undefined ? ' without glibc' : `, glibc ${glibc}`;
}

interface Report {
  header?: { glibcVersionRuntime?: string };
}

function firstLine(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
