import { Presets, SingleBar } from 'cli-progress';

/** What has been done so far, on stderr. */
export interface Progress {
  /** @param part of the whole run, 0 to 1 */
  advance(part: number, title: string): void;
  /** @param outcome in words */
  finished(title: string, outcome: string): void;
  stop(): void;
}

/** A bar for people who watch; one line for each part that is over in logs. */
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
    finished: (title, outcome) => {
      stream.write(`${title}: ${outcome}\n`);
    },
    stop: () => {},
  };
}
