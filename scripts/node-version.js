/** What is wrong with this Node.js; undefined where nothing is. Written for Node.js versions that can't read the other files. */
const version = process.versions.node.split('.').map(Number);

module.exports =
  version[0] > 16 || (version[0] === 16 && version[1] >= 20)
    ? undefined
    : `wht-layers needs Node.js 16.20 or newer, and this is ${process.versions.node} (${process.execPath}).\n` +
      'On JetPack 4 (glibc 2.27) the newest that runs is 16.20.2: https://nodejs.org/dist/v16.20.2/node-v16.20.2-linux-arm64.tar.xz';
