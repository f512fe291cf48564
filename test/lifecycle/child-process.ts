import { spawn } from 'node:child_process';

export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  milliseconds: number;
}

/** What scripts begin with: the package as it is published. Build it first with `npm run build`. */
const PREAMBLE = `
  const wht = require(require('node:path').resolve('dist'));
  const device = wht.openDevice('cpu', { threads: 2 });
  const longLayer = new wht.Conv2d(device, { inChannels: 256, outChannels: 256, kernelSize: 3 });
  const longInput = device.zeros([1, 48, 48, 256]);
  const longOutput = longLayer.forward(longInput);
  /** Queues work that would take minutes. */
  const queueForMinutes = () => { for (let count = 0; count < 3000; count++) longLayer.forward(longInput, { out: longOutput }); };
`;

/** Runs JavaScript in a process of its own; one that hangs is killed, and has a signal then. */
export function runNode(args: readonly string[], environment: Readonly<Record<string, string>> = {}, timeout = 40_000): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(process.execPath, args, {
      timeout,
      killSignal: 'SIGKILL',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr, milliseconds: performance.now() - start }));
  });
}

/** Runs a script that has an open `device`. */
export function runWithDevice(script: string): Promise<Outcome> {
  return runNode(['--expose-gc', '-e', PREAMBLE + script]);
}
