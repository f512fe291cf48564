/** What stands in the way of CUDA: the first thing that must change, from the machine up to the package. */
import type { Machine } from '../../bench/probes/machine';
import type { PackageState } from '../../lib/package-state';
import type { Cures } from './cures';
import { hasGpu, isVisible } from './gpu-presence';
import type { Facts, Obstacle, PackageFacts } from './schema';

export function cudaObstacle({ machine, package: state }: Facts, cures: Cures): Obstacle | undefined {
  if (state?.opened?.kind === 'cuda') return undefined;
  // What is worth saying of a machine is worth it whether CUDA was asked for or not.
  return (
    machineObstacle(machine, cures) ?? (state === undefined ? toolkitObstacle(machine, cures) : packageObstacle(machine, state, cures))
  );
}

function machineObstacle(machine: Machine, cures: Cures): Obstacle | undefined {
  const { board, system, driver, gpus } = machine;
  if (!hasGpu(machine)) {
    // There it would be no cure for most.
    const hint =
      system.container === undefined ? '' : ` (in a container one is seen only with: ${cures.container().join(' ').replace(/^# /, '')})`;
    return { cause: 'no-gpu', subject: 'GPU', text: `no NVIDIA GPU was found on this machine${hint}` };
  }
  if (system.libc?.name === 'musl') {
    return {
      cause: 'musl',
      subject: 'system',
      text: "NVIDIA's CUDA needs glibc, and this system has musl: use Debian or Ubuntu, maybe in a container",
    };
  }
  if (!isVisible(machine)) {
    if (system.container !== undefined) {
      return {
        cause: 'container',
        subject: 'GPU',
        text: `this container (${system.container}) was started without the GPU`,
        cure: cures.container(),
      };
    }
    if (board.jetson) {
      const text = "the GPU's devices (/dev/nvhost-gpu, /dev/nvgpu) are missing: the drivers of L4T are not loaded";
      return { cause: 'gpu-not-there', subject: 'GPU', text, cure: cures.driver() };
    }
  }
  if (driver.complaint !== undefined && gpus.listed.length === 0 && !board.jetson) return complaintObstacle(driver.complaint, cures);
  if (isVisible(machine)) return undefined;
  if (driver.version !== undefined) {
    const text = `the NVIDIA driver (${driver.version}) is loaded, but shows no GPU: /dev/nvidia0 is missing`;
    return { cause: 'gpu-not-there', subject: 'GPU', text, cure: [cures.loadDriver, cures.again] };
  }
  const card = gpus.cards[0]?.name ?? 'an NVIDIA card';
  return { cause: 'no-driver', subject: 'driver', text: `there is ${article(card)}, but no NVIDIA driver for it`, cure: cures.driver() };
}

function article(card: string): string {
  return /^an? /.test(card) ? card : `a ${card}`;
}

/** What nvidia-smi says in place of an answer. */
function complaintObstacle(complaint: string, cures: Cures): Obstacle {
  const fails = (text: string, cure: string[]): Obstacle => ({ cause: 'driver-fails', subject: 'driver', text, cure });
  if (/version mismatch/i.test(complaint)) {
    return fails('the NVIDIA driver was updated while the old one runs (nvidia-smi: driver/library version mismatch)', [
      cures.reboot,
      cures.again,
    ]);
  }
  if (/couldn.t communicate/i.test(complaint)) {
    const text = 'the NVIDIA driver is installed but not loaded, as after a new kernel, or where Secure Boot refuses it';
    return fails(text, [...cures.driver().slice(0, -2), cures.reboot, cures.again]);
  }
  if (/no devices were found/i.test(complaint)) {
    return fails(
      'the NVIDIA driver found no GPU that it can use (nvidia-smi: no devices were found); it may be too old for the card',
      cures.driver(),
    );
  }
  return fails(`nvidia-smi fails: ${complaint}`, [cures.reboot, cures.again]);
}

/** Why a CUDA library can't be built. */
function toolkitObstacle({ toolkit, driver, board }: Machine, cures: Cures): Obstacle | undefined {
  if (toolkit.chosen !== undefined) return undefined;
  if (toolkit.cause === 'driver-too-old') {
    const text = `${toolkit.reason?.replace(/\. Update the driver.*/s, '')}`;
    return { cause: 'driver-too-old', subject: 'driver', text, cure: oldDriverCure(board.jetson, driver.cuda, cures) };
  }
  if (toolkit.cause === 'none') {
    const text = "the CUDA library must be built here, and NVIDIA's compiler (nvcc) was not found";
    return { cause: 'no-toolkit', subject: 'CUDA toolkit', text, cure: [...cures.toolkit(), ...cures.build] };
  }
  if (toolkit.cause === 'gpu-unknown') {
    const text = "nvidia-smi does not tell the GPU's compute capability, as those of drivers before 510 do not";
    const cure = [`export WHT_CUDA_ARCHITECTURES=75   # the number in https://developer.nvidia.com/cuda-gpus`, ...cures.build];
    return { cause: 'toolkit-unfit', subject: 'CUDA toolkit', text, cure };
  }
  const text = toolkit.reason ?? 'no CUDA toolkit fits';
  const [, variable] = /^Expected (\w+) to/.exec(text) ?? [];
  // CUDA 13 compiles for compute capability 7.5 and newer.
  const cure = variable === undefined ? cures.toolkit('12.9') : [`unset ${variable}`];
  return { cause: 'toolkit-unfit', subject: 'CUDA toolkit', text, cure: [...cure, ...cures.build] };
}

function oldDriverCure(jetson: boolean, cuda: string | undefined, cures: Cures): string[] {
  if (jetson) return [...cures.toolkit(), ...cures.build];
  const driver = cures.driver().filter((line) => line !== cures.again);
  return [
    ...driver,
    ...cures.build,
    '# or, in place of a newer driver, an older toolkit beside the other:',
    ...cures.toolkit(cuda),
    ...cures.build,
  ];
}

function packageObstacle(machine: Machine, state: PackageFacts, cures: Cures): Obstacle | undefined {
  const { variables, forbidden } = state;
  if (forbidden.length > 0) {
    const text = `this user may not use ${forbidden.join(', ')}`;
    return { cause: 'gpu-not-permitted', subject: 'GPU', text, cure: cures.permission() };
  }
  if (variables.CUDA_VISIBLE_DEVICES !== undefined && /^(-1)?$/.test(variables.CUDA_VISIBLE_DEVICES.trim())) {
    const text = `CUDA_VISIBLE_DEVICES=${JSON.stringify(variables.CUDA_VISIBLE_DEVICES)} hides every GPU`;
    return { cause: 'gpu-hidden', subject: 'GPU', text, cure: ['unset CUDA_VISIBLE_DEVICES'] };
  }
  // Without the addon nothing is known of the library, and there is worse to tell.
  if (state.state === undefined || state.state.addon.file === undefined) return toolkitObstacle(machine, cures);
  return libraryObstacle(machine, state, state.state, cures) ?? askedForCpu(variables);
}

function askedForCpu(variables: PackageFacts['variables']): Obstacle | undefined {
  if (variables.WHT_DEVICE !== 'cpu') return undefined;
  return { cause: 'asked-for-cpu', subject: 'GPU', text: 'WHT_DEVICE=cpu asks for the CPU', cure: ['unset WHT_DEVICE'] };
}

function libraryObstacle(
  machine: Machine,
  { cudaError, failure, variables }: PackageFacts,
  { cuda, devices }: PackageState,
  cures: Cures,
): Obstacle | undefined {
  const broken = (what: string): Obstacle => {
    const cure = [...cures.build, '# where that does not help:', cures.reboot];
    return { cause: 'library-crashes', subject: 'CUDA library', text: `${what}: the driver, or the library, is broken`, cure };
  };
  const works = devices.some(({ kind, available }) => kind === 'cuda' && available);
  if (works && failure !== undefined) return broken(`opening the GPU ${failure}`);
  if (works && cudaError === undefined) return undefined;
  const said = cuda.tried.map(({ reason }) => reason).filter((reason) => reason !== 'no such file');
  if (cuda.file === undefined && said.length === 0) return notBuilt(machine, variables, cures);
  const crash = said.find((reason) => /^tried in a process of its own/.test(reason));
  if (cuda.file === undefined && crash !== undefined) return broken(`the CUDA library was ${crash}`);

  const listed = devices.filter(({ kind }) => kind === 'cuda').map(({ reason }) => reason);
  const reasons = [...listed, ...said, cudaError].filter((reason): reason is string => reason !== undefined && reason !== '');
  for (const reason of reasons) {
    const obstacle = deviceReason(machine, reason, cures);
    if (obstacle !== undefined) return obstacle;
  }
  // A library of another version, or one for another system.
  const text = `the CUDA library can't be used: ${said[0] ?? reasons[0] ?? 'nobody says why'}`;
  return { cause: 'library-unusable', subject: 'CUDA library', text, cure: toolkitObstacle(machine, cures)?.cure ?? cures.build };
}

function notBuilt(machine: Machine, variables: PackageFacts['variables'], cures: Cures): Obstacle {
  const notBuilt = (text: string, cure: string[]): Obstacle => ({ cause: 'not-built', subject: 'CUDA library', text, cure });
  if (variables.WHT_CUDA_ARCHITECTURES === 'none') {
    return notBuilt('WHT_CUDA_ARCHITECTURES=none leaves the CUDA library out', ['unset WHT_CUDA_ARCHITECTURES', ...cures.build]);
  }
  const hindered = toolkitObstacle(machine, cures);
  if (hindered !== undefined) return hindered;
  const { chosen } = machine.toolkit;
  const place = chosen?.onPath ? '' : ', which is not on PATH, and need not be';
  return notBuilt(`the CUDA library has not been built, though there is nvcc ${chosen?.release} (${chosen?.file}${place})`, cures.build);
}

/** What the words of native/cuda/runtime.cc say of the driver and the GPU. */
function deviceReason(machine: Machine, reason: string, cures: Cures): Obstacle | undefined {
  const gpu = (cause: Obstacle['cause'], text: string, cure: string[]): Obstacle => ({ cause, subject: 'GPU', text, cure });
  const [, runs, built] = /driver is too old: it supports CUDA ([\d.]+), and this library was built with CUDA ([\d.]+)/.exec(reason) ?? [];
  if (runs !== undefined && built !== undefined) return olderDriver(machine, runs, built, cures);
  if (/no NVIDIA driver is installed/.test(reason)) {
    const text = 'there is a GPU, but no NVIDIA driver for programs (libcuda.so.1 was not found)';
    // A container gets the host's.
    const cure = machine.system.container === undefined ? cures.driver() : cures.container();
    return { cause: 'no-driver', subject: 'driver', text, cure };
  }
  if (/driver found no GPU/.test(reason)) {
    return gpu('gpu-not-there', 'the NVIDIA driver found no GPU that it can use', ['nvidia-smi   # may say why', cures.reboot]);
  }
  const [, capability] = /has compute capability (\d+\.\d+), for which this library has no code/.exec(reason) ?? [];
  if (capability !== undefined) {
    const text = `the CUDA library has no code for this GPU (compute capability ${capability})`;
    return { cause: 'library-unusable', subject: 'CUDA library', text, cure: toolkitObstacle(machine, cures)?.cure ?? cures.build };
  }
  const [started] = /could not be started: .{1,300}/.exec(reason) ?? [];
  if (started !== undefined) return gpu('gpu-not-started', `the GPU ${started}`, [cures.reboot, cures.again]);
  return /^cudaError\w+ \(/.test(reason)
    ? gpu('gpu-not-started', `CUDA does not start: ${reason}`, [cures.reboot, cures.again])
    : undefined;
}

function olderDriver({ toolkit, board }: Machine, runs: string, built: string, cures: Cures): Obstacle {
  const text = `the driver runs CUDA ${runs} and older, and the CUDA library was built with CUDA ${built}`;
  const { chosen } = toolkit;
  const fits = chosen !== undefined && Number.parseInt(chosen.release, 10) <= Number.parseInt(runs, 10);
  return { cause: 'driver-too-old', subject: 'driver', text, cure: fits ? cures.build : oldDriverCure(board.jetson, runs, cures) };
}
