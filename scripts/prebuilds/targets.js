/** The systems that a published package has a prebuild for, and what node-gyp-build expects its files to be called. */

/** machine: as readelf names it. triple: before the names of compiler and tools, as Debian has them. */
const TARGETS = [
  { arch: 'x64', folder: 'linux-x64', machine: 'Advanced Micro Devices X86-64', triple: 'x86_64-linux-gnu' },
  { arch: 'arm64', folder: 'linux-arm64', machine: 'AArch64', triple: 'aarch64-linux-gnu' },
];

const ADDON = 'wht-layers.glibc.node';

module.exports = { ADDON, TARGETS };
