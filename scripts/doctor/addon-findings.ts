/** The package and its native addon: which file is in use, and why others are not. */
import { join } from 'node:path';
import type { Tried } from '../../lib/package-state';
import type { Cures } from './cures';
import type { Facts, Finding, Obstacle, PackageFacts } from './schema';

/** What keeps the addon from loading; undefined where it loads. */
export function addonTrouble(facts: Facts, cures: Cures): Obstacle | undefined {
  const { machine, package: state } = facts;
  if (state === undefined || state.state?.addon.file !== undefined) return undefined;
  const trouble = (text: string, cure: string[]): Obstacle => ({ cause: 'addon-not-loaded', subject: 'addon', text, cure });
  const { platform, architecture } = state.node;
  if (platform !== 'linux')
    return trouble(`this is ${platform}, and wht-layers runs on Linux: use a Linux container or virtual machine`, []);
  if (architecture !== 'x64' && architecture !== 'arm64') {
    const text = `this Node.js is a program for ${architecture}, and wht-layers is for x64 and arm64`;
    return trouble(text, [`# a 64-bit Node.js: https://nodejs.org/en/download (this processor: ${machine.system.architecture})`]);
  }
  const { build } = cures;
  if (state.state === undefined) return trouble(`loading the addon ${state.failure ?? 'came to nothing'}`, build);
  const [first] = state.state.addon.tried;
  if (first !== undefined) return trouble(`the addon can't be loaded: ${plainReason(facts, first)}`, build);
  const others = state.prebuilds.filter((each) => each !== `${platform}-${architecture}`);
  const prebuilds = others.length > 0 ? `, and the prebuilds are for ${others.join(', ')}` : '';
  return trouble(`the addon has not been built here${prebuilds}. npm may have run no install script`, build);
}

/** The loader's words, in ours where they are well known. */
function plainReason({ machine: { system } }: Facts, { file, reason }: Tried): string {
  const [, library, wanted] = /version `?(GLIBC|GLIBCXX|CXXABI)_([\d.]+)'? not found/.exec(reason) ?? [];
  if (library === 'GLIBC')
    return `it was built for glibc ${wanted} or newer, and this system has ${system.libc?.version ?? 'an older one'}`;
  if (library !== undefined) return `it was built for a newer C++ library than this system has (${library}_${wanted})`;
  if (system.libc?.name === 'musl' && /ld-linux|Error relocating|symbol not found/i.test(reason)) {
    return 'it was built for glibc, and this system has musl';
  }
  // So glibc says of a file that is there.
  if (reason.startsWith(`${file}: cannot open shared object file`) || /wrong ELF class/.test(reason)) {
    return `it was built for another processor (this one: ${system.architecture})`;
  }
  return reason.replace(`${file}: `, '');
}

export function packageFinding({ machine, package: state }: Facts): Finding {
  if (state === undefined)
    return { subject: 'package', state: 'note', text: `unknown, of a machine that was recorded in ${machine.recorded}` };
  const named = Object.entries(state.variables).filter(([name]) => name.startsWith('WHT_'));
  const variables = named.map(([name, value]) => `${name}=${value}`).join(' ');
  return { subject: 'package', state: 'ok', text: `${state.version} in ${state.folder}${variables === '' ? '' : `; ${variables}`}` };
}

export function addonFindings(facts: Facts, trouble: Obstacle | undefined): Finding[] {
  const state = facts.package;
  if (state === undefined) return [];
  const tried = (state.state?.addon.tried ?? []).map(
    ({ file, reason }) => `${shortened(state, file)}: ${plainReason(facts, { file, reason })}`,
  );
  if (trouble !== undefined) {
    const text = tried.length > 0 ? tried.join('; ') : trouble.text;
    return [{ subject: 'addon', state: 'problem', text, ...(trouble.cure && { cure: trouble.cure }) }];
  }
  const used = shortened(state, state.state?.addon.file ?? '');
  if (tried.length === 0) return [{ subject: 'addon', state: 'ok', text: used }];
  return [{ subject: 'addon', state: 'note', text: `${used}; not used: ${tried.join('; ')}`, cure: [state.buildCommand] }];
}

export function cudaLibraryFinding({ package: state }: Facts, because: Obstacle | undefined): Finding[] {
  if (state?.state === undefined || state.state.addon.file === undefined) return [];
  const { file, tried } = state.state.cuda;
  const [unusable] = tried.filter(({ reason }) => reason !== 'no such file');
  const there = file ?? unusable?.file ?? state.variables.WHT_CUDA_BACKEND;
  const library = there === undefined ? undefined : shortened(state, there);
  const said = (state: Finding['state'], text: string): Finding[] => [{ subject: 'CUDA library', state, text }];

  if (because === undefined || because.cause === 'asked-for-cpu') return library === undefined ? [] : said('ok', library);
  if (because.cause === 'no-gpu') {
    return said('ok', library === undefined ? 'none, and none is needed' : `${library}, for which there is no GPU`);
  }
  if (library === undefined) return said('note', 'not built');
  return said('note', because.subject === 'CUDA library' ? `${library}, which can't be used` : library);
}

function shortened({ folder }: PackageFacts, file: string): string {
  return file.startsWith(join(folder, '/')) ? file.slice(join(folder, '/').length) : file;
}
