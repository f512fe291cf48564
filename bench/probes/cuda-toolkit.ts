/** The CUDA compilers of a machine, as scripts/cuda-compiler.js finds and chooses them. */
import { dirname, join } from 'node:path';
import type { ChosenCompiler, Machine, NoCompiler } from '../../scripts/cuda-compiler';
import type { BoardRoot } from './board-root';
import { exists } from './exists';
import { present } from './present';

export interface CudaCompiler {
  /** In a recorded tree "nvcc" where it was on PATH. */
  file: string;
  /** E.g. "10.2". */
  release: string;
  onPath: boolean;
}

export interface CudaToolkit {
  /** All that run, in the order of preference. */
  compilers: CudaCompiler[];
  /** The one that a build from source would take, and what for. */
  chosen?: CudaCompiler & { architectures: string };
  /** Why there is none. */
  reason?: string;
  cause?: NoCompiler['cause'];
  /** Compute capabilities of the GPUs that were found without CUDA, as "8.7". */
  gpus: string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @param variables of this machine's environment: CUDACXX, CUDA_HOME and WHT_CUDA_ARCHITECTURES choose */
export function readCudaToolkit(root: BoardRoot, variables: Environment = {}): CudaToolkit {
  // "none" is the build's own: it leaves CUDA out, whatever compilers there are.
  const { WHT_CUDA_ARCHITECTURES: asked, ...others } = variables;
  const environment = asked === 'none' ? others : variables;
  // In the package's own folder, where this runs from dist and from the sources alike.
  const scripts = join(dirname(require.resolve('wht-layers/package.json')), 'scripts');
  const cuda = require(join(scripts, 'cuda-compiler.js')) as typeof import('../../scripts/cuda-compiler');
  const machine = asMachine(root);
  const describe = (file: string, release: string): CudaCompiler => ({ file, release, onPath: machine.onPath('nvcc').includes(file) });
  const compilers = cuda.compilers(environment, machine).flatMap((file) => {
    const release = cuda.release(file, machine);
    return release === undefined ? [] : [describe(file, release)];
  });
  const chosen: ChosenCompiler | NoCompiler = cuda.chooseCuda(environment, machine);
  return present<CudaToolkit>({
    compilers,
    chosen: 'compiler' in chosen ? { ...describe(chosen.compiler, chosen.release), architectures: chosen.architectures } : undefined,
    reason: 'reason' in chosen ? chosen.reason : undefined,
    cause: 'reason' in chosen ? chosen.cause : undefined,
    gpus: cuda.installedGpus(machine).map((gpu) => `${Math.floor(gpu / 10)}.${gpu % 10}`),
  });
}

function asMachine(root: BoardRoot): Machine {
  /** A recorded tree knows a tool that was on PATH by its name alone. */
  const byName = (command: string) => {
    const file = root.find(command);
    return file === undefined || root.recorded === undefined ? file : command;
  };
  return {
    read: (path) => root.read(path),
    list: (path) => root.list(path),
    onPath(command) {
      const file = byName(command);
      return file === undefined ? [] : [file];
    },
    has: (path) => exists(root, path),
    run(command, args) {
      // So that it is recorded by its name.
      const answer = root.tool(command === byName('nvcc') ? 'nvcc' : command, args);
      return answer.ok ? answer.stdout : undefined;
    },
  };
}
