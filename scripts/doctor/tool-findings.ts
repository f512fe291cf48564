/** What a machine has to build from source. */
import { isOldCMake, isOldCompiler, missingTools } from './build-needs';
import type { Cures } from './cures';
import type { Facts, Finding } from './schema';

/** @param needed whether something must be built for what this machine could do */
export function compilerFinding({ machine: { buildTools } }: Facts, needed: boolean, cures: Cures): Finding {
  const { compiler } = buildTools;
  if (compiler === undefined) return lacking('C++ compiler', 'not found', needed, cures.tools);
  const kind = { gcc: 'g++', clang: 'clang' }[compiler.kind ?? 'gcc'];
  const name = compiler.kind === undefined || ![kind, 'c++'].includes(compiler.command) ? compiler.command : kind;
  const text = [name, compiler.version].filter(Boolean).join(' ');
  if (!isOldCompiler(buildTools)) return { subject: 'C++ compiler', state: 'ok', text };
  return lacking('C++ compiler', `${text}, which is older than ${kind === 'clang' ? 'clang 6' : 'g++ 7'}`, needed, cures.newerCompiler);
}

/** CMake, and what it calls. */
export function cmakeFinding({ machine: { buildTools } }: Facts, needed: boolean, cures: Cures): Finding {
  const { cmake, make, ninja } = buildTools;
  const runner = make ?? ninja;
  const runs = runner === undefined ? 'neither make nor ninja was found' : [runner.command, runner.version].filter(Boolean).join(' ');
  const text = `${cmake === undefined ? 'not found' : (cmake.version ?? cmake.command)}, ${runs}`;
  if (isOldCMake(buildTools)) return lacking('CMake', `${cmake?.version}, which is older than 3.10`, needed, cures.newerCMake);
  const missing = missingTools(buildTools).some((tool) => tool !== 'C++ compiler');
  return missing ? lacking('CMake', text, needed, cures.tools) : { subject: 'CMake', state: 'ok', text };
}

function lacking(subject: Finding['subject'], text: string, needed: boolean, cure: string[]): Finding {
  if (needed) return { subject, state: 'problem', text, cure };
  return { subject, state: 'note', text: `${text}; needed only to build from source` };
}

export function toolkitFinding({ machine }: Facts, needed: boolean, wanted: boolean, cures: Cures): Finding {
  const { toolkit } = machine;
  const subject = 'CUDA toolkit';
  if (toolkit.chosen !== undefined) {
    const { file, release, onPath, architectures } = toolkit.chosen;
    const place = onPath ? (file === 'nvcc' ? 'on PATH' : file) : `${file}, which is not on PATH, and need not be`;
    const known = toolkit.gpus.length === 0 || architectures.endsWith('+') ? '' : `; compiles for this GPU (${toolkit.gpus.join(', ')})`;
    return { subject, state: onPath || !needed ? 'ok' : 'note', text: `${release}, ${place}${known}` };
  }
  if (toolkit.cause === 'none') {
    const text = 'nvcc was not found';
    if (!wanted) return { subject, state: 'ok', text: `${text}, and is not needed without an NVIDIA GPU` };
    if (!needed) return { subject, state: 'note', text: `${text}; needed only to build the CUDA library` };
    return { subject, state: 'problem', text, cure: cures.toolkit() };
  }
  if (toolkit.cause === 'driver-too-old') {
    const found = toolkit.compilers.map(({ release, file }) => `${release} (${file})`).join(', ');
    return { subject, state: 'note', text: `${found}: newer than the driver` };
  }
  return { subject, state: wanted && needed ? 'problem' : 'note', text: toolkit.reason ?? 'none that fits' };
}
