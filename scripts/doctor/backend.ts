/** Which backend `openDevice()` gives, and why none that is faster. */

import { addonTrouble } from './addon-findings';
import type { Cures } from './cures';
import { gpuName } from './gpu-presence';
import { cudaObstacle } from './obstacle';
import type { Backend, Facts, Obstacle, PackageFacts } from './schema';
import { simdName } from './simd-name';

export function backend(facts: Facts, cures: Cures): Backend {
  const { package: state } = facts;
  const obstacle = cudaObstacle(facts, cures);
  if (state === undefined) return supposed(facts, obstacle, cures);
  const { opened } = state;
  if (opened === undefined) {
    const text = state.failure === undefined || state.openError !== undefined ? 'nothing: it throws' : 'nothing: it takes the process down';
    return { kind: 'none', text, because: addonTrouble(facts, cures) ?? openTrouble(state, obstacle, cures) };
  }
  if (opened.kind === 'cuda') {
    const details = [
      opened.computeCapability && `compute capability ${opened.computeCapability}`,
      opened.driver && `driver for ${opened.driver}`,
    ];
    return { kind: 'cuda', text: `CUDA on ${[opened.name, ...details.filter(Boolean)].join(', ')}` };
  }
  const { simd } = opened;
  const threads = opened.threads === undefined ? '' : `, ${opened.threads} thread${opened.threads === 1 ? '' : 's'}`;
  return {
    kind: 'cpu',
    text: `the CPU${simd === undefined ? '' : `: ${simdName(simd)}`}${threads}`,
    ...(simd !== undefined && { simd }),
    ...(obstacle && { because: obstacle }),
  };
}

/** Of a machine that is not here. */
function supposed({ machine }: Facts, obstacle: Obstacle | undefined, cures: Cures): Backend {
  const { simd } = machine.processor;
  if (obstacle !== undefined) {
    const text = `the CPU there${simd === undefined ? '' : `: ${simdName(simd)}`}`;
    return { kind: 'cpu', supposed: true, text, ...(simd !== undefined && { simd }), because: obstacle };
  }
  const { chosen } = machine.toolkit;
  const nvcc = `nvcc ${chosen?.release}`;
  const first = 'the CUDA library has to be built there first';
  const text = chosen?.onPath
    ? `${first}, with ${nvcc}`
    : `${first}. ${nvcc} is not on PATH, and need not be: it is found at ${chosen?.file}`;
  return {
    kind: 'cuda',
    supposed: true,
    text: `CUDA there, on the GPU: ${gpuName(machine) ?? 'which one is unknown'}`,
    because: { cause: 'not-built', subject: 'CUDA library', text, cure: cures.build },
  };
}

/** The addon loads, and yet no device can be opened. */
function openTrouble({ openError, failure, variables }: PackageFacts, cuda: Obstacle | undefined, cures: Cures): Obstacle {
  const { WHT_DEVICE: asked } = variables;
  if (asked === 'cuda' && cuda !== undefined) {
    const cure = [...(cuda.cure ?? []), 'unset WHT_DEVICE   # for the CPU'];
    return { ...cuda, text: `WHT_DEVICE=cuda asks for the GPU, and ${cuda.text}`, cure };
  }
  const { WHT_CUDA_BACKEND: library } = variables;
  const named = library === undefined ? '' : `, with WHT_CUDA_BACKEND=${library}`;
  const text = openError ?? `opening a device ${failure ?? 'came to nothing'}${named}`;
  const variable = library !== undefined ? 'WHT_CUDA_BACKEND' : 'WHT_DEVICE';
  const cure = variables[variable] === undefined ? 'export WHT_DEVICE=cpu   # does without the GPU' : `unset ${variable}`;
  return { cause: 'open-failed', subject: openError === undefined ? 'CUDA library' : 'package', text, cure: [cure, cures.again] };
}
