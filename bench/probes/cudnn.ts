/** Where cuDNN lies on a machine. */
import type { BoardRoot } from './board-root';
import { present } from './present';

export interface CudnnFile {
  /** E.g. "/usr/lib/aarch64-linux-gnu/libcudnn.so.8.2.1". */
  file: string;
  major: number;
  /** E.g. "8.2.1"; absent where only the first number is known. */
  version?: string;
  /** Whether a program finds it without being told where. */
  loadable: boolean;
}

const USUAL = [
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib64',
  '/usr/local/cuda/lib64',
  '/usr/local/cuda/targets/aarch64-linux/lib',
  '/usr/local/cuda/targets/x86_64-linux/lib',
];
/** Where the loader looks by itself. */
const SEARCHED = ['/lib', '/usr/lib', '/lib64', '/usr/lib64', '/usr/lib/aarch64-linux-gnu', '/usr/lib/x86_64-linux-gnu'];
const HEADERS = [
  '/usr/include/cudnn_version.h',
  '/usr/include/aarch64-linux-gnu/cudnn_version.h',
  '/usr/include/x86_64-linux-gnu/cudnn_version.h',
  '/usr/local/cuda/include/cudnn_version.h',
];

/**
 * The newest first, one for each version.
 *
 * @param environment of this machine: WHT_CUDNN_DIR and LD_LIBRARY_PATH name more places
 */
export function findCudnn(root: BoardRoot, environment: Readonly<Record<string, string | undefined>> = {}): CudnnFile[] {
  const named = [environment.WHT_CUDNN_DIR ?? '', ...(environment.LD_LIBRARY_PATH ?? '').split(':')].filter((folder) => folder !== '');
  const cache = root.tool('ldconfig', ['-p']);
  const cached = parseCache(cache.ok ? cache.stdout : '');
  const searched = [...named, ...cached, ...SEARCHED];
  const header = HEADERS.map((file) => parseVersionHeader(root.read(file) ?? '')).find((version) => version !== undefined);
  const found = [...new Set([...searched, ...USUAL])].flatMap((folder) =>
    libraries(root.list(folder)).map(({ name, major, version }) =>
      present<CudnnFile>({
        file: `${folder}/${name}`,
        major,
        version: version ?? (header?.startsWith(`${major}.`) ? header : undefined),
        loadable: searched.includes(folder),
      }),
    ),
  );
  return found.filter(({ major }, at) => found.findIndex((each) => each.major === major) === at).sort((a, b) => b.major - a.major);
}

/** The folders with cuDNN in the loader's cache, as `ldconfig -p` shows it. */
export function parseCache(text: string): string[] {
  return [...new Set([...text.matchAll(/^\s*libcudnn\.so\S* \(.{1,60}\) => (\/\S{1,300})\/[^/\s]+$/gm)].map(([, folder]) => folder ?? ''))];
}

/** cuDNN's own library among the names in a folder, without the shorter names that are links to it; the version is in the name. */
function libraries(names: readonly string[]): { name: string; major: number; version?: string }[] {
  const versions = names.flatMap((name) => {
    const [, major, rest] = /^libcudnn\.so\.(\d{1,2})((?:\.\d{1,3}){2})?$/.exec(name) ?? [];
    return major === undefined ? [] : [{ name, major: Number(major), ...(rest !== undefined && { version: `${major}${rest}` }) }];
  });
  // A folder may have several of one major version, left by updates; the loader takes the one that was installed last.
  return [...new Set(versions.map(({ major }) => major))].flatMap((major) => {
    const same = versions.filter((each) => each.major === major);
    const [newest] = same
      .filter(({ version }) => version !== undefined)
      .sort((a, b) => (b.version ?? '').localeCompare(a.version ?? '', 'en', { numeric: true }));
    return newest ?? same[0] ?? [];
  });
}

/** cudnn_version.h. */
export function parseVersionHeader(text: string): string | undefined {
  const numbers = ['MAJOR', 'MINOR', 'PATCHLEVEL'].map((name) => new RegExp(`^#define CUDNN_${name}\\s+(\\d{1,4})`, 'm').exec(text)?.[1]);
  return numbers.includes(undefined) ? undefined : numbers.join('.');
}
