/** Runs arm64 programs on this machine, in QEMU's emulation of a processor. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { arm64Node } from '../install/releases';

/** The oldest processor that the package runs on, the Jetson Nano's: an instruction of a newer one ends the process. */
const PROCESSOR = 'cortex-a57';

/** Debian's libraries for cross-compiling: the C and the C++ library of arm64. */
const LIBRARIES = '/usr/aarch64-linux-gnu';

/** What runs an arm64 Node.js on this machine; arguments for Node.js follow. */
export function emulatedNode(release: Parameters<typeof arm64Node>[0]): { command: string; args: string[] } {
  return { command: emulator(), args: ['-cpu', PROCESSOR, '-L', LIBRARIES, arm64Node(release)] };
}

/** @throws where the emulator or the libraries are missing, with the cure */
function emulator(): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = ['qemu-aarch64-static', 'qemu-aarch64'].flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
  if (found === undefined) throw new Error('Expected qemu-aarch64 on PATH: sudo apt-get install qemu-user');
  if (!existsSync(join(LIBRARIES, 'lib', 'libstdc++.so.6'))) {
    throw new Error(`Expected the libraries of arm64 in ${LIBRARIES}: sudo apt-get install g++-aarch64-linux-gnu`);
  }
  return found;
}
