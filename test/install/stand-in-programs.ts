/** Folders for the front of PATH, with programs that stand in for a machine's own. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const COMPILERS = [
  'cc',
  'c++',
  'gcc',
  'g++',
  'clang',
  'clang++',
  'cmake',
  'make',
  'gmake',
  'ninja',
  'nvcc',
  'node-gyp',
  'python',
  'python3',
];

export function writeProgram(folder: string, name: string, script: string): void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

/** Compilers and build tools that do nothing but say that they were called. */
export class CompilerTraps {
  readonly path: string;
  readonly #log: string;

  constructor(folder: string) {
    this.path = join(folder, 'compiler-traps');
    this.#log = join(this.path, 'calls');
    for (const name of COMPILERS) writeProgram(this.path, name, `echo "${name} $*" >> '${this.#log}'\nexit 1`);
  }

  calls(): string[] {
    return existsSync(this.#log) ? readFileSync(this.#log, 'utf8').trim().split('\n') : [];
  }
}

/** The shell that a package manager runs install scripts in, keeping the time that each takes. */
export class TimedShell {
  readonly path: string;
  readonly #log: string;

  constructor(folder: string) {
    this.path = join(folder, 'timed-shell');
    this.#log = join(folder, 'timed-shell.log');
    writeProgram(
      folder,
      'timed-shell',
      `start=$(date +%s%N)
/bin/sh "$@"
code=$?
echo "$(( ($(date +%s%N) - start) / 1000000 )) $npm_lifecycle_script" >> '${this.#log}'
exit $code`,
    );
  }

  /** The milliseconds that the package's own install script took each time that it ran. */
  installScripts(): number[] {
    if (!existsSync(this.#log)) return [];
    const lines = readFileSync(this.#log, 'utf8').trim().split('\n');
    return lines.filter((line) => line.includes('scripts/install.js')).map((line) => Number.parseInt(line, 10));
  }
}

/** What answers for a driver and a GPU of compute capability 7.5. */
export function writeNvidiaSmi(folder: string): string {
  writeProgram(
    folder,
    'nvidia-smi',
    `case "$*" in
  *query-gpu=compute_cap*) echo 7.5 ;;
  *query-gpu=*) echo "Stand-in GPU" ;;
  -L*) echo "GPU 0: Stand-in GPU (UUID: GPU-0)" ;;
  *) echo "| NVIDIA-SMI 535.54.03    Driver Version: 535.54.03    CUDA Version: 12.2     |" ;;
esac`,
  );
  return folder;
}

/** The machine's own g++, whose compiler proper is killed in the first of our larger files or in all of them, as the kernel does without memory. */
export function killingCompiler(folder: string, when: 'once' | 'always'): { path: string; killed(): number } {
  const log = join(folder, 'killed-compilers');
  writeProgram(
    folder,
    'killing-compiler',
    `case "$*" in *native/cpu/kernels.cc*) ;; *) exec g++ "$@" ;; esac
if [ ${when} = once ] && ! mkdir '${log}.once' 2> /dev/null; then exec g++ "$@"; fi
g++ "$@" &
parent=$!
child=
while [ -z "$child" ] && kill -0 $parent 2> /dev/null; do read -r child rest < /proc/$parent/task/$parent/children; done
kill -KILL $child && echo $child >> '${log}'
wait $parent`,
  );
  return {
    path: join(folder, 'killing-compiler'),
    killed: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').length : 0),
  };
}
