/** The package as a user has it: what `npm pack` puts into it, in a folder that has nothing of this clone but what it names as its dependencies. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

export class InstalledPackage {
  /** The user's project. */
  readonly project = mkdtempSync(join(tmpdir(), 'wht-installed-'));
  readonly root = join(this.project, 'node_modules', 'wht-layers');

  constructor() {
    // With the scripts, what all else here tests would be compiled anew.
    const options = ['--ignore-scripts', '--loglevel=error', '--pack-destination', this.project];
    const archive = execFileSync('npm', ['pack', ...options], { encoding: 'utf8' }).trim();
    mkdirSync(this.root, { recursive: true });
    execFileSync('tar', ['xzf', join(this.project, archive), '-C', this.root, '--strip-components=1']);
    for (const name of Object.keys(this.#manifest().dependencies)) this.add(name);
    this.addBuilt('wht_layers.node', 'wht_layers.node');
  }

  /** A package beside it. */
  add(name: string): void {
    const link = join(this.project, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(resolve('node_modules', name), link);
  }

  /** A file of this clone's build, as if it had been built there. */
  addBuilt(file: string, name: string): void {
    const folder = join(this.root, 'build', 'Release');
    mkdirSync(folder, { recursive: true });
    copyFileSync(resolve('build', 'Release', file), join(folder, name));
  }

  remove(): void {
    rmSync(this.project, { recursive: true });
  }

  /** `npx wht-layers COMMAND`, from the project's folder. */
  run(command: 'bench' | 'compare', ...args: string[]) {
    return this.#node(
      { WHT_COMMAND: `npx wht-layers ${command}` },
      join('dist', 'bench', command === 'bench' ? 'jetson' : command, 'main.js'),
      args,
    );
  }

  /** What a script of the project writes. */
  evaluate(code: string): string {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['-p', code], {
      cwd: this.project,
      encoding: 'utf8',
      env: environment({}),
    });
    if (status !== 0) throw new Error(stderr);
    return stdout.trim();
  }

  #node(added: Record<string, string>, script: string, args: readonly string[]) {
    const options = { cwd: this.project, encoding: 'utf8', timeout: 100_000, env: environment(added) } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(this.root, script), ...args], options);
    return { status, stdout, stderr, text: stdout.replace(/\s+/g, ' ') };
  }

  file(name: string): string {
    return join(this.project, name);
  }

  /** The compiled files below a folder, relative to the package. */
  scripts(folder: string): string[] {
    const whole = join(this.root, folder);
    if (!existsSync(whole)) return [];
    return readdirSync(whole, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? this.scripts(path) : path.endsWith('.js') ? [path] : [];
    });
  }

  /** What these scripts require, and what that does: its own files, and the names of others. */
  required(entries: readonly string[]): { files: Set<string>; packages: Set<string> } {
    const found = { files: new Set<string>(), packages: new Set<string>() };
    const visit = (file: string) => {
      if (found.files.has(file)) return;
      found.files.add(file);
      for (const [, name = ''] of readFileSync(join(this.root, file), 'utf8').matchAll(/\brequire\("([^"]+)"\)/g)) {
        if (name.startsWith('.')) visit(relative(this.root, require.resolve(join(this.root, dirname(file), name))));
        else if (!name.startsWith('node:')) found.packages.add(name);
      }
    };
    entries.forEach(visit);
    return found;
  }

  dependencies(): string[] {
    return Object.keys(this.#manifest().dependencies);
  }

  #manifest(): { dependencies: Record<string, string> } {
    return JSON.parse(readFileSync(join(this.root, 'package.json'), 'utf8'));
  }
}

function environment(added: Record<string, string>): NodeJS.ProcessEnv {
  const { WHT_CUDA_BACKEND: _, NODE_OPTIONS: __, ...inherited } = process.env;
  return { ...inherited, ...added };
}
