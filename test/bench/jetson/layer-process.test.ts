import { resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { LayerProcess, ProcessEnded } from '../../../bench/jetson/layer-process';
import type { LayerTask } from '../../../bench/jetson/task';

const TURN = { kind: 'turn', side: { protocol: 'paper', layout: 'NHWC' }, turn: { turnMs: 1, turnSamples: 1 } } as const;
const started: LayerProcess[] = [];

function process(behaviour: string, patienceMs = 20_000, signal = new AbortController().signal): LayerProcess {
  const task = { workload: behaviour, role: 'subject', device: 'cpu', index: 0, dtype: 'float32', shape: [1, 8, 8, 1024], models: [] };
  const made = new LayerProcess(task as unknown as LayerTask, signal, patienceMs, resolve('test/bench/jetson/stubborn-child.js'));
  started.push(made);
  return made;
}

afterEach(() => {
  for (const each of started.splice(0)) each.restart();
});

const alive = (pid: number) => {
  try {
    return globalThis.process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('LayerProcess', () => {
  it('answers from one process until it is told to start another', async () => {
    const layer = process('answers');
    const [first] = await layer.ask<'turn'>(TURN);
    expect(await layer.ask<'turn'>(TURN)).toEqual([first]);
    expect(layer).toMatchObject({ generation: 1, running: true });
    layer.restart();
    expect(await layer.ask<'turn'>(TURN)).not.toEqual([first]);
    expect(layer.generation).toBe(2);
  });

  it('lives on after an error of its own', async () => {
    const layer = process('refuses');
    await expect(layer.ask<'turn'>(TURN)).rejects.toThrow(/^Expected a GPU, got none$/);
    expect(layer.running).toBe(true);
  });

  it('tells of a kill what it means, and what the process said last', async () => {
    const end = await process('dies')
      .ask<'turn'>(TURN)
      .catch((error) => error);
    expect(end).toBeInstanceOf(ProcessEnded);
    expect(end.message).toBe(
      'its process was killed (SIGKILL), as Linux does where memory runs out: terminate called after throwing std::bad_alloc',
    );
  });

  it('tells an exit by its code, and starts anew when asked again', async () => {
    const layer = process('exits');
    await expect(layer.ask<'turn'>(TURN)).rejects.toThrow('its process ended with exit code 3');
    await expect(layer.ask<'turn'>(TURN)).rejects.toThrow('exit code 3');
    expect(layer.generation).toBe(2);
  });

  it('tells whoever asks next of an end that met nobody', async () => {
    const layer = process('answers');
    const [pid = 0] = await layer.ask<'turn'>(TURN);
    globalThis.process.kill(pid, 'SIGKILL');
    await expect.poll(() => alive(pid)).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(layer).toMatchObject({ generation: 1, running: true });
    await expect(layer.ask<'turn'>(TURN)).rejects.toThrow('killed (SIGKILL)');
    expect(await layer.ask<'turn'>(TURN)).not.toEqual([pid]);
    expect(layer.generation).toBe(2);
  });

  it('ends one that gives no answer', async () => {
    const layer = process('hangs', 300);
    await expect(layer.ask<'turn'>(TURN)).rejects.toThrow('its process gave no answer in 0.3 s');
    expect(layer.running).toBe(false);
  });

  it('leaves no process behind when the run is interrupted', async () => {
    const interruption = new AbortController();
    const layer = process('answers', 20_000, interruption.signal);
    const [pid = 0] = await layer.ask<'turn'>(TURN);
    expect(alive(pid)).toBe(true);
    interruption.abort();
    await expect.poll(() => alive(pid)).toBe(false);
  });
});
