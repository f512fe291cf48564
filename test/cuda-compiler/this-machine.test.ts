/** Compilers that are looked for on the machine that this runs on: programs of the tests' own, and real ones where they are. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import * as cuda from '../../scripts/cuda-compiler';

const folder = mkdtempSync(join(tmpdir(), 'wht-cuda-compiler-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function program(path: string, script: string): string {
  const file = join(folder, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

const nvcc = (path: string, release: string, architectures: string) =>
  program(
    path,
    `case "$1" in --version) echo "Cuda compilation tools, release ${release}, V${release}.0";; --list-gpu-arch) printf "${architectures}";; *) exit 1;; esac`,
  );

// A Jetson has a GPU whatever programs say.
describe.skipIf(cuda.tegraChip(cuda.thisMachine()) !== undefined)('this machine', () => {
  it('has the compilers that its environment names, and asks each once', () => {
    const home = nvcc('home/bin/nvcc', '12.4', 'compute_75\\n');
    const onPath = nvcc('path/nvcc', '11.4', 'compute_75\\ncompute_86\\n');
    const count = join(folder, 'count');
    program('path/nvidia-smi', `echo "$*" >> ${count}\ncase "$1" in "") echo "CUDA Version: 12.1";; *) echo 8.6;; esac`);
    const environment = { CUDA_HOME: join(folder, 'home'), PATH: `${join(folder, 'path')}:/usr/bin:/bin` };
    const machine = cuda.thisMachine(environment);
    expect(cuda.compilers(environment, machine).slice(0, 2)).toEqual([home, onPath]);
    expect(cuda.driverCuda(machine)).toBe('12.1');
    expect(cuda.driverCuda(machine)).toBe('12.1');
    expect(cuda.installedGpus(machine)).toEqual([86]);
    expect(machine.read(count)).toBe('\n--query-gpu=compute_cap --format=csv,noheader\n');
    expect(machine.read(join(folder, 'none'))).toBeUndefined();
    expect(machine.list(join(folder, 'none'))).toEqual([]);
    expect(machine.run(join(folder, 'none'), [])).toBeUndefined();
  });

  it('takes the environment that it is given, not its own', () => {
    const environment = { CUDACXX: nvcc('named/nvcc', '12.9', 'compute_86\\n'), PATH: join(folder, 'path') };
    expect(cuda.chooseCuda(environment)).toEqual({ compiler: environment.CUDACXX, release: '12.9', architectures: '86' });
  });

  const [real] = cuda.compilers().filter((each) => existsSync(each));
  it.skipIf(real === undefined)('has a real compiler, which knows some GPUs and not others', () => {
    expect(cuda.release(real ?? '')).toMatch(/^\d+\.\d+$/);
    expect([75, 1].map((each) => cuda.compilesFor(real ?? '', each))).toEqual([true, false]);
  });
});
