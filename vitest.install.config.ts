import { defineConfig } from 'vitest/config';

/** `npm run test:install`: the package as `npm pack` makes it, in the hands of its users. */
export default defineConfig({
  test: {
    include: ['test/install/*.install.ts'],
    pool: 'forks',
    // One of them waits for two minutes, for a library that hangs.
    poolOptions: { forks: { maxForks: 3 } },
    globalSetup: './test/install/global-setup.ts',
    hookTimeout: 300_000,
  },
});
