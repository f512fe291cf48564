import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Processes, not threads: a crash of the addon must cost one file, and each file starts with a clean environment.
    pool: 'forks',
    poolOptions: { forks: { execArgv: ['--expose-gc'] } },
    testTimeout: 60_000,
    alias: { 'wht-layers': fileURLToPath(new URL('./lib/index.ts', import.meta.url)) },
  },
});
