/** A user's project: an empty folder below the system's temporary one, in which packages are installed and programs run. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { cleanEnvironment } from './clean-environment';
import { managerScript, type Node, nodeFolder, type PackageManager } from './releases';
import { expectExit, type Outcome, runCommand } from './run-command';
import { TimedShell } from './stand-in-programs';
import { TARBALL } from './tarball';

export interface Tools {
  node: Node;
  manager: PackageManager;
}

/** For tables: "Node 16, npm 8". */
export function toolsName({ node, manager }: Tools): string {
  return `${node}, ${manager}`.replace(/^node/, 'Node').replace(/(\d+)/g, ' $1');
}

export interface ConsumerOptions {
  /** Folders before the machine's own on PATH. */
  before?: readonly string[];
  /** In place of the machine's own PATH. */
  path?: string;
  /** What runs the commands, with its arguments: see machine-parts.ts. */
  within?: readonly string[];
  /** More of the environment. */
  env?: Readonly<Record<string, string>>;
}

export class Consumer {
  readonly folder = mkdtempSync(join(tmpdir(), 'wht-install-'));
  /** What came beside the project: stand-ins, logs. */
  readonly beside = mkdtempSync(join(tmpdir(), 'wht-install-beside-'));
  readonly packageFolder = join(this.folder, 'node_modules', 'wht-layers');
  readonly shell = new TimedShell(this.beside);
  readonly #tools: Tools;
  readonly #options: ConsumerOptions = {};

  constructor(tools: Tools) {
    this.#tools = tools;
    this.write('package.json', '{ "name": "consumer", "private": true }');
  }

  /** How the project's commands are run from here on. */
  use(options: ConsumerOptions): this {
    Object.assign(this.#options, options);
    return this;
  }

  /** @param flags of `npm install` */
  install(tarball = TARBALL, flags: readonly string[] = []): Promise<Outcome> {
    const { manager } = this.#tools;
    const args =
      manager === 'pnpm10'
        ? ['add', `--config.script-shell=${this.shell.path}`]
        : ['install', `--script-shell=${this.shell.path}`, '--foreground-scripts', '--no-audit', '--no-fund'];
    return this.#manage([...args, '--prefer-offline', ...flags, tarball]);
  }

  /** `npx wht-layers`. */
  whtLayers(...args: string[]): Promise<Outcome> {
    return this.#manage(this.#tools.manager === 'pnpm10' ? ['exec', 'wht-layers', ...args] : ['exec', '--no', '--', 'wht-layers', ...args]);
  }

  #manage(args: readonly string[]): Promise<Outcome> {
    return this.node([managerScript(this.#tools.manager), ...args], 400_000);
  }

  node(args: readonly string[], timeout = 180_000): Promise<Outcome> {
    const { before = [], path = process.env.PATH ?? '', within = [], env = {} } = this.#options;
    const folder = nodeFolder(this.#tools.node);
    const [command = '', ...all] = [...within, join(folder, 'node'), ...args];
    return runCommand(command, all, {
      cwd: this.folder,
      env: { ...cleanEnvironment(), ...env, PATH: [...before, folder, path].join(':') },
      timeout,
    });
  }

  /** Runs a file of the project, which must end well. @returns what it printed */
  async runs(file: string): Promise<string> {
    return expectExit(await this.node([file]), 0, file).stdout.trim();
  }

  write(name: string, text: string): void {
    const file = join(this.folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** Copies one of the programs beside these tests. */
  copyProgram(name: string, as = basename(name)): void {
    copyFileSync(resolve('test', 'install', 'programs', name), join(this.folder, as));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
    rmSync(this.beside, { recursive: true, force: true });
  }
}

/** What the package depends on comes into the caches of npm and pnpm, so that times are those of installing. */
export async function warmCaches(): Promise<void> {
  for (const manager of ['npm10', 'pnpm10'] as const) {
    const consumer = new Consumer({ node: 'node20', manager });
    try {
      expectExit(await consumer.install(TARBALL, ['--ignore-scripts']), 0, `${manager} install`);
    } finally {
      consumer.remove();
    }
  }
}
