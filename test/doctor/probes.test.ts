/** What the probes make of files and of what tools print, as far as the doctor needs them. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHIPS, readBoard } from '../../bench/probes/board';
import type { BoardRoot } from '../../bench/probes/board-root';
import { parseCompiler, readBuildTools } from '../../bench/probes/build-tools';
import { findCudnn, parseVersionHeader } from '../../bench/probes/cudnn';
import { readMachine } from '../../bench/probes/machine';
import { readNvidiaDriver, readNvidiaGpus } from '../../bench/probes/nvidia-driver';
import { parseOsRelease, readOperatingSystem } from '../../bench/probes/operating-system';
import { parseCpuinfo } from '../../bench/probes/processor';
import * as cuda from '../../scripts/cuda-compiler';
import { diagnose } from '../../scripts/doctor/diagnose';
import { PLAIN, render } from '../../scripts/doctor/render';
import { BOARDS, changed, driver, installed, recordedBoard, withLibrary } from './sample-machine';

const PC = recordedBoard('pc-without-driver');

describe('a C++ compiler', () => {
  it.each([
    ['c++ (Debian 12.2.0-14) 12.2.0\nCopyright', 'gcc', '12.2.0'],
    ['g++ (Ubuntu/Linaro 7.5.0-3ubuntu1~18.04) 7.5.0', 'gcc', '7.5.0'],
    ['g++ (GCC) 13.2.1 20231011 (Red Hat 13.2.1-4)', 'gcc', '13.2.1'],
    ['c++ (Alpine 13.2.1_git20240309) 13.2.1 20240309', 'gcc', '13.2.1'],
    ['aarch64-linux-gnu-g++ (Debian 12.2.0-14) 12.2.0', 'gcc', '12.2.0'],
    ['Debian clang version 14.0.6\nTarget: x86_64', 'clang', '14.0.6'],
    ['clang version 6.0.0-1ubuntu2 (tags/RELEASE_600/final)', 'clang', '6.0.0'],
    ['something else', undefined, undefined],
  ])('says which it is: %j', (text, kind, version) => {
    expect(parseCompiler(text)).toEqual(kind === undefined ? {} : { kind, version });
  });

  it('is the one that CXX names, with its arguments', () => {
    const root = changed(PC, { tools: { 'ccache clang++-14 --version': 'clang version 14.0.6' } });
    expect(readBuildTools(root, { CXX: 'ccache clang++-14' }).compiler).toEqual({
      ...{ command: 'ccache clang++-14', kind: 'clang', version: '14.0.6' },
    });
    expect(readBuildTools(root).compiler?.command).toBe('c++');
    expect(readBuildTools(changed(PC, { without: ['c++'], tools: { 'g++ --version': 'g++ (x) 9.4.0' } })).compiler?.command).toBe('g++');
  });
});

describe('a processor', () => {
  const cpuinfo = (flags: string) => `processor\t: 0\nmodel name\t: A CPU\nflags\t\t: fpu ${flags}\n\nprocessor\t: 1\nflags\t\t: fpu\n`;
  it.each([
    ['avx2 fma f16c', 'x86_64', 'avx2'],
    ['avx2 fma avx512f avx512dq avx512bw avx512vl', 'x86_64', 'avx512'],
    ['avx2 fma avx512f avx512dq avx512bw', 'x86_64', 'avx2'],
    ['avx2', 'x86_64', 'portable'],
    ['avx2 fma', 'riscv64', 'portable'],
    ['', 'aarch64', 'neon'],
    ['avx2 fma', undefined, undefined],
  ])('with %j on %s computes with %s', (flags, architecture, simd) => {
    expect(parseCpuinfo(cpuinfo(flags), architecture)).toEqual({ name: 'A CPU', cores: 2, ...(simd && { simd }) });
  });

  it('of ARM has the name of its core', () => {
    const text = 'processor\t: 0\nmodel name\t: ARMv8 Processor rev 1 (v8l)\nCPU implementer\t: 0x41\nCPU part\t: 0xd07\n';
    expect(parseCpuinfo(text, 'aarch64')).toEqual({ name: 'Cortex-A57', cores: 1, simd: 'neon' });
    expect(parseCpuinfo(text.replace('0xd07', '0xfff'), 'aarch64').name).toBe('ARMv8 Processor rev 1 (v8l)');
    expect(parseCpuinfo('', 'aarch64')).toEqual({ simd: 'neon' });
  });
});

describe('a system', () => {
  it('says what it is like', () => {
    const release = 'NAME="Linux Mint"\nPRETTY_NAME=\'Linux Mint 21\'\nID=linuxmint\nID_LIKE="ubuntu debian"\n# x\n';
    expect(parseOsRelease(release)).toEqual({
      ...{ NAME: 'Linux Mint', PRETTY_NAME: 'Linux Mint 21', ID: 'linuxmint', ID_LIKE: 'ubuntu debian' },
    });
    const root = changed(PC, { files: { '/etc/os-release': release } });
    expect(readOperatingSystem(root)).toEqual({
      ...{ name: 'Linux Mint 21', packages: 'apt', ids: ['linuxmint', 'ubuntu', 'debian'], architecture: 'x86_64' },
      ...{ kernel: '6.5.0-28-generic', libc: { name: 'glibc', version: '2.35' }, wsl: false },
    });
  });

  it.each([
    [{ '/.dockerenv': '' }, 'Docker'],
    [{ '/run/.containerenv': '' }, 'Podman'],
    [{ '/run/secrets/kubernetes.io': '' }, 'Kubernetes'],
    [{ '/run/systemd/container': 'lxc\n' }, 'lxc'],
    [{ '/run/systemd/container': 'wsl\n' }, undefined],
  ])('in %j is in %s', (files, container) => {
    expect(readOperatingSystem(changed(PC, { files })).container).toBe(container);
  });

  it('in Windows, and one with musl', () => {
    const files = { '/proc/sys/kernel/osrelease': '5.15.153.1-microsoft-standard-WSL2\n' };
    expect(readOperatingSystem(changed(PC, { files })).wsl).toBe(true);
    const alpine = changed(PC, { files: { '/lib/ld-musl-aarch64.so.1': '' }, without: ['getconf'] });
    expect(readOperatingSystem(alpine).libc).toEqual({ name: 'musl' });
    expect(readOperatingSystem(changed(PC, { without: ['getconf'] })).libc).toBeUndefined();
  });
});

describe('a driver', () => {
  it('tells its version, what CUDA it runs, and its GPUs', () => {
    const root = changed(PC, driver('535.104.05', '12.2'));
    expect(readNvidiaDriver(root)).toEqual({ version: '535.104.05', cuda: '12.2', library: '/usr/lib/x86_64-linux-gnu/libcuda.so.1' });
    expect(readNvidiaGpus(root)).toEqual({
      devices: ['/dev/nvidia0'],
      cards: [{ slot: '0000:01:00.0', name: 'GeForce RTX 3060 Lite Hash Rate' }],
      listed: [{ name: 'NVIDIA GeForce RTX 3060', computeCapability: '8.6' }],
    });
  });

  it('with open kernel modules, or of a new nvidia-smi', () => {
    const version = 'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  560.35.03  Release Build  (dvs-builder@U16)\n';
    const smi = '| NVIDIA-SMI 595.10   KMD Version: 595.10   CUDA UMD Version: 13.2 |\n';
    const root = changed(PC, { files: { '/proc/driver/nvidia/version': version }, tools: { 'nvidia-smi': smi } });
    expect(readNvidiaDriver(root)).toEqual({ version: '560.35.03', cuda: '13.2' });
  });

  it('that is too old to tell compute capabilities', () => {
    const root = changed(PC, {
      failures: { 'nvidia-smi --query-gpu=name,compute_cap --format=csv,noheader': 'Field "compute_cap" is not a valid field to query.' },
      tools: { 'nvidia-smi --query-gpu=name --format=csv,noheader': 'GeForce GTX 1080\nGeForce GTX 1080\n' },
    });
    expect(readNvidiaGpus(root).listed).toEqual([{ name: 'GeForce GTX 1080' }, { name: 'GeForce GTX 1080' }]);
  });

  it('of Windows is not on PATH', () => {
    const root = changed(PC, {
      files: { '/dev/dxg': '', '/usr/lib/wsl/lib/libcuda.so.1': '' },
      tools: { '/usr/lib/wsl/lib/nvidia-smi': '| NVIDIA-SMI 550.1  Driver Version: 551.1  CUDA Version: 12.4 |' },
    });
    expect(readNvidiaDriver(root)).toEqual({ version: '551.1', cuda: '12.4', library: '/usr/lib/wsl/lib/libcuda.so.1' });
  });

  it('is not there, only the device that its library makes', () => {
    const root = changed(PC, { files: { '/dev/nvidiactl': '' }, without: ['/sys/bus/pci/devices'] });
    expect(readNvidiaGpus(root)).toEqual({ devices: [], cards: [], listed: [] });
    expect(readNvidiaDriver(root)).toEqual({});
  });
});

describe('cuDNN', () => {
  const in64 = '/usr/lib/x86_64-linux-gnu';
  it('is found where the loader looks, the newest first, with its whole version', () => {
    const files = {
      [`${in64}/libcudnn.so`]: '',
      [`${in64}/libcudnn.so.8`]: '',
      [`${in64}/libcudnn.so.8.9.7`]: '',
      [`${in64}/libcudnn.so.9`]: '',
    };
    expect(findCudnn(changed(PC, { files }))).toEqual([
      { file: `${in64}/libcudnn.so.9`, major: 9, loadable: true },
      { file: `${in64}/libcudnn.so.8.9.7`, major: 8, version: '8.9.7', loadable: true },
    ]);
  });

  it('in a folder that the cache names, with the version of its header', () => {
    const files = {
      '/opt/cudnn/libcudnn.so.9': '',
      '/usr/include/cudnn_version.h': '#define CUDNN_MAJOR 9\n#define CUDNN_MINOR 3\n#define CUDNN_PATCHLEVEL 0\n',
    };
    const tools = { 'ldconfig -p': '\tlibcudnn.so.9 (libc6,x86-64) => /opt/cudnn/libcudnn.so.9\n' };
    expect(findCudnn(changed(PC, { files, tools }))).toEqual([
      { file: '/opt/cudnn/libcudnn.so.9', major: 9, version: '9.3.0', loadable: true },
    ]);
    expect(parseVersionHeader('#define CUDNN_MAJOR 9\n')).toBeUndefined();
  });

  it('in WHT_CUDNN_DIR before all others, and where no program looks', () => {
    const files = {
      '/home/cudnn/libcudnn.so.9': '',
      '/usr/local/cuda/lib64/libcudnn.so.9.1.0': '',
      '/usr/local/cuda/lib64/libcudnn.so.7': '',
    };
    const root = changed(PC, { files });
    expect(findCudnn(root)).toEqual([
      { file: '/usr/local/cuda/lib64/libcudnn.so.9.1.0', major: 9, version: '9.1.0', loadable: false },
      { file: '/usr/local/cuda/lib64/libcudnn.so.7', major: 7, loadable: false },
    ]);
    expect(findCudnn(root, { WHT_CUDNN_DIR: '/home/cudnn' })[0]).toEqual({ file: '/home/cudnn/libcudnn.so.9', major: 9, loadable: true });
    expect(findCudnn(root, { LD_LIBRARY_PATH: '/x:/usr/local/cuda/lib64' })[0]).toMatchObject({ version: '9.1.0', loadable: true });
  });
});

describe('a Jetson', () => {
  it('is known by its number where a container hides the device tree', () => {
    const hidden = { without: ['/proc/device-tree'], files: { '/sys/devices/soc0/family': 'Tegra\n', '/sys/devices/soc0/soc_id': '33\n' } };
    expect(readBoard(changed(recordedBoard('nano-nvcc-not-on-path'), hidden))).toEqual({
      ...{ jetson: true, chip: 'tegra210', computeCapability: '5.3', l4t: '32.7.1', jetpack: '4.6.1' },
    });
    const other = { ...hidden, files: { '/sys/devices/soc0/family': 'Exynos\n', '/sys/devices/soc0/soc_id': '33\n' } };
    expect(readBoard(changed(recordedBoard('nano-nvcc-not-on-path'), other)).jetson).toBe(false);
  });

  it('has the same table of chips here and where compilers are found', () => {
    const ours = [...CHIPS].map(([chip, { computeCapability, id }]) => [
      chip,
      { architecture: Number(computeCapability.replace('.', '')), id },
    ]);
    expect(Object.fromEntries(ours)).toEqual(cuda.TEGRA);
  });
});

describe('whatever tools print', () => {
  const commands = [
    ...['uname -m', 'getconf GNU_LIBC_VERSION', 'node --version', 'c++ --version', 'cmake --version', 'make --version', 'ldconfig -p'],
    ...['nvcc --version', 'nvcc --list-gpu-arch', 'nvidia-smi', 'lspci -d 10de:'],
    ...['compute_cap', 'name,compute_cap', 'name'].map((fields) => `nvidia-smi --query-gpu=${fields} --format=csv,noheader`),
  ];
  const files = ['/etc/os-release', '/proc/cpuinfo', '/proc/driver/nvidia/version', '/etc/nv_tegra_release', '/sys/devices/soc0/soc_id'];
  const words = fc.array(
    fc.constantFrom(
      ...[
        'release 13.0',
        'CUDA Version: 12.2',
        'compute_53',
        'libcudnn.so.9 (x) => /a/b',
        '8.6',
        'a, 8.6',
        'version 3.5',
        '(x) 4.8',
        'ID=debian',
      ],
      ...['\n', ' ', '\0', '=', '"', '01:00.0 [', '[x]', 'Kernel Module  1.2', '99999999999999999999', '−', 'é'],
    ),
    { maxLength: 30 },
  );
  const text = fc.oneof(
    fc.string({ maxLength: 100 }),
    words.map((all) => all.join('')),
  );

  it('neither the probes nor the doctor throw, and there is a page', () => {
    const answers = fc.record({
      board: fc.constantFrom(...BOARDS),
      tools: fc.dictionary(fc.constantFrom(...commands), text),
      failures: fc.dictionary(fc.constantFrom(...commands), text),
      files: fc.dictionary(fc.constantFrom(...files), text),
      reason: text,
    });
    fc.assert(
      fc.property(answers, ({ board, reason, ...change }) => {
        const root: BoardRoot = changed(recordedBoard(board), change);
        const machine = readMachine(root);
        for (const state of [undefined, installed(), withLibrary(reason)]) {
          const page = render(diagnose({ machine, ...(state && { package: state }) }), PLAIN);
          expect(page).toMatch(/^wht-layers doctor\n/);
          expect(page).toMatch(/\nopenDevice\(\) (gives|can give|would give) /);
        }
      }),
      { numRuns: 300 },
    );
  });
});
