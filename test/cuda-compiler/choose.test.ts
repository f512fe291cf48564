/** Which compiler a build takes, and what for, on machines of all kinds. */
import { describe, expect, it } from 'vitest';
import * as cuda from '../../scripts/cuda-compiler';

interface Sample {
  /** Compilers by their paths: release, and the architectures they know. */
  nvcc?: Record<string, [release: string, architectures: string[]]>;
  /** Those that have no list of architectures. */
  old?: string[];
  path?: string[];
  files?: Record<string, string>;
  driver?: string;
  /** As nvidia-smi has them. */
  gpus?: string[];
}

function machine({ nvcc = {}, old = [], path = [], files = {}, driver, gpus = [] }: Sample): cuda.Machine {
  const paths = [...Object.keys(nvcc), ...Object.keys(files)];
  return {
    read: (file) => files[file],
    list: (folder) => [
      ...new Set(paths.filter((each) => each.startsWith(`${folder}/`)).map((each) => each.slice(folder.length + 1).split('/')[0] ?? '')),
    ],
    onPath: (command) => path.map((folder) => `${folder}/${command}`).filter((file) => paths.includes(file)),
    has: (file) => paths.includes(file),
    run(command, args) {
      const line = args.join(' ');
      const [release, known = []] = nvcc[command] ?? [];
      if (release !== undefined) {
        if (line === '--version') return `Cuda compilation tools, release ${release}, V${release}.1\n`;
        if (line === '--list-gpu-arch') return old.includes(command) ? undefined : known.map((each) => `compute_${each}\n`).join('');
        const asked = /^--dryrun -arch=compute_(\w+) /.exec(line)?.[1];
        return asked !== undefined && known.includes(asked) ? '' : undefined;
      }
      if (command !== 'nvidia-smi' || driver === undefined) return undefined;
      if (line === '') return `| NVIDIA-SMI 1.2   Driver Version: 1.2   CUDA Version: ${driver}  |\n`;
      return gpus.length > 0 ? `${gpus.join('\n')}\n` : undefined;
    },
  };
}

const [V10, V11, V12, V13] = [
  ['53', '62', '72', '75'],
  ['53', '62', '72', '75', '80', '86'],
  ['53', '75', '80', '86', '87', '89', '90', '90a'],
  ['75', '80', '86', '87', '90', '100', '120'],
];
const choose = (sample: Sample, environment: Record<string, string> = {}) => cuda.chooseCuda(environment, machine(sample));
const LOCAL = '/usr/local/cuda/bin/nvcc';

describe('the compilers of a machine', () => {
  it('are looked for in this order', () => {
    const paths = [
      ...['/opt/named/nvcc', '/opt/home/bin/nvcc', '/opt/path/bin/nvcc', '/on/path/nvcc', '/usr/local/cuda/bin/nvcc'],
      ...['/usr/local/cuda-12.6/bin/nvcc', '/usr/local/cuda-11.8/bin/nvcc', '/usr/lib/nvidia-cuda-toolkit/bin/nvcc'],
    ];
    const nvcc = Object.fromEntries([...paths].reverse().map((file) => [file, ['1.0', V12] as [string, string[]]]));
    const environment = { CUDACXX: '/opt/named/nvcc', CUDA_HOME: '/opt/home', CUDA_PATH: '/opt/path' };
    expect(cuda.compilers(environment, machine({ nvcc, path: ['/none', '/on/path'] }))).toEqual(paths);
    expect(cuda.compilers({}, machine({ nvcc: {} }))).toEqual([]);
  });

  it('may be named by CUDACXX as something on PATH', () => {
    const sample = machine({ files: { '/a/nvcc-12': '' }, path: ['/a'] });
    expect(cuda.namedCompiler({ CUDACXX: 'nvcc-12' }, sample)).toBe('/a/nvcc-12');
    expect(cuda.namedCompiler({ CUDACXX: '/b/nvcc' }, sample)).toBeUndefined();
    expect(cuda.namedCompiler({}, sample)).toBeUndefined();
  });

  it('that has no list of GPUs is asked for one by trying', () => {
    const sample = machine({ nvcc: { a: ['10.2', V10] }, old: ['a'] });
    expect([53, 75, 86].map((each) => cuda.compilesFor('a', each, sample))).toEqual([true, true, false]);
    const newer = machine({ nvcc: { a: ['12.4', V12] } });
    expect([53, 100, '90a', '100a'].map((each) => cuda.compilesFor('a', each, newer))).toEqual([true, false, true, false]);
  });
});

describe('the GPUs of a machine', () => {
  it.each([
    [{ '/proc/device-tree/compatible': 'nvidia,p3450-0000\0nvidia,tegra210\0' }, [53]],
    [{ '/proc/device-tree/compatible': 'nvidia,p3768\0nvidia,tegra234\0' }, [87]],
    [{ '/proc/device-tree/compatible': 'nvidia,p3971\0nvidia,tegra264\0' }, [110]],
    // A container without the device tree.
    [{ '/sys/devices/soc0/family': 'Tegra\n', '/sys/devices/soc0/soc_id': '25\n' }, [72]],
    [{ '/sys/devices/soc0/family': 'i.MX\n', '/sys/devices/soc0/soc_id': '25\n' }, []],
    [{ '/proc/device-tree/compatible': 'raspberrypi,4-model-b\0' }, []],
  ])('are those of a Jetson with %j: %j', (files, gpus) => {
    expect(cuda.installedGpus(machine({ files }))).toEqual(gpus);
  });

  it('are what nvidia-smi lists, each kind once', () => {
    expect(cuda.installedGpus(machine({ driver: '12.2', gpus: ['8.6', '7.5', '8.6', '12.0'] }))).toEqual([86, 75, 120]);
    expect(cuda.installedGpus(machine({ driver: '11.0' }))).toEqual([]);
    expect(cuda.installedGpus(machine({}))).toEqual([]);
  });
});

describe('what is built with', () => {
  it('is the compiler that knows the GPU, for that GPU', () => {
    expect(choose({ nvcc: { [LOCAL]: ['12.6', V12] }, driver: '12.6', gpus: ['8.6'] })).toEqual({
      ...{ compiler: LOCAL, release: '12.6', architectures: '86' },
    });
  });

  it('of an old and a new compiler is the one that knows most GPUs', () => {
    const nvcc: Sample['nvcc'] = { [LOCAL]: ['13.0', V13], '/usr/local/cuda-11.4/bin/nvcc': ['11.4', V11] };
    const files = { '/proc/device-tree/compatible': 'nvidia,tegra210\0' };
    expect(choose({ nvcc, files })).toMatchObject({ release: '11.4', architectures: '53' });
    expect(choose({ nvcc, driver: '13.0', gpus: ['8.6'] })).toMatchObject({ release: '13.0', architectures: '86' });
  });

  it('is code that the driver compiles, for a GPU that is newer than the compiler', () => {
    expect(choose({ nvcc: { [LOCAL]: ['11.4', V11] }, driver: '12.8', gpus: ['9.0'] })).toMatchObject({ architectures: '86+' });
  });

  it('is code for every GPU that the compiler knows, where there is none', () => {
    expect(choose({ nvcc: { [LOCAL]: ['13.0', V13] } })).toMatchObject({ release: '13.0', architectures: '75+' });
    expect(choose({ nvcc: { [LOCAL]: ['10.2', V10] }, old: [LOCAL] })).toMatchObject({ architectures: '53+' });
  });

  it('is nothing where the GPU is older than the compiler', () => {
    expect(choose({ nvcc: { [LOCAL]: ['13.0', V13] }, driver: '13.0', gpus: ['6.1'] })).toMatchObject({
      cause: 'gpu-too-old',
      reason: expect.stringMatching(/compute capability 6\.1, and nvcc 13\.0 \(.*\) compiles for 7\.5 and newer/),
    });
  });

  it('is nothing without a compiler that runs', () => {
    expect(choose({})).toMatchObject({ cause: 'none', reason: expect.stringContaining('nvcc) was not found') });
    expect(choose({ files: { [LOCAL]: '' } })).toMatchObject({ cause: 'none' });
  });

  it('is what WHT_CUDA_ARCHITECTURES asks for', () => {
    const nvcc: Sample['nvcc'] = { [LOCAL]: ['13.0', V13], '/usr/local/cuda-11.4/bin/nvcc': ['11.4', V11] };
    expect(choose({ nvcc }, { WHT_CUDA_ARCHITECTURES: '53,75+' })).toMatchObject({ release: '11.4', architectures: '53,75+' });
    expect(choose({ nvcc }, { WHT_CUDA_ARCHITECTURES: '53,100' })).toMatchObject({
      reason: expect.stringMatching(/^none of the compilers/),
    });
    expect(choose({ nvcc }, { WHT_CUDA_ARCHITECTURES: 'nano' })).toMatchObject({ misnamed: true });
    expect(choose({ nvcc }, { CUDACXX: '/none/nvcc' })).toMatchObject({ misnamed: true });
  });
});

describe('an old driver', () => {
  const NEW: Sample['nvcc'] = { [LOCAL]: ['13.0', V13] };
  const BOTH: Sample['nvcc'] = { ...NEW, '/usr/local/cuda-12.6/bin/nvcc': ['12.6', V12] };

  it('takes a compiler of a major version that it runs, before one that is newer', () => {
    expect(choose({ nvcc: BOTH, driver: '12.2', gpus: ['8.6'] })).toMatchObject({ release: '12.6', architectures: '86' });
    expect(choose({ nvcc: BOTH, driver: '13.0', gpus: ['8.6'] })).toMatchObject({ release: '13.0', architectures: '86' });
  });

  it('takes it also where that does not know the GPU itself', () => {
    const nvcc: Sample['nvcc'] = { ...NEW, '/usr/local/cuda-11.4/bin/nvcc': ['11.4', V11] };
    expect(choose({ nvcc, driver: '12.2', gpus: ['9.0'] })).toMatchObject({ release: '11.4', architectures: '86+' });
  });

  it('with newer compilers alone is what stands in the way, and the reason says what to do', () => {
    expect(choose({ nvcc: NEW, driver: '12.2', gpus: ['8.6'] })).toEqual({
      cause: 'driver-too-old',
      reason:
        `this machine's driver runs CUDA 12.2 and older, and what was found is newer: nvcc 13.0 (${LOCAL}). Update the driver, or install CUDA 12 ` +
        'beside it',
    });
    // Of a GPU whose driver does not tell its compute capability as well.
    expect(choose({ nvcc: NEW, driver: '11.0' })).toMatchObject({ cause: 'driver-too-old' });
  });

  it('is no matter to whoever names the GPUs, though an older compiler is taken where it can', () => {
    const asked = { WHT_CUDA_ARCHITECTURES: '86' };
    expect(choose({ nvcc: NEW, driver: '12.2', gpus: ['8.6'] }, asked)).toMatchObject({ release: '13.0', architectures: '86' });
    expect(choose({ nvcc: BOTH, driver: '12.2', gpus: ['8.6'] }, asked)).toMatchObject({ release: '12.6', architectures: '86' });
  });

  it('is no matter where there is no GPU', () => {
    expect(choose({ nvcc: NEW })).toMatchObject({ release: '13.0' });
  });
});
