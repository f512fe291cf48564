/** Users' troubles: that the doctor names the cause of each, and the cure. */
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../scripts/doctor/diagnose';
import { PLAIN, render } from '../../scripts/doctor/render';
import type { Cause, Facts, Subject } from '../../scripts/doctor/schema';
import {
  BUILT,
  both,
  driver,
  facts,
  installed,
  NO_NVCC,
  nvcc,
  onGpu,
  PREBUILT,
  withLibrary,
  withoutAddon,
  withUnusable,
} from './sample-machine';

interface Trouble {
  facts: Facts;
  kind: 'cpu' | 'cuda' | 'none';
  cause?: Cause;
  /** In the last lines. */
  says: RegExp;
  /** In the last lines, in this order. */
  cure?: (string | RegExp)[];
  /** Findings that are problems, and no others are. */
  problems: Subject[];
}

const BUILD = 'npx wht-layers build';
const NO_TOOLS = { without: ['c++', 'g++', 'clang++', 'cmake', 'make', 'ninja'] };
const ORIN_CONTAINER = { files: { '/.dockerenv': '' }, without: ['/dev/nvgpu', '/dev/nvhost-gpu', '/dev/nvhost-ctrl-gpu', 'nvidia-smi'] };
const PC = 'pc-without-driver';
const NO_CARD = { without: ['/sys/bus/pci/devices'] };
const DRIVER_TOO_OLD =
  'the NVIDIA driver is too old: it supports CUDA 12.2, and this library was built with CUDA 13.0; update the driver, or build wht-layers again with an older CUDA toolkit';

const TROUBLES: Record<string, Trouble> = {
  'a Nano whose nvcc is not on PATH': {
    facts: facts('nano-nvcc-not-on-path', {}, installed()),
    kind: 'cpu',
    cause: 'not-built',
    says: /has not been built, though there is nvcc 10\.2 \(\/usr\/local\/cuda\/bin\/nvcc, which is not on PATH, and need not be\)/,
    cure: [BUILD],
    problems: ['CUDA library'],
  },
  'a Nano where nvcc is in the folder with its number alone': {
    facts: facts('nano-nvcc-not-on-path', { without: ['/usr/local/cuda'] }, installed()),
    kind: 'cpu',
    cause: 'not-built',
    says: /nvcc 10\.2 \(\/usr\/local\/cuda-10\.2\/bin\/nvcc/,
    cure: [BUILD],
    problems: ['CUDA library'],
  },
  'a Nano without any toolkit': {
    facts: facts('nano-nvcc-not-on-path', { without: NO_NVCC }, installed()),
    kind: 'cpu',
    cause: 'no-toolkit',
    says: /compiler \(nvcc\) was not found/,
    cure: ['sudo apt-get update && sudo apt-get install cuda-toolkit-10-2', BUILD],
    problems: ['CUDA toolkit'],
  },
  'a Nano that runs on its GPU': {
    facts: facts('nano-nvcc-not-on-path', {}, onGpu('NVIDIA Tegra X1', '5.3', '8.2.1')),
    kind: 'cuda',
    says: /openDevice\(\) gives CUDA on NVIDIA Tegra X1, compute capability 5\.3/,
    problems: [],
  },
  'an Orin without cuDNN': {
    facts: facts('orin-without-cudnn', {}, onGpu('Orin', '8.7')),
    kind: 'cuda',
    says: /openDevice\(\) gives CUDA on Orin, compute capability 8\.7/,
    problems: ['cuDNN'],
  },
  'an Orin in a container that was started without its GPU': {
    facts: facts('orin-without-cudnn', ORIN_CONTAINER, withLibrary('no NVIDIA driver is installed (libcuda.so.1 was not found)')),
    kind: 'cpu',
    cause: 'container',
    says: /this container \(Docker\) was started without the GPU/,
    cure: ['docker run --runtime nvidia ...'],
    problems: ['GPU'],
  },
  'the same, where the container hides the device tree': {
    facts: facts(
      'orin-without-cudnn',
      both(ORIN_CONTAINER, {
        without: ['/proc/device-tree', '/etc/nv_tegra_release'],
        files: { '/sys/devices/soc0/family': 'Tegra\n', '/sys/devices/soc0/soc_id': '35\n' },
      }),
      installed(),
    ),
    kind: 'cpu',
    cause: 'container',
    says: /this container \(Docker\) was started without the GPU/,
    cure: ['docker run --runtime nvidia ...'],
    problems: ['GPU'],
  },
  'an Orin in a container with its devices, but not its driver': {
    facts: facts(
      'orin-without-cudnn',
      { files: { '/.dockerenv': '' } },
      withLibrary('no NVIDIA driver is installed (libcuda.so.1 was not found)'),
    ),
    kind: 'cpu',
    cause: 'no-driver',
    says: /libcuda\.so\.1 was not found/,
    cure: ['docker run --runtime nvidia ...'],
    problems: ['driver'],
  },
  'a Jetson whose GPU the user may not use': {
    facts: facts('nano-nvcc-not-on-path', {}, withLibrary('the NVIDIA driver found no GPU', { forbidden: ['/dev/nvhost-gpu'] })),
    kind: 'cpu',
    cause: 'gpu-not-permitted',
    says: /this user may not use \/dev\/nvhost-gpu/,
    cure: ['sudo usermod -aG video "$USER"', '# then log in again'],
    problems: ['GPU'],
  },
  'a Jetson without the devices of its GPU': {
    facts: facts('nano-nvcc-not-on-path', { without: ['/dev'] }, installed()),
    kind: 'cpu',
    cause: 'gpu-not-there',
    says: /drivers of L4T are not loaded/,
    cure: ['sudo apt-get install --reinstall nvidia-l4t-core nvidia-l4t-cuda', 'sudo reboot', /doctor/],
    problems: ['GPU'],
  },
  'a PC with a card and no driver': {
    facts: facts(PC, {}, installed()),
    kind: 'cpu',
    cause: 'no-driver',
    says: /there is a GeForce RTX 3060 Lite Hash Rate, but no NVIDIA driver/,
    cure: ['sudo ubuntu-drivers install', 'sudo reboot', /doctor/],
    problems: ['driver'],
  },
  'a PC with a card of which nobody knows the name, on Debian': {
    facts: facts(PC, { without: ['lspci'], files: { '/etc/os-release': 'ID=debian\n' } }, installed()),
    kind: 'cpu',
    cause: 'no-driver',
    says: /there is an NVIDIA card, but no NVIDIA driver/,
    cure: ['sudo apt-get install nvidia-driver   # from contrib and non-free', 'sudo reboot', /doctor/],
    problems: ['driver'],
  },
  'a PC without an NVIDIA card, though with the library of a driver': {
    facts: facts(
      PC,
      both(NO_CARD, { files: { '/dev/nvidiactl': '', '/usr/lib/x86_64-linux-gnu/libcuda.so.1': '' } }),
      withLibrary(DRIVER_TOO_OLD),
    ),
    kind: 'cpu',
    cause: 'no-gpu',
    says: /Not CUDA: no NVIDIA GPU was found on this machine\.$/m,
    cure: [],
    problems: [],
  },
  "a PC in whose slots is another vendor's card": {
    facts: facts(PC, { files: { '/sys/bus/pci/devices/0000:01:00.0/vendor': '0x1002\n' } }, installed()),
    kind: 'cpu',
    cause: 'no-gpu',
    says: /no NVIDIA GPU was found/,
    cure: [],
    problems: [],
  },
  'a container on a PC that was started without its card': {
    facts: facts(PC, { files: { '/run/.containerenv': '', '/proc/driver/nvidia/version': 'NVRM version: NVIDIA' } }, installed()),
    kind: 'cpu',
    cause: 'container',
    says: /this container \(Podman\) was started without the GPU/,
    cure: ['podman run --device nvidia.com/gpu=all ...'],
    problems: ['GPU'],
  },
  'a driver that is older than every toolkit': {
    facts: facts(PC, both(driver('535.104.05', '12.2'), nvcc('nvcc', '13.0')), installed()),
    kind: 'cpu',
    cause: 'driver-too-old',
    says: /driver runs CUDA 12\.2 and older, and what was found is newer: nvcc 13\.0/,
    cure: [
      'sudo ubuntu-drivers install',
      'sudo reboot',
      BUILD,
      /^# or/,
      '# CUDA 12.2 or older: https://developer.nvidia.com/cuda-toolkit-archive',
      BUILD,
    ],
    problems: ['driver'],
  },
  'a library that is newer than the driver, where an older toolkit is there too': {
    facts: facts(
      PC,
      both(driver('535.104.05', '12.2'), nvcc('nvcc', '13.0'), nvcc('/usr/local/cuda-12.1/bin/nvcc', '12.1')),
      withLibrary(DRIVER_TOO_OLD),
    ),
    kind: 'cpu',
    cause: 'driver-too-old',
    says: /the driver runs CUDA 12\.2 and older, and the CUDA library was built with CUDA 13\.0/,
    cure: [BUILD],
    problems: ['driver'],
  },
  'a library that is newer than the driver, without an older toolkit': {
    facts: facts(PC, both(driver('535.104.05', '12.2'), nvcc('nvcc', '13.0')), withLibrary(DRIVER_TOO_OLD)),
    kind: 'cpu',
    cause: 'driver-too-old',
    says: /the CUDA library was built with CUDA 13\.0/,
    cure: ['sudo ubuntu-drivers install', 'sudo reboot', BUILD, /^# or/, /CUDA 12\.2 or older/, BUILD],
    problems: ['driver'],
  },
  'a driver that was updated while the old one runs': {
    facts: facts(PC, { failures: { 'nvidia-smi': 'Failed to initialize NVML: Driver/library version mismatch' } }, installed()),
    kind: 'cpu',
    cause: 'driver-fails',
    says: /was updated while the old one runs/,
    cure: ['sudo reboot', /doctor/],
    problems: ['driver'],
  },
  'a driver that is not loaded': {
    facts: facts(
      PC,
      {
        failures: {
          'nvidia-smi':
            "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.",
        },
      },
      installed(),
    ),
    kind: 'cpu',
    cause: 'driver-fails',
    says: /installed but not loaded, as after a new kernel, or where Secure Boot refuses it/,
    cure: ['sudo ubuntu-drivers install', 'sudo reboot', /doctor/],
    problems: ['driver'],
  },
  'a GPU that is older than the toolkit': {
    facts: facts(PC, both(driver('580.65', '13.0', 'GTX 1060', '6.1'), nvcc('nvcc', '13.0', ['75', '80', '90'])), installed()),
    kind: 'cpu',
    cause: 'toolkit-unfit',
    says: /compute capability 6\.1, and nvcc 13\.0 compiles for 7\.5 and newer/,
    cure: [/^# CUDA 12\.9 or older/, BUILD],
    problems: ['CUDA toolkit'],
  },
  'a library without code for the GPU': {
    facts: facts(
      PC,
      both(driver('535.104.05', '12.2'), nvcc('nvcc', '12.1')),
      withLibrary(
        'NVIDIA GeForce RTX 3060 has compute capability 8.6, for which this library has no code (it was built for 90): build wht-layers again on this machine',
      ),
    ),
    kind: 'cpu',
    cause: 'library-unusable',
    says: /no code for this GPU \(compute capability 8\.6\)/,
    cure: [BUILD],
    problems: ['CUDA library'],
  },
  'a library that crashed in its trial': {
    facts: facts(
      PC,
      both(driver('535.104.05', '12.2'), nvcc('nvcc', '12.1')),
      withUnusable('tried in a process of its own, which was ended by SIGSEGV'),
    ),
    kind: 'cpu',
    cause: 'library-crashes',
    says: /tried in a process of its own, which was ended by SIGSEGV: the driver, or the library, is broken/,
    cure: [BUILD, /^#/, 'sudo reboot'],
    problems: ['CUDA library'],
  },
  'a library of another version of the package': {
    facts: facts(
      PC,
      both(driver('535.104.05', '12.2'), nvcc('nvcc', '12.1')),
      withUnusable('it was built for another version of wht-layers: build it again'),
    ),
    kind: 'cpu',
    cause: 'library-unusable',
    says: /it was built for another version of wht-layers/,
    cure: [BUILD],
    problems: ['CUDA library'],
  },
  'a GPU that does not start': {
    facts: facts(PC, both(driver('535.104.05', '12.2'), nvcc('nvcc', '12.1')), withLibrary('cudaErrorUnknown (unknown error)')),
    kind: 'cpu',
    cause: 'gpu-not-started',
    says: /CUDA does not start: cudaErrorUnknown \(unknown error\)/,
    cure: ['sudo reboot', /doctor/],
    problems: ['GPU'],
  },
  'a driver that finds no GPU': {
    facts: facts(
      PC,
      both(driver('535.104.05', '12.2'), nvcc('nvcc', '12.1')),
      withLibrary('the NVIDIA driver found no GPU', { variables: { CUDA_VISIBLE_DEVICES: '0' } }),
    ),
    kind: 'cpu',
    cause: 'gpu-not-there',
    says: /the NVIDIA driver found no GPU that it can use/,
    cure: [/^nvidia-smi/, 'sudo reboot'],
    problems: ['GPU'],
  },
  'a process that opening the GPU ends': {
    facts: facts(PC, both(driver('535.104.05', '12.2'), nvcc('nvcc', '12.1')), {
      ...onGpu('RTX 3060', '8.6'),
      opened: { kind: 'cpu', name: 'a processor', simd: 'avx2', threads: 12 },
      failure: 'ended its process by SIGABRT',
    }),
    kind: 'cpu',
    cause: 'library-crashes',
    says: /opening the GPU ended its process by SIGABRT/,
    cure: [BUILD, /^#/, 'sudo reboot'],
    problems: ['CUDA library'],
  },
  'GPUs that are hidden': {
    facts: facts(
      PC,
      both(driver('535.104.05', '12.2'), nvcc('nvcc', '12.1')),
      withLibrary('the NVIDIA driver found no GPU', { variables: { CUDA_VISIBLE_DEVICES: '' } }),
    ),
    kind: 'cpu',
    cause: 'gpu-hidden',
    says: /CUDA_VISIBLE_DEVICES="" hides every GPU/,
    cure: ['unset CUDA_VISIBLE_DEVICES'],
    problems: ['GPU'],
  },
  'a CPU that was asked for': {
    facts: facts(PC, both(driver('535.104.05', '12.2'), nvcc('nvcc', '12.1')), {
      ...onGpu('RTX 3060', '8.6'),
      opened: { kind: 'cpu', name: 'a processor', simd: 'avx2', threads: 12 },
      variables: { WHT_DEVICE: 'cpu' },
    }),
    kind: 'cpu',
    cause: 'asked-for-cpu',
    says: /WHT_DEVICE=cpu asks for the CPU/,
    cure: ['unset WHT_DEVICE'],
    problems: [],
  },
  'a GPU that was asked for and is not there': {
    facts: facts(PC, NO_CARD, {
      ...withoutOpened(),
      variables: { WHT_DEVICE: 'cuda' },
      openError: "CUDA can't be used: no CUDA backend library could be loaded",
    }),
    kind: 'none',
    cause: 'no-gpu',
    says: /WHT_DEVICE=cuda asks for the GPU, and no NVIDIA GPU was found/,
    cure: ['unset WHT_DEVICE   # for the CPU'],
    problems: [],
  },
  'a CUDA library that was left out': {
    facts: facts(
      PC,
      both(driver('535.104.05', '12.2'), nvcc('nvcc', '12.1')),
      installed({ variables: { WHT_CUDA_ARCHITECTURES: 'none' } }),
    ),
    kind: 'cpu',
    cause: 'not-built',
    says: /WHT_CUDA_ARCHITECTURES=none leaves the CUDA library out/,
    cure: ['unset WHT_CUDA_ARCHITECTURES', BUILD],
    problems: ['CUDA library'],
  },
  'a prebuild that is newer than the system, and no compiler': {
    facts: facts(
      'nano-nvcc-not-on-path',
      NO_TOOLS,
      withoutAddon("/lib/aarch64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by wht-layers.glibc.node)"),
    ),
    kind: 'none',
    cause: 'addon-not-loaded',
    says: /it was built for glibc 2\.34 or newer, and this system has 2\.27/,
    cure: ['sudo apt-get install cmake g++ make', BUILD],
    problems: ['addon', 'C++ compiler', 'CMake'],
  },
  'a prebuild for a newer C++ library': {
    facts: facts(PC, NO_CARD, withoutAddon("/usr/lib/libstdc++.so.6: version `GLIBCXX_3.4.29' not found (required by x.node)")),
    kind: 'none',
    cause: 'addon-not-loaded',
    says: /newer C\+\+ library than this system has \(GLIBCXX_3\.4\.29\)/,
    cure: [BUILD],
    problems: ['addon'],
  },
  'a package whose install scripts npm did not run, and no prebuild': {
    facts: facts(PC, NO_CARD, withoutAddon(undefined, { prebuilds: [] })),
    kind: 'none',
    cause: 'addon-not-loaded',
    says: /The addon has not been built here\. npm may have run no install script/,
    cure: [BUILD],
    problems: ['addon'],
  },
  'prebuilds for other machines': {
    facts: facts(PC, NO_CARD, withoutAddon(undefined, { prebuilds: ['linux-arm64'] })),
    kind: 'none',
    cause: 'addon-not-loaded',
    says: /has not been built here, and the prebuilds are for linux-arm64/,
    cure: [BUILD],
    problems: ['addon'],
  },
  'a prebuild that was copied from another processor': {
    facts: facts(PC, NO_CARD, withoutAddon(`${PREBUILT}/wht-layers.glibc.node: cannot open shared object file: No such file or directory`)),
    kind: 'none',
    cause: 'addon-not-loaded',
    says: /it was built for another processor \(this one: x86_64\)/,
    cure: [BUILD],
    problems: ['addon'],
  },
  'Alpine with a prebuild for glibc': {
    facts: facts(
      PC,
      both(NO_CARD, {
        files: { '/etc/os-release': 'ID=alpine\nPRETTY_NAME="Alpine Linux v3.20"\n', '/lib/ld-musl-x86_64.so.1': '' },
        without: ['getconf', 'c++', 'g++', 'clang++', 'cmake', 'make'],
      }),
      withoutAddon('Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by wht-layers.glibc.node)', {
        root: true,
      }),
    ),
    kind: 'none',
    cause: 'addon-not-loaded',
    says: /it was built for glibc, and this system has musl/,
    cure: ['apk add cmake g++ make', BUILD],
    problems: ['addon', 'C++ compiler', 'CMake'],
  },
  'Alpine with a GPU': {
    facts: facts(PC, both(driver('535.104.05', '12.2'), { files: { '/lib/ld-musl-x86_64.so.1': '' }, without: ['getconf'] }), installed()),
    kind: 'cpu',
    cause: 'musl',
    says: /CUDA needs glibc, and this system has musl/,
    cure: [],
    problems: ['system'],
  },
  'g++ alone missing': {
    facts: facts(PC, both(NO_CARD, { without: ['c++', 'g++', 'clang++'] }), withoutAddon()),
    kind: 'none',
    cause: 'addon-not-loaded',
    says: /has not been built/,
    cure: ['sudo apt-get install g++', BUILD],
    problems: ['addon', 'C++ compiler'],
  },
  'a CMake that is too old': {
    facts: facts(PC, both(NO_CARD, { tools: { 'cmake --version': 'cmake version 3.5.1\n' } }), withoutAddon()),
    kind: 'none',
    cause: 'addon-not-loaded',
    says: /has not been built/,
    cure: ['python3 -m pip install --user "cmake>=3.10"', 'export PATH="$HOME/.local/bin:$PATH"', BUILD],
    problems: ['addon', 'CMake'],
  },
  'a g++ that is too old, on Fedora': {
    facts: facts(
      PC,
      both(NO_CARD, {
        files: { '/etc/os-release': 'ID=fedora\n' },
        tools: { 'c++ --version': 'c++ (GCC) 4.8.5 20150623 (Red Hat 4.8.5-44)\n' },
        without: ['cmake'],
      }),
      withoutAddon(),
    ),
    kind: 'none',
    cause: 'addon-not-loaded',
    says: /has not been built/,
    cure: ['sudo dnf install cmake', '# g++ 7, clang 6 or newer', BUILD],
    problems: ['addon', 'C++ compiler', 'CMake'],
  },
  'an addon that ends its process': {
    facts: facts(PC, NO_CARD, withoutState({ failure: 'ended its process by SIGILL' })),
    kind: 'none',
    cause: 'addon-not-loaded',
    says: /Loading the addon ended its process by SIGILL/,
    cure: [BUILD],
    problems: ['addon'],
  },
  'a Node.js for another processor': {
    facts: facts(
      'nano-nvcc-not-on-path',
      {},
      withoutAddon(undefined, { node: { version: '16.20.2', platform: 'linux', architecture: 'arm' } }),
    ),
    kind: 'none',
    cause: 'addon-not-loaded',
    says: /This Node\.js is a program for arm, and wht-layers is for x64 and arm64/,
    cure: [/^# a 64-bit Node\.js/],
    problems: ['addon'],
  },
  'a Mac': {
    facts: facts(PC, NO_CARD, withoutAddon(undefined, { node: { version: '20.0.0', platform: 'darwin', architecture: 'arm64' } })),
    kind: 'none',
    cause: 'addon-not-loaded',
    says: /this is darwin, and wht-layers runs on Linux/i,
    cure: [],
    problems: ['addon'],
  },
  'a build for an older Node.js, and a prebuild that works': {
    facts: facts(PC, NO_CARD, {
      ...installed(),
      state: {
        addon: {
          file: `${PREBUILT}/wht-layers.glibc.node`,
          tried: [{ file: `${BUILT}/wht_layers.node`, reason: `${BUILT}/wht_layers.node: file too short` }],
        },
        cuda: { tried: [] },
        devices: installed().state?.devices ?? [],
      },
    }),
    kind: 'cpu',
    cause: 'no-gpu',
    says: /openDevice\(\) gives the CPU: AVX2, 12 threads/,
    cure: [],
    problems: [],
  },
};
function withoutOpened() {
  const { opened: _, ...others } = installed();
  return others;
}

function withoutState(changes: { failure: string }) {
  const { state: _, ...others } = withoutAddon();
  return { ...others, ...changes };
}

const finding = (of: Facts, subject: Subject) => diagnose(of).findings.find((each) => each.subject === subject);

describe('the doctor says', () => {
  it('of a Node.js that is too old which one the system can run', () => {
    const node = (tools: Record<string, string>, version: string) =>
      finding(facts('nano-nvcc-not-on-path', { tools: { 'node --version': version, ...tools } }), 'Node.js');
    expect(node({}, 'v16.20.2')).toEqual({ subject: 'Node.js', state: 'ok', text: '16.20.2' });
    expect(node({}, 'v16.19.1')).toEqual({
      ...{ subject: 'Node.js', state: 'problem', text: '16.19.1, and wht-layers takes 16.20 or newer' },
      cure: ['# the newest for glibc 2.27: https://nodejs.org/dist/v16.20.2/node-v16.20.2-linux-arm64.tar.xz'],
    });
    expect(node({ 'getconf GNU_LIBC_VERSION': 'glibc 2.31' }, 'v14.21.3')?.cure).toEqual([
      '# Node.js 16.20 or newer: https://nodejs.org/en/download',
    ]);
  });

  it('of cuDNN whether the package can use it', () => {
    const cudnn = (files: Record<string, string>, cuda = onGpu('Orin', '8.7')) =>
      finding(facts('orin-without-cudnn', { files }, cuda), 'cuDNN');
    const folder = '/usr/lib/aarch64-linux-gnu';
    expect(cudnn({ [`${folder}/libcudnn.so.10.0.1`]: '' })).toMatchObject({
      ...{ state: 'problem', text: expect.stringMatching(/^10\.0\.1, and wht-layers takes 7, 8 and 9/) },
      cure: ['sudo apt-get update && sudo apt-get install libcudnn9-cuda-12'],
    });
    expect(cudnn({ [`${folder}/libcudnn.so.9.3.0`]: '' })).toMatchObject({
      ...{ state: 'problem', text: expect.stringMatching(/^9\.3\.0, .*, can't be loaded/) },
    });
    expect(cudnn({ [`${folder}/libcudnn.so.9.3.0`]: '' }, onGpu('Orin', '8.7', '9.3.0'))).toEqual({
      ...{ subject: 'cuDNN', state: 'ok', text: `9.3.0, ${folder}/libcudnn.so.9.3.0` },
    });
    expect(cudnn({ '/usr/local/cuda/lib64/libcudnn.so.9.3.0': '' })).toMatchObject({
      ...{ state: 'problem', cure: ['export WHT_CUDNN_DIR=/usr/local/cuda/lib64'] },
    });
    expect(cudnn({}, installed())).toMatchObject({ state: 'note' });
  });

  it.each([
    ['32.7.1', 'libcudnn8', 'cuda-toolkit-10-2'],
    ['35.4.1', 'libcudnn8', 'nvidia-cuda-dev'],
    ['36.3.0', 'libcudnn8', 'nvidia-cuda-dev'],
    ['36.4.3', 'libcudnn9-cuda-12', 'nvidia-cuda-dev'],
    ['38.2.0', 'libcudnn9-cuda-13', 'nvidia-cuda-dev'],
    ['32.2.1', 'nvidia-jetpack', 'nvidia-jetpack'],
  ])('which packages L4T %s has', (l4t, cudnn, toolkit) => {
    const [release, ...revision] = l4t.split('.');
    const files = { '/etc/nv_tegra_release': `# R${release} (release), REVISION: ${revision.join('.')}, GCID: 1\n` };
    const cure = (subject: Subject, change = {}) =>
      finding(facts('orin-without-cudnn', both({ files }, change), subject === 'cuDNN' ? onGpu('Orin', '8.7') : undefined), subject)?.cure;
    expect(cure('cuDNN')).toEqual([`sudo apt-get update && sudo apt-get install ${cudnn}`]);
    expect(cure('CUDA toolkit', { without: NO_NVCC })?.[0]).toBe(`sudo apt-get update && sudo apt-get install ${toolkit}`);
  });

  it('what is missing for a build, and nothing of sudo to root', () => {
    const without = (gone: string[], changes = {}) =>
      diagnose(facts(PC, both(NO_CARD, { without: gone }), withoutAddon(undefined, changes))).backend.because?.cure;
    expect(without(['make'])).toEqual(['sudo apt-get install make', BUILD]);
    expect(without(['make', 'cmake'], { root: true })).toEqual(['apt-get install cmake make', BUILD]);
    const ninja = facts(PC, both(NO_CARD, { without: ['make'], tools: { 'ninja --version': '1.11.1\n' } }), withoutAddon());
    expect(diagnose(ninja).backend.because?.cure).toEqual([BUILD]);
    expect(finding(ninja, 'CMake')).toEqual({ subject: 'CMake', state: 'ok', text: '3.22.1, ninja 1.11.1' });
  });

  it('nothing of tools to whom they are of no use', () => {
    const working = facts(PC, both(NO_CARD, NO_TOOLS), installed());
    expect(finding(working, 'C++ compiler')).toEqual({
      ...{ subject: 'C++ compiler', state: 'note', text: 'not found; needed only to build from source' },
    });
    expect(diagnose(working).findings.filter(({ state }) => state === 'problem')).toEqual([]);
  });
});

describe('the doctor, of', () => {
  it.each(Object.entries(TROUBLES))('%s', (_, trouble) => {
    const report = diagnose(trouble.facts);
    const { backend, findings } = report;
    const page = render(report, PLAIN);
    const [, end = ''] = page.split(/─{80}\n/);
    expect({ kind: backend.kind, cause: backend.because?.cause }).toEqual({ kind: trouble.kind, cause: trouble.cause });
    // Lines are broken for the page, and not in what is to be typed.
    expect(end.replace(/\n(?! {2})/g, ' ').trim()).toMatch(trouble.says);
    const cure = backend.because?.cure ?? [];
    expect(cure).toHaveLength(trouble.cure?.length ?? 0);
    for (const [at, line] of (trouble.cure ?? []).entries()) {
      if (typeof line === 'string') expect(cure[at]).toBe(line);
      else expect(cure[at]).toMatch(line);
    }
    for (const line of cure) expect(end).toContain(`\n  ${line}\n`);
    expect(findings.filter(({ state }) => state === 'problem').map(({ subject }) => subject)).toEqual(trouble.problems);
  });
});
