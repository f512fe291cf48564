/** A layer's process that exists in this one only: tests of the harness decide what it answers. */
import { type LayerHost, ProcessEnded } from '../../../bench/jetson/layer-process';
import type { Answers, LayerTask, Request, Role, SideFacts, SideKey } from '../../../bench/jetson/task';

export const FACTS: SideFacts = {
  layer: 'BlockWht2d 8x8',
  implementation: 'wht-layers cpu avx2',
  images: 10,
  operations: 1e6,
  bytes: 5e6,
  firstCallMs: 3,
};

export type Script = (request: Request, fake: FakeProcess) => unknown;

export class FakeProcess implements LayerHost {
  readonly task: LayerTask;
  generation = 0;
  running = false;
  /** Everything that was asked, with the generation that answered. */
  readonly log: string[] = [];
  readonly #answer: Script;

  constructor(role: Role, answer: Script) {
    this.task = {
      ...{ workload: '2d-8x8-vs-conv3x3', role, device: 'cpu', index: 0, dtype: 'float32', shape: [10, 8, 8, 1024], models: [] },
      facts: { backend: 'cpu avx2', emulated: false, memoryTotalBytes: 8e9 },
    };
    this.#answer = answer;
  }

  async ask<K extends Request['kind']>(request: Request & { kind: K }): Promise<Answers[K]> {
    if (!this.running) {
      this.running = true;
      this.generation++;
    }
    this.log.push(`${this.generation} ${request.kind} ${'side' in request ? name(request.side) : ''}`.trim());
    return this.#answer(request, this) as Answers[K];
  }

  restart(): void {
    this.running = false;
  }

  end(message: string): never {
    this.running = false;
    throw new ProcessEnded(message);
  }
}

function name({ protocol, layout, copy }: SideKey): string {
  return `${protocol} ${layout}${copy ? ' copy' : ''}`;
}

/** Answers everything; each turn gives these milliseconds. */
export function steady(milliseconds: number | ((request: Request & { kind: 'turn' }) => number[]), facts: Partial<SideFacts> = {}): Script {
  return (request) => {
    switch (request.kind) {
      case 'prepare':
        return { ...FACTS, ...facts };
      case 'warmUp':
        return true;
      case 'turn':
        return typeof milliseconds === 'number' ? [milliseconds, milliseconds] : milliseconds(request);
      default:
        throw new Error(`Expected no ${request.kind}`);
    }
  };
}
