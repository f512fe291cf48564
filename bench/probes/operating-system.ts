/** What a machine runs: distribution, C library, container. */
import type { BoardRoot } from './board-root';
import { exists } from './exists';
import { present } from './present';

export interface OperatingSystem {
  /** E.g. "Ubuntu 18.04.6 LTS". */
  name?: string;
  /** How it installs packages; absent where that is none of these. */
  packages?: 'apt' | 'dnf' | 'apk';
  /** What it is and what it is like, as its release file says: "linuxmint", "ubuntu", "debian". */
  ids: string[];
  /** Of the kernel, e.g. "aarch64". */
  architecture?: string;
  /** Its release, e.g. "4.9.253-tegra". */
  kernel?: string;
  libc?: { name: 'glibc' | 'musl'; version?: string };
  /** What this is a container of, e.g. "Docker"; absent where it is none that can be told. */
  container?: string;
  /** Linux inside Windows. */
  wsl: boolean;
}

export function readOperatingSystem(root: BoardRoot): OperatingSystem {
  const release = parseOsRelease(root.read('/etc/os-release') ?? '');
  const machine = root.tool('uname', ['-m']);
  const kernel = root.read('/proc/sys/kernel/osrelease')?.trim();
  const ids = [release.ID ?? '', ...(release.ID_LIKE ?? '').split(' ')].filter((id) => id !== '');
  return present<OperatingSystem>({
    name: release.PRETTY_NAME,
    packages: packageManager(ids),
    ids,
    architecture: machine.ok ? machine.stdout.trim() || undefined : undefined,
    kernel,
    libc: readLibc(root),
    container: readContainer(root),
    wsl: /microsoft/i.test(kernel ?? ''),
  });
}

/** /etc/os-release: assignments as in a shell. */
export function parseOsRelease(text: string): Partial<Record<string, string>> {
  const lines = [...text.matchAll(/^([A-Z_]{1,40})=(.{0,200})$/gm)];
  return Object.fromEntries(lines.map(([, name, value]) => [name, value?.trim().replace(/^(["'])(.*)\1$/, '$2')]));
}

function packageManager(ids: readonly string[]): OperatingSystem['packages'] {
  if (ids.some((id) => id === 'debian' || id === 'ubuntu')) return 'apt';
  if (ids.some((id) => id === 'fedora' || id === 'rhel')) return 'dnf';
  return ids.includes('alpine') ? 'apk' : undefined;
}

function readLibc(root: BoardRoot): OperatingSystem['libc'] {
  const told = root.tool('getconf', ['GNU_LIBC_VERSION']);
  const glibc = told.ok ? /^glibc (\d+\.\d+)/.exec(told.stdout)?.[1] : undefined;
  if (glibc !== undefined) return { name: 'glibc', version: glibc };
  const musl = root.list('/lib').some((name) => /^ld-musl-\w+\.so\.1$/.test(name));
  return musl ? { name: 'musl' } : undefined;
}

function readContainer(root: BoardRoot): string | undefined {
  if (exists(root, '/.dockerenv')) return 'Docker';
  if (exists(root, '/run/.containerenv')) return 'Podman';
  if (exists(root, '/run/secrets/kubernetes.io')) return 'Kubernetes';
  const manager = /^[\w-]{1,40}/.exec(root.read('/run/systemd/container') ?? '')?.[0];
  return manager === 'wsl' ? undefined : manager;
}
