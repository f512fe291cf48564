/** Which GPU there is, asked in a process of its own, whose environment decides where cuDNN is looked for. */

const { spawnSync } = require('node:child_process');
const { existsSync, readdirSync } = require('node:fs');
const { join, resolve } = require('node:path');

const ASK = `
  const device = require('./dist/index.js').openDevice('cuda');
  console.log(JSON.stringify(device.info()));
  device.close();
`;

/** @returns {{ info: object } | { reason: string }} */
function askDevice(root, environment) {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['-e', ASK], {
    ...{ cwd: root, env: environment, encoding: 'utf8', timeout: 120_000 },
  });
  if (status === 0) return { info: JSON.parse(stdout) };
  // Of an uncaught error's lines, the one with the message.
  const message = /^\w*Error(?: \[\w+\])?: (.*)$/m.exec(stderr)?.[1];
  return { reason: message ?? (signal ? `the process was stopped by ${signal}` : stderr.trim() || `the process ended with ${status}`) };
}

/**
 * The environment in which the cuDNN of Python's packages is found; undefined where there is none. PyTorch brings it, and the loader does not look
 * there, nor for what it needs: cuBLAS and NVRTC, in packages of their own.
 *
 * @param python the command, for tests
 */
function withCudnnOfPython(environment, python = 'python3') {
  const script = `
import importlib.util
try:
    spec = importlib.util.find_spec("nvidia.cudnn")
except ImportError:
    spec = None
print("\\n".join(spec.submodule_search_locations or []) if spec else "")`;
  const { status, stdout } = spawnSync(python, ['-c', script], { env: environment, encoding: 'utf8', timeout: 60_000 });
  if (status !== 0) return undefined;
  const folders = stdout.split('\n').filter(Boolean);
  const cudnn = folders.map((folder) => join(folder, 'lib')).find((folder) => holds(folder, /^libcudnn\.so\.\d+$/));
  if (cudnn === undefined) return undefined;
  const packages = resolve(cudnn, '..', '..');
  const needed = readdirSync(packages)
    .map((name) => join(packages, name, 'lib'))
    .filter((folder) => holds(folder, /^lib(cublas|nvrtc)/));
  const searched = [environment.LD_LIBRARY_PATH, ...needed].filter(Boolean).join(':');
  return { ...environment, WHT_CUDNN_DIR: cudnn, ...(searched !== '' && { LD_LIBRARY_PATH: searched }) };
}

function holds(folder, name) {
  return existsSync(folder) && readdirSync(folder).some((file) => name.test(file));
}

/**
 * The GPU, and the environment in which cuDNN is found, if anywhere.
 *
 * @returns {{ info: object, environment: object } | { reason: string }}
 */
function findDevice(root, environment) {
  const asked = askDevice(root, environment);
  if (asked.info === undefined || asked.info.cudnn !== undefined || environment.WHT_CUDNN_DIR) return { ...asked, environment };
  const found = withCudnnOfPython(environment);
  return found === undefined ? { ...asked, environment } : { ...askDevice(root, found), environment: found };
}

module.exports = { findDevice, withCudnnOfPython };
