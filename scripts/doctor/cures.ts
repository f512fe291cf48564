/** What to type against each trouble, on each kind of system. */
import type { Machine } from '../../bench/probes/machine';
import { isOldCMake, isOldCompiler, missingTools } from './build-needs';
import type { Facts } from './schema';

export type Cures = ReturnType<typeof cures>;

/** Names by which package managers know what a build from source needs. */
const TOOLS = {
  apt: { 'C++ compiler': 'g++', CMake: 'cmake', make: 'make' },
  dnf: { 'C++ compiler': 'gcc-c++', CMake: 'cmake', make: 'make' },
  apk: { 'C++ compiler': 'g++', CMake: 'cmake', make: 'make' },
} as const;
const INSTALL = { apt: 'apt-get install', dnf: 'dnf install', apk: 'apk add' } as const;

/** The first line of each is for the trouble itself; all are for a shell, and what a shell can't do is a comment. */
export function cures({ machine, package: state }: Facts) {
  const { system, board, buildTools } = machine;
  const sudo = state?.root ? '' : 'sudo ';
  const reboot = system.container === undefined ? `${sudo}reboot` : '# on the host: sudo reboot';
  const again = 'npx wht-layers doctor   # says what is next';
  const build = state?.buildCommand ?? 'npx wht-layers build';
  const apt = (names: string) => `${sudo}apt-get update && ${sudo}apt-get install ${names}`;

  const missing = missingTools(buildTools);
  const manager = system.packages;
  const tools =
    missing.length === 0
      ? []
      : manager === undefined
        ? [`# with the system's package manager: ${missing.join(', ')}`]
        : [`${sudo}${INSTALL[manager]} ${missing.map((tool) => TOOLS[manager][tool]).join(' ')}`];
  const newerCompiler = !isOldCompiler(buildTools)
    ? []
    : manager === 'apt'
      ? [`${sudo}apt-get install g++-8`, 'export CXX=g++-8']
      : ['# g++ 7, clang 6 or newer'];
  const newerCMake = isOldCMake(buildTools) ? ['python3 -m pip install --user "cmake>=3.10"', 'export PATH="$HOME/.local/bin:$PATH"'] : [];

  return {
    /** What is missing for a build, alone and with the build. */
    tools,
    newerCompiler,
    newerCMake,
    build: [...tools, ...newerCompiler, ...newerCMake, build],
    again,
    reboot,
    loadDriver: `${sudo}nvidia-modprobe -u -c=0`,

    node(): string[] {
      const [major = 0, minor = 0] = (system.libc?.version ?? '9.9').split('.').map(Number);
      const old = system.libc?.name === 'glibc' && (major < 2 || (major === 2 && minor < 28));
      if (!old) return ['# Node.js 16.20 or newer: https://nodejs.org/en/download'];
      // Node.js 18 and later need glibc 2.28.
      const cpu = system.architecture === 'aarch64' ? 'arm64' : 'x64';
      return [`# the newest for glibc ${system.libc?.version}: https://nodejs.org/dist/v16.20.2/node-v16.20.2-linux-${cpu}.tar.xz`];
    },

    /** @param newest the newest CUDA that the driver runs, where that matters */
    toolkit(newest?: string): string[] {
      if (board.jetson) return [apt(jetsonPackages(machine).toolkit)];
      if (newest !== undefined) return [`# CUDA ${newest} or older: https://developer.nvidia.com/cuda-toolkit-archive`];
      if (system.wsl || system.packages !== 'apt') return ['# https://developer.nvidia.com/cuda-downloads'];
      if (system.ids.includes('ubuntu')) return [`${sudo}apt-get install nvidia-cuda-toolkit`];
      return [`${sudo}apt-get install nvidia-cuda-toolkit   # from contrib and non-free`];
    },

    driver(): string[] {
      if (board.jetson) return [`${sudo}apt-get install --reinstall nvidia-l4t-core nvidia-l4t-cuda`, reboot, again];
      if (system.wsl) return ['# in Windows: https://www.nvidia.com/drivers'];
      if (system.ids.includes('ubuntu')) return [`${sudo}ubuntu-drivers install`, reboot, again];
      if (system.packages === 'apt') return [`${sudo}apt-get install nvidia-driver   # from contrib and non-free`, reboot, again];
      if (system.packages === 'dnf') return [`${sudo}dnf install akmod-nvidia xorg-x11-drv-nvidia-cuda   # from RPM Fusion`, reboot, again];
      return ['# https://www.nvidia.com/drivers', reboot, again];
    },

    cudnn(): string[] {
      if (board.jetson) return [apt(jetsonPackages(machine).cudnn)];
      const major = Number.parseInt(machine.driver.cuda ?? machine.toolkit.chosen?.release ?? '12', 10);
      return [
        `python3 -m pip install --target ~/cudnn nvidia-cudnn-cu${Math.max(11, major)}`,
        'export WHT_CUDNN_DIR=~/cudnn/nvidia/cudnn/lib',
      ];
    },

    permission(): string[] {
      const groups = board.l4t?.startsWith('32.') ? 'video' : 'video,render';
      return [`${sudo}usermod -aG ${groups} "$USER"`, '# then log in again'];
    },

    container(): string[] {
      if (system.container === 'Kubernetes') return ['# in the pod: resources: { limits: { nvidia.com/gpu: 1 } }'];
      if (system.container === 'Podman') return ['podman run --device nvidia.com/gpu=all ...'];
      // Of a Jetson that hides its device tree the kernel's name is left.
      const jetson = board.jetson || /tegra/.test(system.kernel ?? '');
      return [`docker run ${jetson ? '--runtime nvidia' : '--gpus all'} ...`];
    },
  };
}

/** NVIDIA's own packages for L4T: its CUDA fits the driver, which Ubuntu's need not. */
function jetsonPackages({ board }: Machine): { toolkit: string; cudnn: string } {
  const [release = 0, major = 0] = (board.l4t ?? '').split('.').map(Number);
  if (release === 32 && major >= 4) return { toolkit: 'cuda-toolkit-10-2', cudnn: 'libcudnn8' };
  if (release === 34 || release === 35) return { toolkit: 'nvidia-cuda-dev', cudnn: 'libcudnn8' };
  if (release === 36) return { toolkit: 'nvidia-cuda-dev', cudnn: major >= 4 ? 'libcudnn9-cuda-12' : 'libcudnn8' };
  if (release >= 38) return { toolkit: 'nvidia-cuda-dev', cudnn: 'libcudnn9-cuda-13' };
  return { toolkit: 'nvidia-jetpack', cudnn: 'nvidia-jetpack' };
}
