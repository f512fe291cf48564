import { Presets, SingleBar } from 'cli-progress';
import { figure } from './figures';
import type { ComparisonResult } from './schema';

/** What has been done so far, on stderr. */
export interface Progress {
  /** @param part of the whole run, 0 to 1 */
  advance(part: number, title: string): void;
  finished(title: string, result: ComparisonResult): void;
  stop(): void;
}

/** A bar for people who watch; one line per comparison for logs. */
export function progress(stream: NodeJS.WriteStream, continuousIntegration: boolean): Progress {
  return stream.isTTY && !continuousIntegration ? bar(stream) : lines(stream);
}

function bar(stream: NodeJS.WriteStream): Progress {
  const single = new SingleBar(
    { stream, format: '{bar} {percentage} % {title}', barsize: 30, hideCursor: true, clearOnComplete: true, gracefulExit: false },
    Presets.shades_classic,
  );
  single.start(1, 0, { title: '' });
  return {
    advance: (part, title) => single.update(part, { title }),
    finished: () => {},
    stop: () => single.stop(),
  };
}

function lines(stream: NodeJS.WriteStream): Progress {
  return {
    advance: () => {},
    finished(title, result) {
      const outcome =
        'error' in result
          ? `failed: ${result.error}`
          : `${figure(result.speedRatio)} times as fast as ${result.baseline.layer} (${result.baseline.implementation})`;
      stream.write(`${title}: ${outcome}\n`);
    },
    stop: () => {},
  };
}
