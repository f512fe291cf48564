import { lstatSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Files of results. One that can't be written costs neither the run nor the others. */
export class ResultFiles {
  readonly #written = new Set<string>();
  readonly #complaints = new Map<string, string>();

  /** What could not be written, in words. */
  get complaints(): string[] {
    return [...this.#complaints.values()];
  }

  /** What was written and what was not, in words. */
  account(): string[] {
    return [...(this.#written.size > 0 ? [`Written: ${[...this.#written].join(', ')}.`] : []), ...this.complaints];
  }

  /**
   * Writes all of it or nothing, where the path names a file: what was there before survives a failure.
   *
   * @param path undefined where the file is not wanted
   */
  write(path: string | undefined, text: () => string): void {
    if (path === undefined) return;
    try {
      writeWhole(path, text());
      this.#complaints.delete(path);
      this.#written.add(path);
    } catch (error) {
      this.#written.delete(path);
      this.#complaints.set(path, `${path} could not be written: ${(error as Error).message}`);
    }
  }
}

function writeWhole(path: string, text: string): void {
  const target = targetOf(path);
  // A pipe or a terminal has no other file to take its place.
  if (target === undefined) {
    writeFileSync(path, text);
    return;
  }
  const part = `${target}.part`;
  try {
    writeFileSync(part, text);
    renameSync(part, target);
  } catch (error) {
    rmSync(part, { force: true, recursive: false });
    throw error;
  }
}

/** The file that links lead to; the path itself where nothing is there yet; undefined where it is no file. */
function targetOf(path: string): string | undefined {
  try {
    const target = realpathSync(path);
    return lstatSync(target).isFile() ? target : undefined;
  } catch {
    return path;
  }
}
