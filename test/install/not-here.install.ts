/** What the package is for and this machine is not. */
import { Section } from './cells';

const section = new Section('9. Elsewhere');

section.notRun(
  'a GPU: the CUDA library on a driver and a GPU',
  'CUDA 10.2 to 13',
  'there is none here; npm run gpu:check does it where there is',
);
section.notRun('Jetson Nano, TX2', 'JetPack 4.6: glibc 2.27, gcc 7.5, CMake 3.10, nvcc 10.2', 'no such board or system here');
section.notRun('Jetson Xavier, Orin', 'JetPack 5, 6', 'no such board or system here');
section.notRun('musl', 'Alpine Linux', 'no such system here');
section.notRun('arm64 in a real processor', 'Node 16 to 26', 'no such processor here; npm run test:aarch64 does it in an emulator');
section.notRun('macOS, Windows', 'Node 16 to 26', 'no such system here');
