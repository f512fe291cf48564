/** The machine itself: board, processor, system, Node.js, driver, GPU, cuDNN. */

import { isOlder } from './build-needs';
import type { Cures } from './cures';
import { gpuName, hasGpu, isVisible } from './gpu-presence';
import type { Facts, Finding } from './schema';
import { simdName } from './simd-name';

export function boardFinding({ machine: { board } }: Facts): Finding {
  if (!board.jetson) return { subject: 'board', state: 'ok', text: 'not a Jetson' };
  const release = [board.jetpack && `JetPack ${board.jetpack}`, board.l4t && `L4T ${board.l4t}`].filter(Boolean).join(', ');
  return { subject: 'board', state: 'ok', text: [board.model ?? `a Jetson (${board.chip})`, release].filter(Boolean).join(', ') };
}

export function processorFinding({ machine: { processor, system } }: Facts): Finding {
  const cores = processor.cores === undefined ? '' : `, ${processor.cores} core${processor.cores === 1 ? '' : 's'}`;
  const name = processor.name ?? system.architecture ?? 'unknown';
  return {
    subject: 'processor',
    state: 'ok',
    text: `${name}${cores}${processor.simd === undefined ? '' : `, ${simdName(processor.simd)}`}`,
  };
}

export function systemFinding({ machine: { system } }: Facts): Finding {
  const libc = system.libc === undefined ? undefined : [system.libc.name, system.libc.version].filter(Boolean).join(' ');
  const place = system.container === undefined ? (system.wsl ? 'in Windows (WSL)' : undefined) : `in a container (${system.container})`;
  const text = [system.name ?? 'unknown', system.architecture, libc, place].filter(Boolean).join(', ');
  return { subject: 'system', state: system.libc?.name === 'musl' ? 'note' : 'ok', text };
}

export function nodeFinding({ machine }: Facts, cures: Cures): Finding {
  const { node } = machine;
  if (node === undefined) return { subject: 'Node.js', state: 'note', text: 'not recorded' };
  if (!isOlder(node, 16, 20)) return { subject: 'Node.js', state: 'ok', text: node };
  return { subject: 'Node.js', state: 'problem', text: `${node}, and wht-layers takes 16.20 or newer`, cure: cures.node() };
}

export function driverFinding({ machine }: Facts): Finding {
  const { driver, board } = machine;
  const runs = driver.cuda === undefined ? undefined : `runs CUDA ${driver.cuda} and older`;
  const part = board.jetson && board.l4t !== undefined ? `part of L4T ${board.l4t}` : undefined;
  const known = [driver.version, part, runs].filter(Boolean);
  if (known.length > 0) return { subject: 'driver', state: 'ok', text: known.join(', ') };
  if (!hasGpu(machine)) {
    const text = driver.library === undefined ? 'none, and none is needed' : `${driver.library}, for which there is no GPU`;
    return { subject: 'driver', state: 'ok', text };
  }
  return { subject: 'driver', state: 'note', text: driver.library ?? 'none' };
}

export function gpuFinding({ machine, package: state }: Facts): Finding {
  const opened = state?.opened?.kind === 'cuda' ? `${state.opened.name}, compute capability ${state.opened.computeCapability}` : undefined;
  const name = opened ?? gpuName(machine);
  if (name === undefined)
    return { subject: 'GPU', state: 'ok', text: hasGpu(machine) ? 'there is one, of which no more is known' : 'no NVIDIA GPU' };
  return { subject: 'GPU', state: 'ok', text: isVisible(machine) || opened !== undefined ? name : `${name}; no program can reach it` };
}

const MAJORS: readonly number[] = [7, 8, 9];

/** @param cuda whether CUDA is what `openDevice()` gives */
export function cudnnFinding({ machine, package: state }: Facts, cuda: boolean, cures: Cures): Finding {
  const found = machine.cudnn.find(({ major, loadable }) => MAJORS.includes(major) && loadable);
  const loaded = state?.opened?.kind === 'cuda' ? state.opened.cudnn : undefined;
  if (loaded !== undefined) return { subject: 'cuDNN', state: 'ok', text: found?.version === loaded ? `${loaded}, ${found.file}` : loaded };
  const needs = 'Conv2d and SqueezeExcite need it on a GPU, WHT layers do not';
  if (!hasGpu(machine)) {
    return {
      subject: 'cuDNN',
      state: 'ok',
      text: found === undefined ? 'not found, and not needed without an NVIDIA GPU' : `${found.version ?? found.major}, ${found.file}`,
    };
  }
  const lacking = (text: string, cure: string[]): Finding =>
    cuda
      ? { subject: 'cuDNN', state: 'problem', text: `${text}; ${needs}`, cure }
      : { subject: 'cuDNN', state: 'note', text: `${text}; ${needs}` };
  if (found !== undefined) {
    const text = `${found.version ?? found.major}, ${found.file}`;
    // The device was opened, and has none.
    return state?.opened?.kind === 'cuda' ? lacking(`${text}, can't be loaded`, cures.cudnn()) : { subject: 'cuDNN', state: 'ok', text };
  }
  const [other] = machine.cudnn;
  if (other === undefined) return lacking('not found', cures.cudnn());
  if (!MAJORS.includes(other.major)) return lacking(`${other.version ?? other.major}, and wht-layers takes 7, 8 and 9`, cures.cudnn());
  return lacking(`${other.file}, where no program looks`, [`export WHT_CUDNN_DIR=${other.file.replace(/\/[^/]+$/, '')}`]);
}
